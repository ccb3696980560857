#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "server/store/password.h"
#include "server/store/store.h"

namespace tidemark::server {

namespace {

constexpr const char* kColumns = "SELECT id, email, name, role, disabled, created_at FROM users ";

User user_of(const Record& record) {
  return {record.integer(0), record.text(1), record.text(2), role_from(record.text(3)), record.integer(4) != 0, record.text(5)};
}

std::string checked_email(const std::string& given) {
  std::string email(trim(given));
  const size_t at = email.find('@');
  bool is_plain = at != std::string::npos && at > 0 && at + 1 < email.size() && email.size() <= 254;
  for (const char c : email) is_plain = is_plain && static_cast<unsigned char>(c) > ' ' && c != 0x7F && c != '<' && c != '>' && c != '"';
  if (!is_plain) throw Error("TM7400", "this is no e-mail address");
  return email;
}

// Of nobody's password: checking against it takes as long as against a user's.
const std::string& nobodys_hash() {
  static const std::string kHash = hash_password(random_token());
  return kHash;
}

}  // namespace

bool Store::has_users() { return database_.first("SELECT 1 FROM users LIMIT 1").has_value(); }

User Store::add_user(const std::string& email, Role role, const std::string& password) {
  const std::string checked = checked_email(email);
  if (user_by_email(checked)) throw Error("TM7409", "there is a user of this e-mail address already");
  const std::string hash = password.empty() ? std::string() : hash_password(password);
  database_.execute("INSERT INTO users (email, role, password, created_at) VALUES (?, ?, ?, ?)",
                    {checked, std::string(to_string(role)), hash, format_iso_utc(wall_now())});
  return *user_by_email(checked);
}

std::vector<User> Store::users() {
  std::vector<User> out;
  for (const Record& record : database_.query(std::string(kColumns) + "ORDER BY email")) out.push_back(user_of(record));
  return out;
}

std::optional<User> Store::user(int64_t id) {
  const auto record = database_.first(std::string(kColumns) + "WHERE id = ?", {id});
  return record ? std::optional(user_of(*record)) : std::nullopt;
}

std::optional<User> Store::user_by_email(const std::string& email) {
  const auto record = database_.first(std::string(kColumns) + "WHERE email = ?", {email});
  return record ? std::optional(user_of(*record)) : std::nullopt;
}

void Store::set_role(int64_t id, Role role) { database_.execute("UPDATE users SET role = ? WHERE id = ?", {std::string(to_string(role)), id}); }

void Store::set_disabled(int64_t id, bool disabled) {
  database_.execute("UPDATE users SET disabled = ? WHERE id = ?", {int64_t{disabled}, id});
  if (!disabled) return;
  database_.execute("DELETE FROM sessions WHERE user = ?", {id});
  database_.execute("DELETE FROM tokens WHERE user = ?", {id});
  database_.execute("DELETE FROM links WHERE user = ?", {id});
}

void Store::set_password(int64_t id, const std::string& password) {
  database_.execute("UPDATE users SET password = ? WHERE id = ?", {hash_password(password), id});
  database_.execute("DELETE FROM sessions WHERE user = ?", {id});
}

std::optional<User> Store::check_password(const std::string& email, const std::string& password) {
  const auto record = database_.first("SELECT id, password, disabled FROM users WHERE email = ?", {std::string(trim(email))});
  const bool can_sign_in = record && !record->text(1).empty() && record->integer(2) == 0;
  const bool fits = verify_password(password, can_sign_in ? record->text(1) : nobodys_hash());
  if (!can_sign_in || !fits) return std::nullopt;
  return user(record->integer(0));
}

}  // namespace tidemark::server
