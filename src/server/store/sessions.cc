#include "base/clock.h"
#include "base/hash.h"
#include "server/store/password.h"
#include "server/store/store.h"

namespace tidemark::server {

namespace {

constexpr int64_t kHour = 3'600'000;
constexpr int64_t kIdle = 24 * kHour, kLongest = 14 * 24 * kHour;
constexpr int64_t kSeenGrain = 60'000;  // how often a session's last use is written down

int64_t now_ms() { return to_epoch_ms(wall_now()); }

std::optional<User> enabled(std::optional<User> user) {
  if (user && user->is_disabled) return std::nullopt;
  return user;
}

}  // namespace

std::string Store::open_session(int64_t user) {
  const int64_t now = now_ms();
  database_.execute("DELETE FROM sessions WHERE seen_ms < ? OR created_ms < ?", {now - kIdle, now - kLongest});
  std::string token = random_token();
  database_.execute("INSERT INTO sessions (hash, user, created_ms, seen_ms) VALUES (?, ?, ?, ?)", {sha256_hex(token), user, now, now});
  return token;
}

std::optional<User> Store::session_user(const std::string& token) {
  if (token.empty()) return std::nullopt;
  const std::string hash = sha256_hex(token);
  const auto record = database_.first("SELECT user, created_ms, seen_ms FROM sessions WHERE hash = ?", {hash});
  if (!record) return std::nullopt;
  const int64_t now = now_ms(), seen = record->integer(2);
  if (seen < now - kIdle || record->integer(1) < now - kLongest) return std::nullopt;
  if (seen < now - kSeenGrain) database_.execute("UPDATE sessions SET seen_ms = ? WHERE hash = ?", {now, hash});
  return enabled(user(record->integer(0)));
}

void Store::end_session(const std::string& token) { database_.execute("DELETE FROM sessions WHERE hash = ?", {sha256_hex(token)}); }

std::string Store::add_token(int64_t user, const std::string& name, int64_t& id) {
  std::string token = "tm_" + random_token();
  database_.execute("INSERT INTO tokens (hash, user, name, created_at) VALUES (?, ?, ?, ?)", {sha256_hex(token), user, name, format_iso_utc(wall_now())});
  id = database_.first("SELECT id FROM tokens WHERE hash = ?", {sha256_hex(token)})->integer(0);
  return token;
}

std::optional<User> Store::token_user(const std::string& token) {
  const auto record = database_.first("SELECT id, user, used_at FROM tokens WHERE hash = ?", {sha256_hex(token)});
  if (!record) return std::nullopt;
  const std::string minute = format_iso_utc(wall_now()).substr(0, 16) + "Z";
  if (record->text(2) != minute) database_.execute("UPDATE tokens SET used_at = ? WHERE id = ?", {minute, record->integer(0)});
  return enabled(user(record->integer(1)));
}

std::vector<ApiToken> Store::tokens(int64_t user) {
  std::vector<ApiToken> out;
  for (const Record& record : database_.query("SELECT id, name, created_at, used_at FROM tokens WHERE user = ? ORDER BY id", {user}))
    out.push_back({record.integer(0), record.text(1), record.text(2), record.text(3)});
  return out;
}

bool Store::drop_token(int64_t user, int64_t id) { return database_.execute("DELETE FROM tokens WHERE user = ? AND id = ?", {user, id}) > 0; }

std::string Store::add_link(int64_t user, int hours) {
  database_.execute("DELETE FROM links WHERE user = ? OR ends_ms < ?", {user, now_ms()});
  std::string token = random_token();
  database_.execute("INSERT INTO links (hash, user, ends_ms) VALUES (?, ?, ?)", {sha256_hex(token), user, now_ms() + hours * kHour});
  return token;
}

std::optional<int64_t> Store::take_link(const std::string& token) {
  const auto record = database_.first("DELETE FROM links WHERE hash = ? RETURNING user, ends_ms", {sha256_hex(token)});
  if (!record || record->integer(1) < now_ms()) return std::nullopt;
  return record->integer(0);
}

}  // namespace tidemark::server
