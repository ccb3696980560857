// Signing in and out, the first administrator, links for passwords.
#include <fmt/format.h>
#include <openssl/crypto.h>

#include "base/strings.h"
#include "server/api/context.h"
#include "server/store/password.h"

namespace tidemark::server {

namespace {

constexpr int kMostFailures = 5, kMostOfPeer = 30;
constexpr double kFailureSeconds = 60;

std::string session_cookie(const Context& context, const std::string& token) {
  const int64_t age = token.empty() ? 0 : 14 * 24 * 3600;
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", kSessionCookie, token, age, context.is_tls ? "; Secure" : "");
}

Json session_json(Context& context, const User* user) {
  Json out{{"user", user != nullptr ? user_json(*user) : Json()}, {"setup_needed", context.setup.is_open()}};
  // Strangers are not told what the project is called.
  out["project"] = user != nullptr ? context.project.about() : Json();
  out["version"] = TIDEMARK_VERSION;
  return out;
}

Response signed_in(Context& context, const Caller& before, const User& user) {
  if (!before.session.empty()) context.store.end_session(before.session);
  return Response::of(session_json(context, &user)).with("Set-Cookie", session_cookie(context, context.store.open_session(user.id)));
}

// Runs `check`, which is false where what was shown is wrong, under the throttle of the peer and of `account`.
void throttled(Context& context, const Request& request, const std::string& account, const std::function<bool()>& check, const char* refusal) {
  Throttle& throttle = context.gate.throttle();
  const std::string of_account = "account " + to_lower(account), of_peer = "peer " + request.peer;
  throttle.check(of_account, kMostFailures, kFailureSeconds);
  throttle.check(of_peer, kMostOfPeer, kFailureSeconds);
  if (check()) return throttle.succeeded(of_account);
  throttle.failed(of_account);
  throttle.failed(of_peer);
  throw Error("TM7401", refusal);
}

Response sign_in(Context& context, const Request& request, const Caller& caller) {
  const Json body = request.json();
  const std::string email = required_text(body, "email"), password = required_text(body, "password");
  std::optional<User> user;
  throttled(
      context, request, email, [&] { return (user = context.store.check_password(email, password)).has_value(); },
      "the e-mail address or the password is wrong");
  return signed_in(context, caller, *user);
}

Response set_up(Context& context, const Request& request, const Caller& caller) {
  const Json body = request.json();
  const std::string token = required_text(body, "token"), email = required_text(body, "email"), password = required_text(body, "password");
  check_new_password(password);
  if (!context.setup.is_open()) throw Error("TM7403", "the server has been set up already");
  throttled(context, request, "set-up", [&] { return context.setup.take(token); }, "the set-up link is not the one that the server printed");
  return signed_in(context, caller, context.store.add_user(email, Role::kAdmin, password));
}

Response set_password(Context& context, const Request& request, const Caller& caller) {
  const Json body = request.json();
  const std::string token = required_text(body, "token"), password = required_text(body, "password");
  check_new_password(password);
  std::optional<int64_t> id;
  throttled(context, request, "link " + request.peer, [&] { return (id = context.store.take_link(token)).has_value(); }, "the link is not valid any more");
  const auto user = context.store.user(*id);
  if (!user || user->is_disabled) throw Error("TM7403", "this user has been disabled");
  context.store.set_password(*id, password);
  return signed_in(context, caller, *user);
}

}  // namespace

bool SetupLink::is_open() const {
  const std::lock_guard lock(mutex_);
  return !token_.empty();
}

bool SetupLink::take(const std::string& token) {
  const std::lock_guard lock(mutex_);
  if (token_.empty() || token.size() != token_.size() || CRYPTO_memcmp(token.data(), token_.data(), token.size()) != 0) return false;
  token_.clear();
  return true;
}

void add_session_routes(Context& context) {
  Gate& gate = context.gate;
  gate.add("GET", "/healthz", Access::kAnyone, [](const Request&, const Caller&) { return Response::of(Json{{"status", "ok"}}); });
  gate.add("GET", "/api/session", Access::kAnyone,
           [&context](const Request&, const Caller& caller) { return Response::of(session_json(context, caller.is_known() ? &caller.user : nullptr)); });
  gate.add("POST", "/api/session", Access::kAnyone, [&context](const Request& request, const Caller& caller) { return sign_in(context, request, caller); });
  gate.add("DELETE", "/api/session", Access::kAnyone, [&context](const Request&, const Caller& caller) {
    if (!caller.session.empty()) context.store.end_session(caller.session);
    return Response::none().with("Set-Cookie", session_cookie(context, ""));
  });
  gate.add("POST", "/api/setup", Access::kAnyone, [&context](const Request& request, const Caller& caller) { return set_up(context, request, caller); });
  gate.add("POST", "/api/password", Access::kAnyone,
           [&context](const Request& request, const Caller& caller) { return set_password(context, request, caller); });
}

}  // namespace tidemark::server
