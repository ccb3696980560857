// SelectionFlags → the ids of the nodes meant.
#pragma once
#include <set>
#include <string>

#include "app/open_project.h"
#include "graph/dag.h"

namespace tidemark::app {

// All selected nodes, sources, exposures and tests that pass the flags on resource types. Criteria that match nothing are warned of.
std::set<std::string> select(const Invocation& invocation, const Terminal& terminal, const OpenProject& open, const graph::Dag& dag);

// The model, seed or snapshot of that name, or unique id. TM3015, with a near name, where there is none.
NodePtr find_node(const Manifest& manifest, const std::string& name);

// <folder>/manifest.json of --state. TM1040 where there is none.
Json load_state_manifest(const std::string& folder);

// With --defer: refs to nodes that are not selected go to the relations that the manifest of --state names, where there are
// none of their own (or always, with --favor-state).
void defer_to_state(const Invocation& invocation, const std::set<std::string>& selected, OpenProject& open);

}  // namespace tidemark::app
