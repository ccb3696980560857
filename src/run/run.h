// One invocation's work on a warehouse: hooks, then the selected nodes in their order, on several threads.
// TM61xx: materializations, TM62xx: publishing, TM63xx: tests and operations.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "compile/compiler.h"
#include "graph/dag.h"
#include "ledger/ledger.h"
#include "ledger/observation.h"
#include "manifest/run_results.h"
#include "plan/plan.h"
#include "run/events.h"
#include "sql/file_scan.h"

namespace tidemark::run {

struct RunOptions {
  int threads = 1;
  bool full_refresh = false;
  bool fail_fast = false;
  bool empty = false;           // --empty: refs and sources give no rows
  bool store_failures = false;  // test, build
  bool warn_error = false;
  bool show_seed = false;
  int64_t now = 0;                              // when the invocation (of a retry: the one before) began; µs since the epoch
  std::optional<EventWindow> sample;            // --sample
  std::optional<EventWindow> event_range;       // --event-time-start, --event-time-end
  std::map<std::string, BatchResults> retried;  // retry: by unique id, what became of the batches; the failed ones are run
};

// A file pattern that is bound to the files and columns observed: app/ hands it to the engine, run/ knows no engine.
struct BoundPatterns {
  std::vector<std::string> patterns;
  std::vector<std::string> files;
  std::vector<ColumnType> columns;
  sql::ScanFormPtr form{};          // of text formats
  bool has_folder_columns = false;  // names of their folders give columns
};

// What all nodes of an invocation share. Everything referred to outlives the run and may be used by several threads.
struct RunContext {
  Adapter& adapter;
  const compile::Compiler& compiler;
  ledger::Observation& observation;
  const ledger::LedgerStore& ledgers;
  EventSink& events;
  const std::atomic<bool>& cancelled;  // Ctrl-C: statements under way are interrupted, nothing more is started
  RunOptions options;
  std::string invocation_id;
  std::string command;                // "run", "build", …
  std::vector<std::string> selected;  // unique ids, as {{ selected_resources }} shows them
  // Scans of these patterns read exactly these files from now on, in all sessions; nullptr: the engine has no such thing.
  std::function<void(const BoundPatterns&)> bind_patterns;
};

// Runs models, seeds, snapshots and tests in `order`, with the project's on-run-start and on-run-end hooks around models
// and seeds. A node's fault is its result; faults that end the whole invocation are thrown. The caller holds the lock.
RunResults run_nodes(RunContext& context, const graph::SubgraphOrder& order);

// What run_nodes() would do to the models among them, by the same decisions; nothing is changed.
plan::Plan plan_nodes(RunContext& context, const graph::SubgraphOrder& order);

// A Host outside a run: for compile, show, run-operation, and whatever renders without executing nodes. One thread.
std::unique_ptr<compile::Host> make_host(RunContext& context);

}  // namespace tidemark::run
