// What the server keeps: users, sessions, tokens, saved queries, the history of queries. All of it survives kill -9.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "server/store/database.h"

namespace tidemark::server {

enum class Role { kViewer, kEditor, kAdmin };
std::string_view to_string(Role role);
Role role_from(const std::string& text);  // TM7400

struct User {
  int64_t id = 0;
  std::string email;
  std::string name;
  Role role = Role::kViewer;
  bool is_disabled = false;
  std::string created_at;
};

struct SavedQuery {
  int64_t id = 0;
  std::string name;
  std::string sql;
  Json tags = Json::array();
  Json chart;
  std::string shared = "private";  // "private", "read", "write"
  int64_t owner = 0;
  std::string owner_email;
  std::string updated_at;
};

struct HistoryEntry {
  std::string id;  // of the execution
  int64_t user = 0;
  std::string sql;
  std::string state;
  std::string started_at;
  int64_t elapsed_ms = 0;
  int64_t row_count = 0;
  std::string error;  // empty: none
};

struct ApiToken {
  int64_t id = 0;
  std::string name;
  std::string created_at;
  std::string used_at;
};

class Store {
 public:
  explicit Store(const std::filesystem::path& path);

  // users.cc
  bool has_users();
  User add_user(const std::string& email, Role role, const std::string& password);  // empty password: none can sign in yet. TM7409 where there is one
  std::vector<User> users();
  std::optional<User> user(int64_t id);
  std::optional<User> user_by_email(const std::string& email);
  void set_role(int64_t id, Role role);
  void set_disabled(int64_t id, bool disabled);                // ends sessions and tokens at once
  void set_password(int64_t id, const std::string& password);  // ends sessions
  // Nullopt also after the time of a whole check where there is no such user.
  std::optional<User> check_password(const std::string& email, const std::string& password);

  // sessions.cc
  std::string open_session(int64_t user);  // the cookie's value
  std::optional<User> session_user(const std::string& token);
  void end_session(const std::string& token);
  std::string add_token(int64_t user, const std::string& name, int64_t& id);
  std::optional<User> token_user(const std::string& token);
  std::vector<ApiToken> tokens(int64_t user);
  bool drop_token(int64_t user, int64_t id);
  // Links for invited users and forgotten passwords: used once, within `hours`.
  std::string add_link(int64_t user, int hours);
  std::optional<int64_t> take_link(const std::string& token);

  // queries.cc
  int64_t add_query(const SavedQuery& query);
  void set_query(const SavedQuery& query);
  void drop_query(int64_t id);
  std::optional<SavedQuery> query(int64_t id);
  // Those that the user may see, newest first.
  std::vector<SavedQuery> queries(int64_t user, const std::string& search, const std::string& tag);
  void add_history(const HistoryEntry& entry);
  void end_history(const HistoryEntry& entry);
  std::vector<HistoryEntry> history(int64_t user, const std::string& search, int64_t limit);
  // Executions that a killed server left running have failed.
  void close_history();

 private:
  Database database_;
};

}  // namespace tidemark::server
