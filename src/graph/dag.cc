#include "graph/dag.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "base/error.h"

namespace tidemark::graph {

namespace {

const std::vector<std::string> kNone;

// A cycle among nodes that no order was found for: follows parents until one comes again.
std::vector<std::string> find_cycle(const std::map<std::string, std::vector<std::string>>& parents, const std::set<std::string>& stuck) {
  std::vector<std::string> path;
  std::map<std::string, size_t> place;
  std::string at = *stuck.begin();
  while (!place.contains(at)) {
    place[at] = path.size();
    path.push_back(at);
    for (const std::string& parent : parents.at(at)) {
      if (stuck.contains(parent)) {
        at = parent;
        break;
      }
    }
  }
  std::vector<std::string> cycle(path.begin() + static_cast<ptrdiff_t>(place[at]), path.end());
  std::reverse(cycle.begin(), cycle.end());  // parents first
  std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
  return cycle;
}

Error cycle_error(const Manifest& manifest, const std::vector<std::string>& cycle) {
  std::string text;
  for (const std::string& id : cycle) text += id + " -> ";
  Error error("TM3001", "models depend on each other in a cycle: " + text + cycle.front());
  std::string files;
  for (const std::string& id : cycle) {
    const NodePtr node = manifest.find(id);
    if (node) files += (files.empty() ? "" : ", ") + node->original_file_path;
  }
  error.hint(fmt::format("-> reads \"is needed by\"; take one ref() out of: {}", files));
  return error;
}

std::set<std::string> reach(const std::string& from, int depth, const auto& next) {
  std::set<std::string> seen;
  std::deque<std::pair<std::string, int>> open{{from, 0}};
  while (!open.empty()) {
    const auto [id, distance] = open.front();
    open.pop_front();
    if (depth >= 0 && distance >= depth) continue;
    for (const std::string& other : next(id)) {
      if (seen.insert(other).second) open.emplace_back(other, distance + 1);
    }
  }
  seen.erase(from);
  return seen;
}

}  // namespace

Dag::Dag(const Manifest& manifest) {
  for (const auto* group : {&manifest.nodes, &manifest.sources, &manifest.exposures, &manifest.unit_tests}) {
    for (const auto& [id, node] : *group) parents_[id] = {};
  }
  for (auto& [id, parents] : parents_) {
    const NodePtr node = manifest.find(id);
    for (const std::string& parent : node->depends_on_nodes) {
      if (parents_.contains(parent) && std::find(parents.begin(), parents.end(), parent) == parents.end()) {
        parents.push_back(parent);
        children_[parent].push_back(id);
      }
    }
  }
  std::map<std::string, size_t> waiting;
  std::set<std::string> ready;
  for (const auto& [id, parents] : parents_) {
    waiting[id] = parents.size();
    if (parents.empty()) ready.insert(id);
  }
  while (!ready.empty()) {
    const std::string id = *ready.begin();
    ready.erase(ready.begin());
    order_.push_back(id);
    for (const std::string& child : children(id)) {
      if (--waiting[child] == 0) ready.insert(child);
    }
  }
  if (order_.size() == parents_.size()) return;
  std::set<std::string> stuck;
  for (const auto& [id, count] : waiting) {
    if (count > 0) stuck.insert(id);
  }
  throw cycle_error(manifest, find_cycle(parents_, stuck));
}

const std::vector<std::string>& Dag::parents(const std::string& id) const {
  const auto found = parents_.find(id);
  return found == parents_.end() ? kNone : found->second;
}

const std::vector<std::string>& Dag::children(const std::string& id) const {
  const auto found = children_.find(id);
  return found == children_.end() ? kNone : found->second;
}

std::set<std::string> Dag::ancestors(const std::string& id, int depth) const {
  return reach(id, depth, [this](const std::string& at) -> const auto& { return parents(at); });
}

std::set<std::string> Dag::descendants(const std::string& id, int depth) const {
  return reach(id, depth, [this](const std::string& at) -> const auto& { return children(at); });
}

SubgraphOrder order_subset(const Dag& dag, const Manifest& manifest, const std::set<std::string>& ids, bool tests_first) {
  SubgraphOrder out;
  // Nearest chosen ancestors of every node, through the ones that are not chosen.
  std::map<std::string, std::set<std::string>> nearest;
  for (const std::string& id : dag.order()) {
    std::set<std::string>& mine = nearest[id];
    for (const std::string& parent : dag.parents(id)) {
      if (ids.contains(parent)) {
        mine.insert(parent);
      } else {
        mine.insert(nearest[parent].begin(), nearest[parent].end());
      }
    }
    if (ids.contains(id)) out.order.push_back(id);
  }
  for (const std::string& id : out.order) out.parents[id].assign(nearest[id].begin(), nearest[id].end());
  if (!tests_first) return out;
  // A test's waiters: what depends on any of the tested nodes, unless the test itself depends on it.
  std::map<std::string, std::set<std::string>> extra;
  for (const std::string& id : out.order) {
    const NodePtr node = manifest.find(id);
    if (node->type == ResourceType::kUnitTest) {
      // Needs no more than the model does, and comes before it.
      for (const std::string& tested : node->depends_on_nodes) {
        if (!ids.contains(tested)) continue;
        out.parents[id].assign(nearest[tested].begin(), nearest[tested].end());
        extra[tested].insert(id);
      }
      continue;
    }
    if (node->type != ResourceType::kTest) continue;
    const std::set<std::string> before = dag.ancestors(id);
    for (const std::string& tested : node->depends_on_nodes) {
      for (const std::string& waiter : dag.descendants(tested)) {
        if (!ids.contains(waiter) || before.contains(waiter) || waiter == id) continue;
        const ResourceType type = manifest.find(waiter)->type;
        if (type != ResourceType::kTest && type != ResourceType::kUnitTest) extra[waiter].insert(id);
      }
    }
  }
  for (const auto& [id, tests] : extra) out.parents[id].insert(out.parents[id].end(), tests.begin(), tests.end());
  // The order again, with the tests' edges.
  std::map<std::string, size_t> place;
  for (size_t i = 0; i < out.order.size(); ++i) place[out.order[i]] = i;
  std::map<std::string, size_t> waiting;
  std::map<std::string, std::vector<std::string>> children;
  std::set<std::pair<size_t, std::string>> ready;
  for (const std::string& id : out.order) {
    waiting[id] = out.parents[id].size();
    for (const std::string& parent : out.parents[id]) children[parent].push_back(id);
    if (waiting[id] == 0) ready.emplace(place[id], id);
  }
  std::vector<std::string> order;
  while (!ready.empty()) {
    const std::string id = ready.begin()->second;
    ready.erase(ready.begin());
    order.push_back(id);
    for (const std::string& child : children[id]) {
      if (--waiting[child] == 0) ready.emplace(place[child], child);
    }
  }
  if (order.size() == out.order.size()) out.order = std::move(order);
  return out;
}

}  // namespace tidemark::graph
