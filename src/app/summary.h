// The lines before and after the nodes of a run, as dbt's users know them.
#pragma once
#include <string>

#include "app/open_project.h"
#include "manifest/run_results.h"

namespace tidemark::app {

// "Found 3 models, 1 seed, 4 data tests, 2 sources, 120 macros"
std::string found_text(const Manifest& manifest);
// "1.23" becomes "0 hours 0 minutes and 1.23 seconds (1.23s)".
std::string duration_text(double seconds);
// "PASS=3 WARN=0 ERROR=0 SKIP=0 TOTAL=3"
std::string tally_text(const RunResults& results);

void announce_project(const Terminal& terminal, const OpenProject& open);
void announce_work(const Terminal& terminal, const OpenProject& open);
// What ran, faults and warnings with their texts, and the tally.
void announce_end(const Terminal& terminal, const OpenProject& open, const RunResults& results);

}  // namespace tidemark::app
