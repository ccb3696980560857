// What a check of one model found: the proof that others can keep. Plain data, and how it is written.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json_fwd.h"
#include "ledger/changes.h"
#include "verify/compare.h"

namespace tidemark::verify {

enum class Verdict {
  kExact,    // equal bit for bit
  kEqual,    // equal, doubles within the tolerance
  kStale,    // source files have changed since the model was computed
  kDrift,    // nothing has changed, and yet it is not what its query gives
  kLeftOut,  // not checked; `note` says why
  kError,    // the check itself failed
};

std::string_view to_string(Verdict verdict);  // "exact", "equal", "stale", "drift", "left out", "error"
bool is_failure(Verdict verdict);             // stale, drift, error

// A source file as the check found it.
struct InputFile {
  std::string path;
  uint64_t bytes = 0;
  std::string hash;  // xxh128 of its content
};

struct Certificate {
  std::string model;  // unique id
  std::string name;
  std::string relation;  // rendered
  std::string materialized;
  Verdict verdict = Verdict::kExact;
  std::string note;
  std::string checked;      // "all", "affected", "sample:20"
  int64_t partitions = -1;  // checked ones; -1: the whole table
  double relative_tolerance = 0;
  int64_t table_version = -1;
  int64_t committed_at_ms = -1;
  std::string engine;
  std::vector<std::string> partition_columns;
  Comparison comparison;
  std::vector<ledger::FileChange> changes;  // since the model was computed
  std::vector<InputFile> inputs;
  std::string truth_hash;   // xxh128 of the truth's SQL
  std::string result_hash;  // of the published rows that were checked
  WallTime started_at;
  double seconds = 0;
};

Json to_json(const Certificate& certificate);
// One line, and one for each of the first `list_limit` changed files and differing partitions.
std::string to_text(const Certificate& certificate, size_t list_limit = 10);

}  // namespace tidemark::verify
