// What a run will do to each node and why: one immutable value, printed by `plan` and `explain`, executed by `run`.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "ledger/changes.h"
#include "sql/reason.h"

namespace tidemark::plan {

enum class Strategy {
  kAsWritten,   // the node's SQL as it stands: views, tables, incremental models, seeds, tests
  kUnchanged,   // nothing to do
  kMerge,       // contributions of changed files, merged
  kPartitions,  // affected partitions, from the files that hold them
  kUpper,       // the upper part alone, from contributions: no source file is opened
  kRebuild,     // from all files
};

std::string_view to_string(Strategy strategy);  // "as written", "unchanged", "merge", "partitions", "upper", "rebuild"

// -1: not known.
struct Estimate {
  int64_t files = -1;  // source files to read
  int64_t bytes = -1;  // of these files
  int64_t rows = -1;
};

struct PlanStep {
  std::string node_id;
  std::string node_name;
  std::string materialized;
  Strategy strategy = Strategy::kAsWritten;
  Reason reason;                            // why this one and not a cheaper one
  std::vector<ledger::FileChange> changes;  // of all sources
  int64_t files_total = -1;
  std::string partition_column;  // empty: none
  bool all_partitions = false;
  std::vector<std::string> partitions;  // affected ones, SQL literals; those known before it runs
  bool partitions_known = false;        // false: what added files hold is found out at run time
  Estimate estimate;
  Estimate rebuild_estimate;
  std::vector<std::string> after;  // names of nodes that this plan changes and the node reads: their new rows decide it too
  bool decided_at_run_time = false;
  std::string decided_by;
  std::string note;  // what holds for the result on this engine; empty: all that is promised
};

struct Plan {
  std::vector<PlanStep> steps;  // in the order of execution
};

Json to_json(const Plan& plan);
// Lines for people; at most `list_limit` files and partitions a step are named (-1: all).
std::string to_text(const Plan& plan, int list_limit = 10);
std::string to_text(const PlanStep& step, int list_limit = 10);

}  // namespace tidemark::plan
