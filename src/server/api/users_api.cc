// Users and their tokens.
#include "server/api/context.h"

namespace tidemark::server {

namespace {

constexpr int kInviteHours = 72, kResetHours = 4;

User known_user(Context& context, const Request& request) {
  if (auto user = context.store.user(id_of(request))) return std::move(*user);
  throw Error("TM7404", "there is no such user");
}

// There is always one who can sign in and administer.
void keep_an_admin(Context& context, const User& changed) {
  for (const User& user : context.store.users()) {
    if (user.id != changed.id && user.role == Role::kAdmin && !user.is_disabled) return;
  }
  throw Error("TM7409", "this is the only administrator");
}

Response change_user(Context& context, const Request& request) {
  const User user = known_user(context, request);
  const Json body = request.json();
  if (body.contains("role")) {
    const Role role = role_from(required_text(body, "role"));
    if (user.role == Role::kAdmin && role != Role::kAdmin) keep_an_admin(context, user);
    context.store.set_role(user.id, role);
  }
  if (body.contains("disabled")) {
    if (!body["disabled"].is_boolean()) throw Error("TM7400", "'disabled' must be true or false");
    if (body["disabled"] == true && user.role == Role::kAdmin) keep_an_admin(context, user);
    context.store.set_disabled(user.id, body["disabled"].get<bool>());
  }
  return Response::of(Json{{"user", user_json(*context.store.user(user.id))}});
}

}  // namespace

Json user_json(const User& user) {
  return Json{{"id", user.id},
              {"email", user.email},
              {"name", user.name},
              {"role", to_string(user.role)},
              {"disabled", user.is_disabled},
              {"created_at", user.created_at}};
}

std::string required_text(const Json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || !found->is_string()) throw Error("TM7400", std::string("the text '") + name + "' is missing");
  return found->get<std::string>();
}

std::string optional_text(const Json& body, const char* name, std::string otherwise) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return otherwise;
  return required_text(body, name);
}

int64_t id_of(const Request& request) {
  const std::string& text = request.capture("id");
  if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string::npos) throw Error("TM7404", "there is nothing of that id");
  return std::stoll(text);
}

void add_user_routes(Context& context) {
  Gate& gate = context.gate;
  Store& store = context.store;
  gate.add("GET", "/api/users", Access::kAdmin, [&store](const Request&, const Caller&) {
    Json users = Json::array();
    for (const User& user : store.users()) users.push_back(user_json(user));
    return Response::of(Json{{"users", std::move(users)}});
  });
  gate.add("POST", "/api/users", Access::kAdmin, [&store](const Request& request, const Caller&) {
    const Json body = request.json();
    const User user = store.add_user(required_text(body, "email"), role_from(required_text(body, "role")), "");
    return Response::of(Json{{"user", user_json(user)}, {"invite_token", store.add_link(user.id, kInviteHours)}}, 201);
  });
  gate.add("PUT", "/api/users/:id", Access::kAdmin, [&context](const Request& request, const Caller&) { return change_user(context, request); });
  gate.add("POST", "/api/users/:id/reset", Access::kAdmin, [&context](const Request& request, const Caller&) {
    return Response::of(Json{{"reset_token", context.store.add_link(known_user(context, request).id, kResetHours)}});
  });
  gate.add("GET", "/api/tokens", Access::kViewer, [&store](const Request&, const Caller& caller) {
    Json tokens = Json::array();
    for (const ApiToken& token : store.tokens(caller.user.id)) {
      tokens.push_back(
          {{"id", token.id}, {"name", token.name}, {"created_at", token.created_at}, {"used_at", token.used_at.empty() ? Json() : Json(token.used_at)}});
    }
    return Response::of(Json{{"tokens", std::move(tokens)}});
  });
  gate.add("POST", "/api/tokens", Access::kViewer, [&store](const Request& request, const Caller& caller) {
    int64_t id = 0;
    const std::string token = store.add_token(caller.user.id, required_text(request.json(), "name"), id);
    return Response::of(Json{{"token", token}, {"id", id}}, 201);
  });
  gate.add("DELETE", "/api/tokens/:id", Access::kViewer, [&store](const Request& request, const Caller& caller) {
    if (!store.drop_token(caller.user.id, id_of(request))) throw Error("TM7404", "there is no such token");
    return Response::none();
  });
}

}  // namespace tidemark::server
