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

// dbt's rule for `fqn` or its tail: a pattern that ends early takes all below; from the first part with a wildcard on, the
// rest of the pattern is set against the rest of the name as a whole.
bool parts_match(const std::vector<std::string>& fqn, size_t start, const std::vector<std::string>& parts) {
  std::vector<std::string> names;  // dots in names part them
  for (size_t i = start; i < fqn.size(); ++i) {
    for (std::string& name : split(fqn[i], '.')) names.push_back(std::move(name));
  }
  if (names.size() < parts.size()) return false;
  const auto rest = [](const std::vector<std::string>& all, size_t from) { return join(std::vector<std::string>(all.begin() + from, all.end()), "."); };
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].find_first_of("*?[]") != std::string::npos) return matches(rest(parts, i), rest(names, i));
    if (parts[i] != names[i]) return false;
  }
  return true;
}

// The last element alone (a node's name; of a version its model's, or "model.v2", "model_v2"), or the parts one by one
// from the package or below it.
bool fqn_matches(const Node& node, const std::string& pattern) {
  const std::vector<std::string>& fqn = node.fqn;
  if (fqn.empty()) return false;
  const std::vector<std::string> parts = split(pattern, '.');
  if (!node.version) {
    if (fqn.back() == pattern) return true;
  } else if (fqn.size() >= 2) {
    const std::string& name = fqn[fqn.size() - 2];
    const std::string tail = parts.size() < 2 ? pattern : parts[parts.size() - 2] + "_" + parts.back();
    if (name == pattern || name + "_" + fqn.back() == tail) return true;
  }
  return parts_match(fqn, 0, parts) || parts_match(fqn, 1, parts);
}

// As a shell's glob: * stops at /, ** is any number of folders.
bool glob_matches(const std::vector<std::string>& pattern, size_t p, const std::vector<std::string>& path, size_t i) {
  if (p == pattern.size()) return i == path.size();
  if (pattern[p] == "**") {
    for (size_t next = i; next <= path.size(); ++next) {
      if (glob_matches(pattern, p + 1, path, next)) return true;
    }
    return false;
  }
  return i < path.size() && matches(pattern[p], path[i]) && glob_matches(pattern, p + 1, path, i + 1);
}

std::vector<std::string> path_parts(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  while (path.starts_with("./")) path.erase(0, 2);
  return split(path, '/');
}

// The file itself, or a folder that it is in.
bool path_matches(const std::string& path, const std::string& pattern) {
  const std::vector<std::string> wanted = path_parts(pattern);
  std::vector<std::string> parts = path_parts(path);
  for (; !parts.empty(); parts.pop_back()) {
    if (glob_matches(wanted, 0, parts, 0)) return true;
  }
  return false;
}

bool patched_in(const Node& node, const std::string& pattern) {
  const size_t at = node.patch_path.find("://");
  return at != std::string::npos && glob_matches(path_parts(pattern), 0, path_parts(node.patch_path.substr(at + 3)), 0);
}

// By number where both are numbers.
bool version_less(const std::string& a, const std::string& b) {
  const auto number = [](const std::string& text, double& out) {
    char* end = nullptr;
    out = std::strtod(text.c_str(), &end);
    return !text.empty() && *end == '\0';
  };
  double x = 0, y = 0;
  return number(a, x) && number(b, y) ? x < y : a < b;
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
      return fqn_matches(node, value);
    };
  }
  if (method == "tag")
    return [&value](const Node& node) { return std::any_of(node.tags.begin(), node.tags.end(), [&](const std::string& tag) { return matches(value, tag); }); };
  if (method == "group") return [&value](const Node& node) { return !node.group.empty() && matches(value, node.group); };
  if (method == "access") return [&value](const Node& node) { return node.type == ResourceType::kModel && matches(value, node.access); };
  if (method == "source") return [&value](const Node& node) { return source_matches(node, value); };
  if (method == "path") return [&value](const Node& node) { return path_matches(node.original_file_path, value) || patched_in(node, value); };
  if (method == "file")
    return [&value](const Node& node) {
      return matches(value, file_name(node.original_file_path)) || matches(value, fs::path(node.original_file_path).stem().string());
    };
  if (method == "package") return [&manifest, &value](const Node& node) { return package_matches(manifest, node, value); };
  if (method == "config") return [&criterion](const Node& node) { return config_matches(node, criterion); };
  if (method == "exposure")
    return [&value](const Node& node) { return node.type == ResourceType::kExposure && (matches(value, node.name) || fqn_matches(node, value)); };
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
      if (value == "old") return version_less(*node.version, node.latest_version.value_or(""));
      if (value == "prerelease") return version_less(node.latest_version.value_or(""), *node.version);
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
