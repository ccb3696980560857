// Who depends on whom. Ids are unique ids of the manifest; sources, exposures and tests are nodes like any other.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "manifest/manifest.h"

namespace tidemark::graph {

class Dag {
 public:
  // Edges to ids that the manifest does not have are left out. TM3001 where there is a cycle: it is shown with its files.
  explicit Dag(const Manifest& manifest);

  const std::vector<std::string>& order() const { return order_; }  // parents first; ties by id
  const std::vector<std::string>& parents(const std::string& id) const;
  const std::vector<std::string>& children(const std::string& id) const;
  bool contains(const std::string& id) const { return parents_.contains(id); }

  // Ancestors or descendants up to `depth` steps away (negative: all), without `id` itself.
  std::set<std::string> ancestors(const std::string& id, int depth = -1) const;
  std::set<std::string> descendants(const std::string& id, int depth = -1) const;

 private:
  std::map<std::string, std::vector<std::string>> parents_;
  std::map<std::string, std::vector<std::string>> children_;
  std::vector<std::string> order_;
};

// The nodes to run in order, and for each those of them that come before it: also through nodes that are not among them.
struct SubgraphOrder {
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::string>> parents;
};
// `tests_first`: what depends on a node also waits for the node's tests, as `build` does.
SubgraphOrder order_subset(const Dag& dag, const Manifest& manifest, const std::set<std::string>& ids, bool tests_first);

}  // namespace tidemark::graph
