// Names become edges: refs and sources of drafts are looked up, and what may not be is refused.
#pragma once
#include "resolve/draft.h"
#include "resolve/lookup.h"

namespace tidemark::resolve {

// Fills depends_on_nodes of all enabled drafts. Data tests of what is disabled are disabled with it.
void connect(Workbench& bench, const Lookup& lookup);

// Two nodes of one name (TM1201), two nodes that would make the same relation (TM1203).
void check_unique(Workbench& bench);

}  // namespace tidemark::resolve
