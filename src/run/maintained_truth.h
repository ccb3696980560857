// The truth of a maintained model: what its table must hold, bit for bit.
#pragma once
#include <string>

#include "run/state.h"

namespace tidemark::run {

// The model's SELECT with exact aggregates in place of those that depend on the order of rows, upstream views in line.
std::string maintained_truth(RunState& run, Session& session, const Node& node, const compile::Compiled& compiled);

}  // namespace tidemark::run
