#include <fmt/format.h>

#include "app/commands.h"
#include "app/compile.h"
#include "app/open_project.h"
#include "app/summary.h"
#include "app/warehouse.h"
#include "artifacts/catalog_json.h"
#include "base/file_system.h"

namespace tidemark::app {

namespace {

std::string table_type(const RelationInfo& info) { return info.relation.type == RelationType::kView ? "VIEW" : "BASE TABLE"; }

artifacts::CatalogTable describe(Session& session, const Node& node, const RelationInfo& info) {
  artifacts::CatalogTable out;
  out.type = table_type(info);
  out.database = info.relation.database.empty() ? node.database : info.relation.database;
  out.schema = info.relation.schema;
  out.name = info.relation.identifier;
  out.comment = info.comment;
  for (const ColumnType& column : session.columns(info.relation)) {
    const auto documented = node.columns.find(column.name);
    out.columns.push_back({column.name, column.type, documented == node.columns.end() ? "" : documented->second.description});
  }
  return out;
}

class Collector {
 public:
  Collector(Session& session, artifacts::Catalog& catalog) : session_(session), catalog_(catalog) {}

  void add(const Node& node, std::map<std::string, artifacts::CatalogTable>& into) {
    try {
      const Relation relation = node.relation();
      for (const RelationInfo& info : relations(relation.database, relation.schema)) {
        if (!info.relation.same_name(relation) && info.relation.identifier != relation.identifier) continue;
        into.emplace(node.unique_id, describe(session_, node, info));
        return;
      }
    } catch (const Error& error) {
      catalog_.errors.push_back(fmt::format("{}: {}", node.unique_id, error.message()));
    }
  }

 private:
  const std::vector<RelationInfo>& relations(const std::string& database, const std::string& schema) {
    const auto [it, is_new] = known_.try_emplace({database, schema});
    if (is_new) it->second = session_.list_relations(database, schema);
    return it->second;
  }

  Session& session_;
  artifacts::Catalog& catalog_;
  std::map<std::pair<std::string, std::string>, std::vector<RelationInfo>> known_;
};

}  // namespace

int docs_generate(const Invocation& invocation, const Terminal& terminal) {
  OpenProject open = open_project(invocation, terminal);
  write_manifest_file(invocation, open);
  announce_project(terminal, open);
  if (!invocation.no_compile) {
    if (compile_selected(invocation, terminal, open).any_failed()) return kExitNodeFailed;
  }
  terminal.events.info("BuildingCatalog", "Building catalog");
  const Warehouse warehouse = open_warehouse(open.target);
  const std::unique_ptr<Session> session = warehouse.adapter->open_session("catalog");
  artifacts::Catalog catalog;
  Collector collector(*session, catalog);
  for (const auto& [id, node] : open.manifest().nodes) {
    if (node->is_refable() && !node->is_ephemeral()) collector.add(*node, catalog.nodes);
  }
  for (const auto& [id, node] : open.manifest().sources) {
    if (node->external.is_null()) collector.add(*node, catalog.sources);
  }
  const fs::path path = fs::path(open.target_path) / "catalog.json";
  artifacts::write_catalog(path, metadata(invocation), catalog);
  for (const std::string& error : catalog.errors) terminal.events.warn("CatalogError", error);
  terminal.events.info("CatalogWritten", fmt::format("Catalog written to {}", path.string()));
  return catalog.errors.empty() ? kExitOk : kExitNodeFailed;
}

}  // namespace tidemark::app
