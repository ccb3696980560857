// What the tables hold, as their ledgers tell it: partitions, source files. No engine is loaded.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "server/pipeline/project_state.h"

namespace tidemark::server {

struct HeldPartition {
  int64_t rows = -1;               // of source files, that it was computed from; -1: not counted
  std::vector<std::string> files;  // that hold rows of it
  int64_t version = -1;            // of the table, that changed it last, as far as the log goes back
  std::string at;
  std::string why;  // that commit's reason
};

struct PartitionHistory {
  std::string column, type;                         // empty: none is kept
  std::string reason;                               // why there are none
  std::map<std::string, HeldPartition> partitions;  // by SQL literal
};

PartitionHistory partition_history(const LoadedProject& project, const Node& node);

// {"version", "at", "operation", "how", "why", "rows", …}: one commit as `tidemark history` tells it.
Json version_json(const TableCommit& commit);

// [{"source", "path", "size", "modified_at", "state", "fingerprint", "rows", "held_by"}]: files there now, and those that tables hold.
Json files_json(const LoadedProject& project);

}  // namespace tidemark::server
