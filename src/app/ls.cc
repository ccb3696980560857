#include <ostream>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/selection.h"
#include "artifacts/json_writer.h"
#include "artifacts/node_json.h"
#include "base/strings.h"

namespace tidemark::app {

namespace {

const std::vector<std::string>& default_keys() {
  static const std::vector<std::string> kKeys{"alias",  "name",          "package_name", "depends_on",         "tags",
                                              "config", "resource_type", "source_name",  "original_file_path", "unique_id"};
  return kKeys;
}

std::string shown_name(const Node& node) { return node.type == ResourceType::kSource ? node.source_name + "." + node.name : node.name; }

// The text that --select takes for this node alone.
std::string selector_text(const Node& node) {
  switch (node.type) {
    case ResourceType::kSource:
      return fmt::format("source:{}.{}.{}", node.package_name, node.source_name, node.name);
    case ResourceType::kExposure:
      return "exposure:" + join(node.fqn, ".");
    case ResourceType::kUnitTest:
      return fmt::format("unit_test:{}.{}", node.package_name, node.name);
    default:
      return join(node.fqn, ".");
  }
}

// With a dot, the way into nested values: "config.materialized".
const Json* find_key(const Json& node, const std::string& key) {
  const Json* at = &node;
  for (const std::string& part : split(key, '.')) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(part);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string json_text(const Node& node, const std::vector<std::string>& keys, const std::string& target_path) {
  artifacts::JsonWriter writer;
  artifacts::write_node(writer, node, nullptr, target_path);
  const Json all = Json::parse(writer.result());
  Json out = Json::object();
  for (const std::string& key : keys) {
    if (const Json* value = find_key(all, key)) out[key] = *value;
  }
  return dump_json(out);
}

std::string line(const Node& node, const Invocation& invocation, const std::string& target_path) {
  switch (invocation.output) {
    case OutputFormat::kJson:
      return json_text(node, invocation.output_keys.empty() ? default_keys() : invocation.output_keys, target_path);
    case OutputFormat::kName:
      return shown_name(node);
    case OutputFormat::kPath:
      return node.original_file_path;
    default:
      return selector_text(node);
  }
}

}  // namespace

int list(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  write_manifest_file(invocation, open);
  const graph::Dag dag(open.manifest());
  std::set<std::string> selected = select(invocation, terminal, open, dag);
  // As in dbt, analyses are listed only where they are asked for.
  if (invocation.selection.resource_types.empty()) {
    std::erase_if(selected, [&](const std::string& id) { return open.manifest().find(id)->type == ResourceType::kAnalysis; });
  }
  if (selected.empty()) {
    terminal.events.warn("NoNodesSelected", "No nodes selected!");
    return kExitOk;
  }
  for (const std::string& id : selected) terminal.out << line(*open.manifest().find(id), invocation, open.target_path) << '\n';
  return kExitOk;
}

}  // namespace tidemark::app
