// One node from compiling to its result: the place where a node's faults are caught.
#pragma once
#include <string>

#include "run/host.h"
#include "run/state.h"

namespace tidemark::run {

// Never throws an Error: what goes wrong is the result. `extra` is for project hooks.
NodeResult run_node(RunState& run, RunHost& host, const NodePtr& node, const Json& extra = Json::object());

// Whether a run does anything for the node itself.
bool is_runnable(const Node& node);

}  // namespace tidemark::run
