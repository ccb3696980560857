#include "project/config_tree.h"

#include <set>

namespace tidemark::project {

namespace {

const std::set<std::string>& appended_keys() {
  static const std::set<std::string> kKeys{"tags", "pre_hook", "post_hook", "classifiers"};
  return kKeys;
}

const std::set<std::string>& merged_keys() {
  static const std::set<std::string> kKeys{"meta", "docs", "quoting", "column_types", "persist_docs", "labels"};
  return kKeys;
}

Json as_list(const Json& value) {
  if (value.is_array()) return value;
  if (value.is_null()) return Json::array();
  return Json::array({value});
}

std::string plain_key(const std::string& key) {
  const size_t begin = key.find_first_not_of("+ ");
  std::string out = begin == std::string::npos ? key : key.substr(begin);
  if (out == "pre-hook") return "pre_hook";
  if (out == "post-hook") return "post_hook";
  return out;
}

void append(Json& into, const Json& more, bool unique) {
  Json list = as_list(into);
  for (const Json& item : as_list(more)) {
    bool known = false;
    if (unique) {
      for (const Json& old : list) known = known || old == item;
    }
    if (!known) list.push_back(item);
  }
  into = std::move(list);
}

// grants: {select: [a], +select: [b]}: a key with "+" adds to what is there, one without replaces it.
void merge_grants(Json& into, const Json& more) {
  if (!more.is_object()) {
    into = more;
    return;
  }
  if (!into.is_object()) into = Json::object();
  for (const auto& [key, value] : more.items()) {
    if (key.starts_with('+')) {
      append(into[key.substr(1)], value, true);
    } else {
      into[key] = as_list(value);
    }
  }
}

}  // namespace

void ConfigMerge::add(const Json& config) {
  if (!config.is_object()) return;
  for (const auto& [written, value] : config.items()) {
    const std::string key = plain_key(written);
    if (key == "grants") {
      merge_grants(result_[key], value);
    } else if (appended_keys().contains(key)) {
      append(result_[key], value, key == "tags");
    } else if (merged_keys().contains(key) && value.is_object() && result_.contains(key) && result_[key].is_object()) {
      for (const auto& [inner, item] : value.items()) result_[key][inner] = item;
    } else {
      result_[key] = value;
    }
  }
}

std::vector<Json> configs_along(const Json& tree, const std::vector<std::string>& fqn) {
  std::vector<Json> out;
  const Json* level = &tree;
  for (size_t depth = 0; level != nullptr && level->is_object(); ++depth) {
    const std::string folder = depth < fqn.size() ? fqn[depth] : std::string();
    Json own = Json::object();
    for (const auto& [key, value] : level->items()) {
      // Without "+", a mapping is a folder (or a node's name) and anything else a configuration; dbt reads it the same way.
      const bool is_config = key.starts_with('+') || !value.is_object() || merged_keys().contains(plain_key(key)) || plain_key(key) == "grants";
      if (is_config && key != folder) own[key] = value;
    }
    if (!own.empty()) out.push_back(std::move(own));
    if (folder.empty()) break;
    const auto next = level->find(folder);
    level = next == level->end() ? nullptr : &*next;
  }
  return out;
}

std::vector<Json> project_configs(const Json& package_tree, const Json& root_tree, bool is_root_node, const std::vector<std::string>& fqn) {
  std::vector<Json> out = configs_along(is_root_node ? root_tree : package_tree, fqn);
  if (!is_root_node) {
    for (Json& config : configs_along(root_tree, fqn)) out.push_back(std::move(config));
  }
  return out;
}

}  // namespace tidemark::project
