// Which batches of a microbatch model a run computes: dbt's own choice, and those whose source files changed since the
// table's last commit. What is not computed now is kept with the commit and computed by a later run: nothing is skipped.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/event_time.h"
#include "run/host.h"
#include "run/state.h"

namespace tidemark::run {

struct MicrobatchOptions {
  std::string event_time;  // a column of the result
  BatchSize size = BatchSize::kDay;
  int64_t begin = 0;
  int64_t lookback = 1;
  bool lookback_is_set = false;
  std::optional<bool> concurrent;
};
// Of a configuration that resolve/ has checked.
MicrobatchOptions microbatch_options(const Node& node);

// What the table's commits carry beside the ledger, in "microbatch".
struct BatchState {
  std::vector<EventWindow> pending;  // batches that are not what their files and code give
  int64_t through = 0;               // event times from here on have not been asked for yet
};
Json to_json(const BatchState& state);
std::optional<BatchState> batch_state(const std::optional<TableState>& table, BatchSize size);

struct BatchPlan {
  bool is_incremental = false;  // false: the first batch makes the table anew
  std::vector<EventWindow> batches;
  BatchState after;  // once all of them are done
  std::string reason;
};
BatchPlan plan_batches(RunState& run, RunHost& host, const Node& node, const MicrobatchOptions& options);

}  // namespace tidemark::run
