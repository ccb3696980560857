// How configurations from several places become one, by dbt's rules. Pure functions on JSON.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"

namespace tidemark::project {

// Configurations merged one after the other, later ones winning: tags and hooks are appended, meta, grants with "+" and
// the like are merged by key, everything else is replaced. Keys are plain ("+" removed).
class ConfigMerge {
 public:
  void add(const Json& config);  // an object; keys may begin with "+"
  const Json& result() const { return result_; }

 private:
  Json result_ = Json::object();
};

// The configurations of dbt_project.yml's tree for a node, outermost first: at each level along `fqn` (package first) the
// keys that are no folders. `tree` is the value under "models:", "seeds:", …
std::vector<Json> configs_along(const Json& tree, const std::vector<std::string>& fqn);

// All levels for a node: its package's own tree first, then the root project's, which wins.
std::vector<Json> project_configs(const Json& package_tree, const Json& root_tree, bool is_root_node, const std::vector<std::string>& fqn);

}  // namespace tidemark::project
