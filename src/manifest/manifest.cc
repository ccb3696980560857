#include "manifest/manifest.h"

#include <algorithm>

namespace tidemark {

NodePtr Manifest::find(const std::string& unique_id) const {
  for (const auto* group : {&nodes, &sources, &exposures, &unit_tests}) {
    const auto it = group->find(unique_id);
    if (it != group->end()) return it->second;
  }
  return nullptr;
}

std::map<std::string, std::vector<std::string>> Manifest::child_map() const {
  std::map<std::string, std::vector<std::string>> children;
  for (const auto* group : {&nodes, &sources, &exposures, &unit_tests}) {
    for (const auto& [id, node] : *group) {
      children.try_emplace(id);
      for (const std::string& parent : node->depends_on_nodes) children[parent].push_back(id);
    }
  }
  for (auto& [parent, ids] : children) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
  return children;
}

}  // namespace tidemark
