// Models, their partitions, the versions of their tables.
#include <fmt/format.h>

#include "artifacts/manifest_json.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "server/api/context.h"
#include "server/pipeline/command.h"
#include "server/pipeline/holdings.h"
#include "server/query/spill.h"

namespace tidemark::server {

namespace {

bool is_shown(const Node& node) { return node.is_refable() || node.type == ResourceType::kSource; }
bool is_table(const Node& node) {
  return node.is_refable() && !node.is_ephemeral() && !(node.type == ResourceType::kModel && node.config.materialized() == "view");
}

NodePtr known_node(const LoadedProject& project, const Request& request) {
  NodePtr node = project.open.manifest().find(request.capture("unique_id"));
  if (!node || !is_shown(*node)) throw Error("TM7404", "there is no such model");
  return node;
}

// Declared columns, with the types of the relation where it is there; those that are not declared come after.
Json columns_json(Session* session, const Node& node) {
  std::map<std::string, std::string> types;
  std::vector<ColumnType> there;
  if (session != nullptr && node.type != ResourceType::kSource) {
    try {
      if (const auto relation = session->find_relation(node.relation())) there = session->columns(*relation);
    } catch (const Error&) {
      // A relation that cannot be read has no types to show.
    }
  }
  for (const ColumnType& column : there) types[to_lower(column.name)] = column.type;
  Json out = Json::array();
  std::set<std::string> declared;
  for (const std::string& key : node.column_order) {
    const ColumnInfo& column = node.columns.at(key);
    declared.insert(to_lower(column.name));
    const auto type = types.find(to_lower(column.name));
    const std::string shown = type != types.end() ? type->second : column.data_type;
    out.push_back({{"name", column.name}, {"type", shown.empty() ? Json() : Json(shown)}, {"description", column.description}});
  }
  for (const ColumnType& column : there) {
    if (!declared.contains(to_lower(column.name))) out.push_back({{"name", column.name}, {"type", column.type}, {"description", ""}});
  }
  return out;
}

class ModelList {
 public:
  ModelList(Context& context, const LoadedProject& project)
      : project_(project), session_(project.is_lake() ? project.warehouse->adapter->open_session("models") : nullptr), last_(context.journals.last_of_nodes()) {
    for (const auto* group : {&project.open.manifest().nodes, &project.open.manifest().unit_tests}) {
      for (const auto& [id, node] : *group) {
        if (node->type != ResourceType::kTest && node->type != ResourceType::kUnitTest) continue;
        for (const std::string& parent : node->depends_on_nodes) tests_[parent].push_back(node);
      }
    }
  }

  Json json(const Node& node) {
    const std::string materialized = node.type == ResourceType::kModel ? node.config.materialized() : std::string(to_string(node.type));
    Json tests = Json::array();
    for (const NodePtr& test : tests_[node.unique_id])
      tests.push_back({{"unique_id", test->unique_id}, {"name", test->name}, {"status", status_of(test->unique_id)}});
    return Json{{"unique_id", node.unique_id},
                {"name", node.type == ResourceType::kSource ? node.source_name + "." + node.name : node.name},
                {"resource_type", to_string(node.type)},
                {"schema", node.schema},
                {"alias", node.type == ResourceType::kSource ? node.identifier : node.alias},
                {"materialized", materialized},
                {"description", node.description},
                {"columns", columns_json(session_.get(), node)},
                {"tests", std::move(tests)},
                {"depends_on", node.depends_on_nodes},
                {"path", node.original_file_path},
                {"tags", node.tags},
                {"last_run", last_run(node.unique_id)}};
  }

 private:
  Json status_of(const std::string& id) const {
    const auto found = last_.find(id);
    return found == last_.end() ? Json() : Json(found->second.status);
  }
  Json last_run(const std::string& id) const {
    const auto found = last_.find(id);
    if (found == last_.end()) return nullptr;
    const RunNode& node = found->second;
    return Json{{"status", node.status}, {"finished_at", node.finished_at.empty() ? Json() : Json(node.finished_at)}, {"execution_time", node.execution_time}};
  }

