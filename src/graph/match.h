// Which nodes a criterion's method and value mean, before + and @ are applied.
#pragma once
#include <set>
#include <string>

#include "graph/criterion.h"
#include "graph/selector.h"

namespace tidemark::graph {

std::set<std::string> match(const Manifest& manifest, const SelectionRequest& request, const Criterion& criterion);

}  // namespace tidemark::graph
