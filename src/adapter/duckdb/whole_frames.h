// The engine hands functions that are registered from outside one state for all rows of a chunk, where it has promised one a
// row: over window frames that are whole partitions, and in aggregates with an ORDER BY of their own. That cannot be seen
// from within and ends the process, so that such calls are found in the text before it runs.
#pragma once
#include <string>

namespace tidemark::duckdb {

// Throws TM4125 at the first call of an exact aggregate that must not run. Texts that do not scan are left to the engine.
void check_exact_calls(const std::string& sql);

}  // namespace tidemark::duckdb
