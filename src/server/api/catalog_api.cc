// The schema tree: what queries can name.
#include "adapter/adapter.h"
#include "base/strings.h"
#include "server/api/context.h"

namespace tidemark::server {

namespace {

Json columns_json(Session& session, const Relation& relation) {
  Json out = Json::array();
  for (const ColumnType& column : session.columns(relation)) out.push_back({{"name", column.name}, {"type", column.type}});
  return out;
}

// By "schema.alias" in lower case.
std::map<std::string, NodePtr> nodes_by_relation(const Manifest& manifest) {
  std::map<std::string, NodePtr> out;
  for (const auto& [id, node] : manifest.nodes) {
    if (node->is_refable()) out[to_lower(node->schema + "." + node->alias)] = node;
  }
  return out;
}

Json table_json(Session& session, const RelationInfo& info, const std::map<std::string, NodePtr>& nodes) {
  const bool is_view = info.relation.type == RelationType::kView;
  const auto node = nodes.find(to_lower(info.relation.schema + "." + info.relation.identifier));
  Json out{{"name", info.relation.identifier},
           {"kind", is_view ? "view" : "table"},
           {"materialized", nullptr},
           {"unique_id", nullptr},
           {"description", info.comment}};
  if (node != nodes.end()) {
    out["materialized"] = node->second->type == ResourceType::kModel ? node->second->config.materialized() : std::string(to_string(node->second->type));
    out["unique_id"] = node->second->unique_id;
    if (info.comment.empty()) out["description"] = node->second->description;
  }
  try {
    out["columns"] = columns_json(session, info.relation);
  } catch (const Error& error) {
    out["columns"] = Json::array();  // one table that can't be read does not hide the others
    out["error"] = error.message();
  }
  return out;
}

Response schema(Context& context, const Request&, const Caller&) {
  const LoadedProjectPtr project = context.project.current();
  if (!project->is_lake()) return Response::of(Json{{"schemas", Json::array()}, {"functions", Json::array()}});
  const std::unique_ptr<Session> session = project->warehouse->adapter->open_session("schema");
  const auto nodes = nodes_by_relation(project->open.manifest());
  Json schemas = Json::array();
  for (const std::string& name : session->list_schemas("")) {
    Json tables = Json::array();
    for (const RelationInfo& info : session->list_relations("", name)) tables.push_back(table_json(*session, info, nodes));
    schemas.push_back({{"name", name}, {"tables", std::move(tables)}});
  }
  return Response::of(Json{{"schemas", std::move(schemas)}, {"functions", context.executions.functions()}});
}

}  // namespace

void add_catalog_routes(Context& context) {
  Gate& gate = context.gate;
  gate.add("GET", "/api/schema", Access::kViewer, [&context](const Request& request, const Caller& caller) { return schema(context, request, caller); });
}

}  // namespace tidemark::server
