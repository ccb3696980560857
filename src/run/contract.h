// An enforced contract: the columns and types that YAML promises, held against what a query gives.
#pragma once
#include <string>

#include "run/node_work.h"

namespace tidemark::run {

// The model's SQL with its columns in the contract's order; TM6108 where they are not those of the contract. The SQL itself
// where no contract is enforced.
std::string with_contract(NodeWork& work, const std::string& sql);
// TM6109 where a column with a not_null constraint holds NULLs.
void check_constraints(NodeWork& work, const Staged& staged);

}  // namespace tidemark::run