  const LoadedProject& project_;
  std::unique_ptr<Session> session_;
  std::map<std::string, RunNode> last_;
  std::map<std::string, std::vector<NodePtr>> tests_;  // by what they test
};

Response models(Context& context) {
  const LoadedProjectPtr project = context.project.current();
  ModelList list(context, *project);
  Json out = Json::array();
  for (const auto* group : {&project->open.manifest().sources, &project->open.manifest().nodes}) {
    for (const auto& [id, node] : *group) {
      if (is_shown(*node)) out.push_back(list.json(*node));
    }
  }
  return Response::of(Json{{"models", std::move(out)}});
}

Json compiled_code(const LoadedProject& project, const Node& node) {
  if (node.type != ResourceType::kModel && node.type != ResourceType::kSnapshot) return nullptr;
  const fs::path path = artifacts::compiled_path(node, project.open.target_path);
  return stat_file(path) ? Json(read_file(path)) : Json();
}

// The command's answer to a pending request.
Response when_done(std::shared_ptr<Command> command, std::function<Response(const CommandResult&)> respond) {
  Response out;
  out.pending = [command = std::move(command), respond = std::move(respond)]() -> std::optional<Response> {
    const auto result = command->poll();
    return result ? std::optional(respond(*result)) : std::nullopt;
  };
  return out;
}

Response model(Context& context, const Request& request) {
  const LoadedProjectPtr project = context.project.current();
  const NodePtr node = known_node(*project, request);
  Json out = ModelList(context, *project).json(*node);
  out["raw_code"] = node->raw_code;
  out["compiled_code"] = compiled_code(*project, *node);
  out["explain"] = nullptr;
  if (node->type != ResourceType::kModel || node->is_ephemeral() || request.text("explain", "1") == "0") return Response::of(out);
  auto command = std::make_shared<Command>(context.project, std::vector<std::string>{"explain", node->name, "--output", "json"});
  return when_done(std::move(command), [out](const CommandResult& result) {
    Json full = out;
    try {
      full["explain"] = json_of(result);
    } catch (const Error& error) {
      full["explain_error"] = error.message();
    }
    return Response::of(full);
  });
}

Response partitions(Context& context, const Request& request) {
  const LoadedProjectPtr project = context.project.current();
  const NodePtr node = known_node(*project, request);
  if (!is_table(*node)) return Response::of(Json{{"partition_by", nullptr}, {"partitions", Json::array()}});
  auto command = std::make_shared<Command>(context.project, std::vector<std::string>{"partitions", node->name, "--output", "json"});
  return when_done(std::move(command), [](const CommandResult& result) { return Response::of(json_of(result)); });
}

Response versions(Context& context, const Request& request) {
  const LoadedProjectPtr project = context.project.current();
  const NodePtr node = known_node(*project, request);
  Json out = Json::array();
  if (is_table(*node) && project->is_lake()) {
    const std::unique_ptr<Session> session = project->warehouse->adapter->open_session("history");
    for (const TableCommit& commit : session->history(node->relation(), request.number("limit", 100, 1, 1000))) out.push_back(version_json(commit));
  }
  return Response::of(Json{{"versions", std::move(out)}});
}

// Some rows of a table as it was, by a query like any other.
Response rows(Context& context, const Request& request, const Caller& caller) {
  const LoadedProjectPtr project = context.project.current();
  const NodePtr node = known_node(*project, request);
  if (node->type == ResourceType::kSource || node->is_ephemeral()) throw Error("TM7404", "this has no rows of its own");
  const int64_t limit = request.number("limit", 500, 1, 10'000);
  ExecutionRequest wanted{.user = caller.user.id, .sql = fmt::format("select * from {} limit {}", node->relation().render(), limit)};
  if (request.query.contains("at_version")) {
    if (!is_table(*node)) throw Error("TM7400", "only tables have versions");
    wanted.versions = Json{{node->schema + "/" + node->alias, request.number("at_version", 0, 0, int64_t{1} << 50)}};
  }
  wanted.is_listed = false;
  const std::string id = context.executions.start(std::move(wanted));
  Response out;
  out.pending = [&context, id, limit, user = caller.user.id]() -> std::optional<Response> {
    const auto execution = context.executions.find(id, user);
    if (!execution) throw Error("TM7404", "the query is gone");
    if (!execution->is_over()) return std::nullopt;
    if (execution->state != "done") {
      const Json error = execution->statements.empty() || execution->statements[0].error.is_null() ? execution->error : execution->statements[0].error;
      throw Error("TM7422", error.is_object() ? error.value("message", "") : "cancelled");
    }
    Response known;
    int64_t count = 0;
    known.body = "{\"columns\":" + dump_json(execution->statements.at(0).columns) + ",\"rows\":[";
    if (execution->statements[0].row_count > 0) known.body += read_rows(execution->folder, "0", 0, limit, 16 << 20, count);
    known.body += "]}";
    return known;
  };
  return out;
}

}  // namespace

void add_model_routes(Context& context) {
  Gate& gate = context.gate;
  gate.add("GET", "/api/models", Access::kViewer, [&context](const Request&, const Caller&) { return models(context); });
  gate.add("GET", "/api/models/:unique_id", Access::kViewer, [&context](const Request& request, const Caller&) { return model(context, request); });
  gate.add("GET", "/api/partitions/:unique_id", Access::kViewer, [&context](const Request& request, const Caller&) { return partitions(context, request); });
  gate.add("GET", "/api/tables/:unique_id/versions", Access::kViewer, [&context](const Request& request, const Caller&) { return versions(context, request); });
  gate.add("GET", "/api/tables/:unique_id/rows", Access::kViewer,
           [&context](const Request& request, const Caller& caller) { return rows(context, request, caller); });
}

}  // namespace tidemark::server
