#include "resolve/lookup.h"

#include "base/strings.h"

namespace tidemark::resolve {

namespace {

std::string versioned(const std::string& name, const std::optional<std::string>& version) { return version ? name + ".v" + *version : name; }

template <class Table>
std::vector<std::string> keys_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& [name, nodes] : table) names.push_back(name);
  return names;
}

}  // namespace

std::string describe(const RefArgs& args) {
  std::string out = args.package ? "'" + *args.package + "', " : "";
  out += "'" + args.name + "'";
  if (args.version) out += ", v=" + *args.version;
  return out;
}

void Lookup::add(const NodePtr& node) {
  if (node->type == ResourceType::kSource) {
    sources_[node->source_name + "." + node->name][node->package_name] = node;
    return;
  }
  if (!node->is_refable()) return;
  if (!node->version || node->version == node->latest_version) refs_[node->name][node->package_name] = node;
  if (node->version) refs_[versioned(node->name, node->version)][node->package_name] = node;
}

void Lookup::add_disabled(const NodePtr& node) {
  if (node->type == ResourceType::kSource) {
    disabled_sources_[node->source_name + "." + node->name][node->package_name] = node;
  } else if (node->is_refable()) {
    disabled_refs_[versioned(node->name, node->version)][node->package_name] = node;
    if (node->version) disabled_refs_[node->name][node->package_name] = node;
  }
}

NodePtr Lookup::search(const Table& table, const std::string& key, const std::optional<std::string>& target, const std::string& root,
                       const std::string& package) {
  const auto it = table.find(key);
  if (it == table.end() || it->second.empty()) return nullptr;
  const ByPackage& nodes = it->second;
  const auto in = [&](const std::string& name) -> NodePtr {
    const auto found = nodes.find(name);
    return found == nodes.end() ? nullptr : found->second;
  };
  if (target) return in(*target);
  if (NodePtr node = in(root)) return node;
  if (package != root) {
    if (NodePtr node = in(package)) return node;
  }
  if (nodes.size() > 1) {
    std::vector<std::string> ids;
    for (const auto& [name, node] : nodes) ids.push_back(node->unique_id);
    throw Error("TM3104", fmt::format("'{}' is the name of several nodes: {}", key, join(ids, ", "))).hint("say which: ref('package', '" + key + "')");
  }
  return nodes.begin()->second;
}

NodePtr Lookup::find_ref(const RefArgs& args, const std::string& root, const std::string& package) const {
  return search(refs_, versioned(args.name, args.version), args.package, root, package);
}

bool Lookup::is_disabled(const RefArgs& args) const {
  const auto it = disabled_refs_.find(versioned(args.name, args.version));
  return it != disabled_refs_.end() && (!args.package || it->second.contains(*args.package));
}

NodePtr Lookup::ref(const RefArgs& args, const std::string& root, const std::string& package) const {
  if (NodePtr node = find_ref(args, root, package)) return node;
  if (is_disabled(args)) throw Error("TM3103", fmt::format("ref({}) names a model that is disabled", describe(args))).hint("enable it, or take the ref out");
  Error error("TM3101", fmt::format("ref({}) names no model, seed or snapshot", describe(args)));
  if (args.package && find_ref({args.name, std::nullopt, args.version}, root, package) != nullptr) {
    error.hint("'" + args.name + "' is in package '" + find_ref({args.name, std::nullopt, args.version}, root, package)->package_name + "'");
  } else if (const std::string near = nearest_name(args.name, keys_of(refs_)); !near.empty()) {
    error.hint("did you mean '" + near + "'?");
  } else if (args.version && refs_.contains(args.name)) {
    error.hint("model '" + args.name + "' has no such version");
  }
  throw error;
}

NodePtr Lookup::source(const SourceArgs& args, const std::string& root, const std::string& package) const {
  const std::string key = args.first + "." + args.second;
  if (NodePtr node = search(sources_, key, std::nullopt, root, package)) return node;
  if (disabled_sources_.contains(key)) throw Error("TM3103", fmt::format("source('{}', '{}') is disabled", args.first, args.second));
  Error error("TM3102", fmt::format("source('{}', '{}') is not declared", args.first, args.second));
  const std::string near = nearest_name(key, keys_of(sources_));
  if (!near.empty()) {
    const size_t dot = near.find('.');
    error.hint("did you mean source('" + near.substr(0, dot) + "', '" + near.substr(dot + 1) + "')?");
  } else {
    error.hint("declare it under sources: in a YAML file of a model folder");
  }
  throw error;
}

}  // namespace tidemark::resolve
