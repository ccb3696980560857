// What an invocation did to each node, as dbt's run_results has it, plus what tidemark measured.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event_time.h"
#include "manifest/manifest.h"

namespace tidemark {

// dbt's words: success, error, skipped, pass, fail, warn, "partial success", "runtime error", no-op.
enum class RunStatus { kSuccess, kError, kSkipped, kPass, kFail, kWarn, kPartialSuccess, kRuntimeError, kNoOp };

std::string_view to_string(RunStatus status);
bool counts_as_failure(RunStatus status);  // error, fail, runtime error, partial success

struct Timing {
  std::string name;  // "compile" or "execute"
  WallTime started;
  WallTime completed;
};

// What was read and written for a node; -1 where not known. Bytes and rows of source files unless named otherwise.
struct NodeCounts {
  int64_t files_read = -1;
  int64_t bytes_read = -1;
  int64_t rows_read = -1;
  int64_t rows_written = -1;
  int64_t partitions_written = -1;
  int64_t partitions_total = -1;
};

// What became of a microbatch model's batches.
struct BatchResults {
  std::vector<EventWindow> successful;
  std::vector<EventWindow> failed;  // and those that did not run
};

struct NodeResult {
  NodePtr node;
  RunStatus status = RunStatus::kSuccess;
  std::string message;
  std::optional<int64_t> failures;  // tests: rows
  std::vector<Timing> timing;
  std::string thread;         // "Thread-1"
  double execution_time = 0;  // s
  Json adapter_response = Json::object();
  std::string compiled_code;
  bool compiled = false;
  std::string relation_name;
  NodeCounts counts;
  std::string strategy;  // how it was computed: "rebuild", "partitions", "merge", …
  std::string reason;    // why so
  std::optional<BatchResults> batches;
  std::vector<std::pair<std::string, std::string>> batch_code;  // by name of the batch: its compiled SQL
};

struct RunResults {
  std::vector<NodeResult> results;
  double elapsed = 0;  // s
  bool any_failed() const;
};

}  // namespace tidemark
