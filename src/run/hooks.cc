#include "run/hooks.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "artifacts/json_writer.h"
#include "artifacts/node_json.h"
#include "base/strings.h"

namespace tidemark::run {

namespace {

void execute_text(NodeWork& work, const std::string& text) {
  if (trim(text).empty()) return;
  work.run.published = true;  // a hook may change anything
  work.session().execute(text);
}

int64_t index_of(const Node& node) { return node.extra.is_object() ? node.extra.value("index", int64_t{0}) : 0; }

Json node_json(const Node& node) {
  artifacts::JsonWriter out;
  artifacts::write_node(out, node, nullptr, "target");
  return Json::parse(out.take());
}

Json result_json(const NodeResult& result) {
  Json json{{"node", node_json(*result.node)},
            {"unique_id", result.node->unique_id},
            {"status", to_string(result.status)},
            {"message", result.message.empty() ? Json() : Json(result.message)},
            {"failures", result.failures ? Json(*result.failures) : Json()},
            {"thread_id", result.thread},
            {"execution_time", result.execution_time},
            {"adapter_response", result.adapter_response},
            {"timing", Json::array()}};
  for (const Timing& timing : result.timing)
    json["timing"].push_back({{"name", timing.name}, {"started_at", format_iso_utc(timing.started)}, {"completed_at", format_iso_utc(timing.completed)}});
  return json;
}

}  // namespace

void run_hooks(NodeWork& work, const std::string& key, bool inside_transaction) {
  const Json* hooks = work.node.config.find(key);
  if (hooks == nullptr || !hooks->is_array()) return;
  for (const Json& hook : *hooks) {
    if (hook.value("transaction", true) != inside_transaction) continue;
    const std::string name = fmt::format("{} ({})", work.node.original_file_path, key);
    execute_text(work, work.run.context.compiler.render(hook.value("sql", ""), name, &work.node, work.host));
  }
}

std::vector<NodePtr> project_hooks(const resolve::Resolved& project, const std::string& when) {
  std::vector<NodePtr> hooks;
  for (const auto& [id, node] : project.manifest.nodes) {
    if (node->type == ResourceType::kOperation && std::find(node->tags.begin(), node->tags.end(), when) != node->tags.end()) hooks.push_back(node);
  }
  const std::string& root = project.context->project_name;
  std::sort(hooks.begin(), hooks.end(), [&](const NodePtr& a, const NodePtr& b) {
    const auto rank = [&](const Node& node) { return std::tuple(node.package_name == root, node.package_name, index_of(node)); };
    return rank(*a) < rank(*b);
  });
  return hooks;
}

void run_project_hook(NodeWork& work, const Json& extra) {
  execute_text(work,
               work.run.context.compiler.render(work.node.raw_code, work.node.source ? work.node.source->name : work.node.name, &work.node, work.host, extra));
}

Json results_for_hooks(const RunResults& results) {
  Json list = Json::array();
  std::set<std::pair<std::string, std::string>> schemas;
  for (const NodeResult& result : results.results) {
    if (result.node->type == ResourceType::kOperation) continue;
    list.push_back(result_json(result));
    if (result.node->is_refable() && !result.node->schema.empty()) schemas.insert({result.node->database, result.node->schema});
  }
  Json names = Json::array();
  Json pairs = Json::array();
  for (const auto& [database, schema] : schemas) {
    if (std::find(names.begin(), names.end(), Json(schema)) == names.end()) names.push_back(schema);
    pairs.push_back(Json::array({database, schema}));
  }
  return Json{{"results", std::move(list)}, {"schemas", std::move(names)}, {"database_schemas", std::move(pairs)}};
}

}  // namespace tidemark::run
