// What the tables hold, as their logs and ledgers tell it. No engine is loaded.
#pragma once
#include "adapter/adapter.h"
#include "server/pipeline/project_state.h"

namespace tidemark::server {

// {"version", "at", "operation", "how", "why", "rows", …}: one commit as `tidemark history` tells it.
Json version_json(const TableCommit& commit);

// [{"source", "path", "size", "modified_at", "state", "fingerprint", "rows", "held_by"}]: files there now, and those that tables hold.
Json files_json(const LoadedProject& project);

}  // namespace tidemark::server
