// dbt's selection syntax: "tag:nightly,+stg_trips @raw 2+metrics.*" and selectors.yml.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "graph/criterion.h"
#include "graph/dag.h"
#include "manifest/manifest.h"

namespace tidemark::graph {

IndirectSelection indirect_selection_from(const std::string& text);

struct SelectionRequest {
  std::vector<std::string> select;  // each may hold several criteria apart by spaces; empty: all
  std::vector<std::string> exclude;
  IndirectSelection indirect = IndirectSelection::kEager;
  std::string selector;                     // a name in `selectors`; then `select` and `exclude` are empty
  Json selectors;                           // selectors.yml as JSON; null: none
  const Json* state_manifest = nullptr;     // another run's manifest.json, for state:
  const Json* state_run_results = nullptr;  // and its run_results.json, for result:
};

struct Selection {
  std::set<std::string> ids;          // enabled nodes, sources, exposures that were selected, tests included
  std::vector<std::string> warnings;  // criteria that matched nothing
};

// Throws TM3010 for a criterion that is not understood, TM3011 for an unknown selector.
Selection select(const Manifest& manifest, const Dag& dag, const SelectionRequest& request);

}  // namespace tidemark::graph
