#include "app/selection.h"

#include <fmt/format.h>

#include "app/warehouse.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "graph/selector.h"

namespace tidemark::app {

namespace {

const std::vector<std::string>& type_names() {
  static const std::vector<std::string> kNames{"model", "seed", "snapshot", "test", "unit_test", "analysis", "source", "exposure", "default", "all"};
  return kNames;
}

std::set<ResourceType> types_from(const std::vector<std::string>& texts) {
  std::set<ResourceType> out;
  for (const std::string& text : texts) {
    for (const std::string& name : split(replace_all(text, ",", " "), ' ')) {
      if (name.empty()) continue;
      if (name == "all" || name == "default") {
        for (const std::string& each : type_names()) {
          if (const auto type = resource_type_from(each)) out.insert(*type);
        }
        continue;
      }
      const auto type = resource_type_from(name);
      if (!type || std::find(type_names().begin(), type_names().end(), name) == type_names().end()) {
        Error error("TM3012", fmt::format("'{}' is no type of resource", name));
        const std::string near = nearest_name(name, type_names());
        error.hint(near.empty() ? join(type_names(), ", ") : fmt::format("did you mean '{}'?", near));
        throw error;
      }
      out.insert(*type);
    }
  }
  return out;
}

Json load_json_file(const fs::path& path) { return parse_json(read_file(path), path.string(), "TM1041"); }

NodePtr with_relation_of(const NodePtr& node, const Json& other) {
  auto copy = std::make_shared<Node>(*node);
  const auto take = [&](const char* key, std::string& into) {
    const auto found = other.find(key);
    if (found != other.end() && found->is_string()) into = found->get<std::string>();
  };
  take("database", copy->database);
  take("schema", copy->schema);
  take("alias", copy->alias);
  return copy;
}

}  // namespace

NodePtr find_node(const Manifest& manifest, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [id, node] : manifest.nodes) {
    if (!node->is_refable()) continue;
    if (node->name == name || id == name || join(node->fqn, ".") == name) return node;
    names.push_back(node->name);
  }
  Error error("TM3015", fmt::format("there is no model '{}'", name));
  const std::string near = nearest_name(name, names);
  error.hint(near.empty() ? "tidemark ls names all of them" : fmt::format("did you mean '{}'?", near));
  throw error;
}

Json load_state_manifest(const std::string& folder) {
  if (folder.empty()) throw Error("TM1040", "--state is needed: the folder of another run's manifest.json");
  const fs::path path = fs::path(folder) / "manifest.json";
  if (!stat_file(path))
    throw Error("TM1040", fmt::format("there is no manifest.json in '{}'", folder)).hint("--state names the folder of another run's artifacts");
  return load_json_file(path);
}

std::set<std::string> select(const Invocation& invocation, const Terminal& terminal, const OpenProject& open, const graph::Dag& dag) {
  const SelectionFlags& flags = invocation.selection;
  graph::SelectionRequest request;
  request.select = flags.select;
  request.exclude = flags.exclude;
  request.indirect = graph::indirect_selection_from(flags.indirect_selection);
  request.selector = flags.selector;
  if (!flags.selector.empty() && (!flags.select.empty() || !flags.exclude.empty())) {
    throw Error("TM3013", "--selector stands alone: --select and --exclude don't go with it");
  }
  if (!open.project->selectors.is_null()) request.selectors = open.project->selectors.to_json();
  Json state_manifest, state_results;
  if (!flags.state.empty()) {
    state_manifest = load_state_manifest(flags.state);
    request.state_manifest = &state_manifest;
    const fs::path results = fs::path(flags.state) / "run_results.json";
    if (stat_file(results)) {
      state_results = load_json_file(results);
      request.state_run_results = &state_results;
    }
  }
  graph::Selection selection = graph::select(open.manifest(), dag, request);
  for (const std::string& warning : selection.warnings) {
    if (invocation.warn_error) throw Error("TM3014", warning);
    terminal.events.warn("NoNodesForSelectionCriteria", warning);
  }
  const std::set<ResourceType> wanted = types_from(flags.resource_types);
  const std::set<ResourceType> unwanted = types_from(flags.exclude_resource_types);
  std::erase_if(selection.ids, [&](const std::string& id) {
    const NodePtr node = open.manifest().find(id);
    return !node || node->type == ResourceType::kOperation || (!wanted.empty() && !wanted.contains(node->type)) || unwanted.contains(node->type);
  });
  return std::move(selection.ids);
}

void defer_to_state(const Invocation& invocation, const std::set<std::string>& selected, OpenProject& open) {
  if (!invocation.selection.defer) return;
  const Json state = load_state_manifest(invocation.selection.state);
  if (!state.contains("nodes")) return;
  const Warehouse warehouse = open_warehouse(open.target);
  const std::unique_ptr<Session> session = warehouse.adapter->open_session("defer");
  auto resolved = std::make_shared<resolve::Resolved>(*open.resolved);
  for (auto& [id, node] : resolved->manifest.nodes) {
    if (!node->is_refable() || node->is_ephemeral() || selected.contains(id) || !state["nodes"].contains(id)) continue;
    if (!invocation.selection.favor_state && session->find_relation(node->relation())) continue;
    node = with_relation_of(node, state["nodes"][id]);
  }
  resolved->lookup = resolve::Lookup();
  for (const auto& [id, node] : resolved->manifest.nodes) resolved->lookup.add(node);
  for (const auto& [id, node] : resolved->manifest.sources) resolved->lookup.add(node);
  for (const NodePtr& node : resolved->manifest.disabled) resolved->lookup.add_disabled(node);
  open.resolved = std::move(resolved);
}

}  // namespace tidemark::app
