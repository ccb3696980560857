#include "server/store/store.h"

#include "base/error.h"

namespace tidemark::server {

namespace {

constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS users (
  id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE COLLATE NOCASE, name TEXT NOT NULL DEFAULT '', role TEXT NOT NULL, password TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
  hash TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id), created_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
  id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, user INTEGER NOT NULL REFERENCES users(id), name TEXT NOT NULL, created_at TEXT NOT NULL, used_at TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS links (hash TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id), ends_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS queries (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, sql TEXT NOT NULL, tags TEXT NOT NULL, chart TEXT NOT NULL, shared TEXT NOT NULL,
  owner INTEGER NOT NULL REFERENCES users(id), updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS history (
  id TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES users(id), sql TEXT NOT NULL, state TEXT NOT NULL, started_at TEXT NOT NULL,
  elapsed_ms INTEGER NOT NULL, row_count INTEGER NOT NULL, error TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS history_of_user ON history (user, started_at);
)";

}  // namespace

std::string_view to_string(Role role) { return role == Role::kAdmin ? "admin" : role == Role::kEditor ? "editor" : "viewer"; }

Role role_from(const std::string& text) {
  if (text == "admin") return Role::kAdmin;
  if (text == "editor") return Role::kEditor;
  if (text == "viewer") return Role::kViewer;
  throw Error("TM7400", "a role is admin, editor or viewer");
}

Store::Store(const std::filesystem::path& path) : database_(path) {
  database_.script(kSchema);
  close_history();
}

}  // namespace tidemark::server
