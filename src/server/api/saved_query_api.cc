// Saved queries: one's own, and those that others share.
#include "server/api/context.h"

namespace tidemark::server {

namespace {

bool may_read(const SavedQuery& query, const Caller& caller) { return query.owner == caller.user.id || query.shared != "private"; }

bool may_write(const SavedQuery& query, const Caller& caller) {
  return query.owner == caller.user.id || (query.shared == "write" && caller.user.role >= Role::kEditor);
}

Json query_json(const SavedQuery& query, const Caller& caller) {
  return Json{{"id", query.id},
              {"name", query.name},
              {"sql", query.sql},
              {"tags", query.tags},
              {"chart", query.chart},
              {"shared", query.shared},
              {"owner", {{"id", query.owner}, {"email", query.owner_email}}},
              {"may_write", may_write(query, caller)},
              {"updated_at", query.updated_at}};
}

// The fields that the body gives; those that it does not stay.
void read_fields(const Json& body, SavedQuery& query) {
  query.name = optional_text(body, "name", query.name);
  query.sql = optional_text(body, "sql", query.sql);
  query.shared = optional_text(body, "shared", query.shared);
  if (body.contains("chart")) query.chart = body["chart"];
  if (body.contains("tags")) query.tags = body["tags"];
  if (query.name.empty() || query.name.size() > 200) throw Error("TM7400", "a name has 1 to 200 bytes");
  if (query.shared != "private" && query.shared != "read" && query.shared != "write") throw Error("TM7400", "'shared' is private, read or write");
  if (!query.chart.is_null() && !query.chart.is_object()) throw Error("TM7400", "'chart' must be an object or null");
  if (!query.tags.is_array() || query.tags.size() > 50) throw Error("TM7400", "'tags' must be a list of texts");
  for (const Json& tag : query.tags) {
    if (!tag.is_string() || tag.get<std::string>().size() > 100) throw Error("TM7400", "'tags' must be a list of texts");
  }
}

// Queries of others that are private are not there for anybody else.
SavedQuery known(Context& context, const Request& request, const Caller& caller) {
  auto query = context.store.query(id_of(request));
  if (!query || !may_read(*query, caller)) throw Error("TM7404", "there is no such query");
  return std::move(*query);
}

SavedQuery writable(Context& context, const Request& request, const Caller& caller) {
  SavedQuery query = known(context, request, caller);
  if (!may_write(query, caller)) throw Error("TM7403", "this query is another user's");
  return query;
}

Response shown(Context& context, int64_t id, const Caller& caller, int status) {
  return Response::of(Json{{"query", query_json(*context.store.query(id), caller)}}, status);
}

}  // namespace

void add_saved_query_routes(Context& context) {
  Gate& gate = context.gate;
  gate.add("GET", "/api/queries", Access::kViewer, [&context](const Request& request, const Caller& caller) {
    Json list = Json::array();
    for (const SavedQuery& query : context.store.queries(caller.user.id, request.text("search"), request.text("tag")))
      list.push_back(query_json(query, caller));
    return Response::of(Json{{"queries", std::move(list)}});
  });
  gate.add("POST", "/api/queries", Access::kEditor, [&context](const Request& request, const Caller& caller) {
    SavedQuery query{.owner = caller.user.id};
    read_fields(request.json(), query);
    return shown(context, context.store.add_query(query), caller, 201);
  });
  gate.add("GET", "/api/queries/:id", Access::kViewer, [&context](const Request& request, const Caller& caller) {
    return Response::of(Json{{"query", query_json(known(context, request, caller), caller)}});
  });
  gate.add("PUT", "/api/queries/:id", Access::kEditor, [&context](const Request& request, const Caller& caller) {
    SavedQuery query = writable(context, request, caller);
    const std::string shared = query.shared;
    read_fields(request.json(), query);
    if (query.owner != caller.user.id && query.shared != shared) throw Error("TM7403", "only its owner decides who sees a query");
    context.store.set_query(query);
    return shown(context, query.id, caller, 200);
  });
  gate.add("DELETE", "/api/queries/:id", Access::kEditor, [&context](const Request& request, const Caller& caller) {
    const SavedQuery query = known(context, request, caller);
    if (query.owner != caller.user.id && caller.user.role != Role::kAdmin) throw Error("TM7403", "this query is another user's");
    context.store.drop_query(query.id);
    return Response::none();
  });
}

}  // namespace tidemark::server
