#include "graph/match.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/strings.h"

namespace tidemark::graph {

namespace {

using Test = std::function<bool(const Node&)>;

// dbt's rule: the last element alone (a node's name), or the pattern's parts one by one from the package or below it; a
// pattern that ends early takes all below.
bool fqn_matches(const std::vector<std::string>& fqn, const std::string& pattern, const std::string& name) {
  if (fqn.empty()) return false;
  if (matches(pattern, name) || matches(pattern, fqn.back())) return true;
  const std::vector<std::string> parts = split(pattern, '.');
  const auto from = [&](size_t start) {
    if (fqn.size() < start + parts.size()) return false;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (!matches(parts[i], fqn[start + i])) return false;
    }
    return true;
  };
  return from(0) || from(1);
}

bool path_matches(const std::string& path, const std::string& pattern) {
  if (matches(pattern, path)) return true;
  std::string folder = pattern;
  while (folder.ends_with('/')) folder.pop_back();
  if (folder.starts_with("./")) folder.erase(0, 2);
  if (path == folder || path.starts_with(folder + "/")) return true;
  if (folder.find_first_of("*?[") == std::string::npos) return false;
  // A pattern may stop at a folder: "models/*/x" takes all below it.
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (matches(folder, path.substr(0, slash))) return true;
  }
  return false;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool source_matches(const Node& node, const std::string& value) {
  if (node.type != ResourceType::kSource) return false;
  const std::vector<std::string> parts = split(value, '.');
  if (parts.size() == 1) return matches(parts[0], node.source_name);
  if (parts.size() == 2)
    return (matches(parts[0], node.source_name) && matches(parts[1], node.name)) ||
           (matches(parts[0], node.package_name) && matches(parts[1], node.source_name));
  return parts.size() == 3 && matches(parts[0], node.package_name) && matches(parts[1], node.source_name) && matches(parts[2], node.name);
}

bool json_matches(const Json& value, const std::string& wanted) {
  if (value.is_string()) return matches(wanted, value.get<std::string>());
  if (value.is_boolean()) return equals_ignore_case(wanted, value.get<bool>() ? "true" : "false");
  if (value.is_array()) return std::any_of(value.begin(), value.end(), [&](const Json& item) { return json_matches(item, wanted); });
  if (value.is_object()) return value.contains(wanted);
  return value.dump() == wanted;
}

bool config_matches(const Node& node, const Criterion& criterion) {
  const Json* at = &node.config.values();
  for (const std::string& key : criterion.method_arguments) {
    if (!at->is_object() || !at->contains(key)) return false;
    at = &(*at)[key];
  }
  return !criterion.method_arguments.empty() && json_matches(*at, criterion.value);
}

bool is_data_test(const Node& node) { return node.type == ResourceType::kTest; }

bool test_type_matches(const Node& node, const std::string& value) {
  if (value == "unit") return node.type == ResourceType::kUnitTest;
  if (!is_data_test(node)) return false;
  if (value == "data") return true;
  if (value == "generic" || value == "schema") return node.test_metadata.has_value();
  if (value == "singular") return !node.test_metadata.has_value();
  throw Error("TM3010", fmt::format("test_type:{} is not known", value)).hint("one of: generic, singular, data, unit");
}

bool package_matches(const Manifest& manifest, const Node& node, const std::string& value) {
  return matches(value == "this" ? manifest.project_name : value, node.package_name);
}

const Json* state_node(const SelectionRequest& request, const std::string& id) {
  if (request.state_manifest == nullptr) throw Error("TM3012", "state: needs another run's artifacts").hint("name their folder with --state");
  for (const char* part : {"nodes", "sources", "exposures"}) {
    const auto group = request.state_manifest->find(part);
    if (group == request.state_manifest->end()) continue;
    const auto found = group->find(id);
    if (found != group->end()) return &*found;
  }
  return nullptr;
}

bool state_matches(const SelectionRequest& request, const Node& node, const std::string& value) {
  const Json* old = state_node(request, node.unique_id);
  if (value == "new") return old == nullptr;
  if (value == "old") return old != nullptr;
  const bool body =
      old == nullptr || (old->contains("checksum") && (*old)["checksum"].is_object() && (*old)["checksum"].value("checksum", "") != node.checksum);
  const bool relation = old == nullptr || old->value("alias", node.alias) != node.alias || old->value("schema", node.schema) != node.schema;
  const bool configs =
      old == nullptr || (old->contains("unrendered_config") && nlohmann::json((*old)["unrendered_config"]) != nlohmann::json(node.unrendered_config));
  const bool description = old == nullptr || old->value("description", "") != node.description;
  if (value == "modified") return body || relation || configs;
  if (value == "unmodified") return old != nullptr && !body && !relation && !configs;
  if (value == "modified.body") return body;
  if (value == "modified.configs") return configs;
  if (value == "modified.relation") return relation;
  if (value == "modified.persisted_descriptions") return description;
  throw Error("TM3010", fmt::format("state:{} is not supported", value))
      .hint("new, old, modified, unmodified, modified.body, .configs, .relation, .persisted_descriptions");
}

std::set<std::string> result_ids(const SelectionRequest& request, const std::string& value) {
  if (request.state_run_results == nullptr) throw Error("TM3012", "result: needs another run's run_results.json").hint("name its folder with --state");
  std::set<std::string> out;
  const auto results = request.state_run_results->find("results");
  if (results == request.state_run_results->end()) return out;
  for (const Json& result : *results) {
    if (result.value("status", "") == value) out.insert(result.value("unique_id", ""));
  }
  return out;
}

Test make_test(const Manifest& manifest, const SelectionRequest& request, const Criterion& criterion) {
  const std::string& value = criterion.value;
  const std::string& method = criterion.method;
  if (method == "fqn") {
    return [&value](const Node& node) {
      if (node.type == ResourceType::kSource) return false;
      return fqn_matches(node.fqn, value, node.name);
    };
  }
  if (method == "tag")
    return [&value](const Node& node) { return std::any_of(node.tags.begin(), node.tags.end(), [&](const std::string& tag) { return matches(value, tag); }); };
  if (method == "group") return [&value](const Node& node) { return !node.group.empty() && matches(value, node.group); };
  if (method == "access") return [&value](const Node& node) { return node.type == ResourceType::kModel && matches(value, node.access); };
  if (method == "source") return [&value](const Node& node) { return source_matches(node, value); };
  if (method == "path")
    return [&value](const Node& node) {
      return path_matches(node.original_file_path, value) ||
             (node.patch_path.size() > 2 && path_matches(node.patch_path.substr(node.patch_path.find("://") + 3), value) && is_data_test(node));
    };
  if (method == "file")
    return [&value](const Node& node) {
      return matches(value, file_name(node.original_file_path)) || matches(value, fs::path(node.original_file_path).stem().string());
    };
  if (method == "package") return [&manifest, &value](const Node& node) { return package_matches(manifest, node, value); };
  if (method == "config") return [&criterion](const Node& node) { return config_matches(node, criterion); };
  if (method == "exposure")
    return
        [&value](const Node& node) { return node.type == ResourceType::kExposure && (matches(value, node.name) || fqn_matches(node.fqn, value, node.name)); };
  if (method == "test_name")
    return [&value](const Node& node) {
      return is_data_test(node) && (node.test_metadata ? matches(value, node.test_metadata->name) : matches(value, node.name));
    };
  if (method == "test_type") return [&value](const Node& node) { return test_type_matches(node, value); };
  if (method == "resource_type") {
    const std::string word = value == "data_test" ? "test" : value;
    return [word](const Node& node) { return matches(word, std::string(to_string(node.type))); };
  }
  if (method == "unit_test") return [&value](const Node& node) { return node.type == ResourceType::kUnitTest && matches(value, node.name); };
  if (method == "version") {
    return [&value](const Node& node) {
      if (!node.version) return value == "none" && node.type == ResourceType::kModel;
      if (value == "latest") return node.version == node.latest_version;
      if (value == "old") return node.version != node.latest_version && *node.version < node.latest_version.value_or("");
      if (value == "prerelease") return node.version != node.latest_version && *node.version > node.latest_version.value_or("");
      return matches(value, *node.version);
    };
  }
  if (method == "state") return [&request, &value](const Node& node) { return state_matches(request, node, value); };
  if (method == "result") return [ids = result_ids(request, value)](const Node& node) { return ids.contains(node.unique_id); };
  throw Error("TM3010", fmt::format("selection by '{}:' is not supported", method));
}

}  // namespace

std::set<std::string> match(const Manifest& manifest, const SelectionRequest& request, const Criterion& criterion) {
  std::set<std::string> out;
  const Test test = make_test(manifest, request, criterion);
  for (const auto* group : {&manifest.nodes, &manifest.sources, &manifest.exposures, &manifest.unit_tests}) {
    for (const auto& [id, node] : *group) {
      if (test(*node)) out.insert(id);
    }
  }
  return out;
}

}  // namespace tidemark::graph
