// Published rows against the truth, partition by partition, computed by the engine.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/table.h"

namespace tidemark::verify {

struct CompareRequest {
  std::string published;                       // SELECT of the published rows
  std::string truth;                           // SELECT of the rows that should be there, same columns
  std::vector<ColumnType> columns;             // of both, by the published names
  std::vector<std::string> partition_columns;  // differences are counted by these; empty: one partition, the table
  // 0: doubles are equal where their bits are (but all NaN are one). Otherwise: where they differ by at most this,
  // relative to the larger magnitude.
  double relative_tolerance = 0;
};

struct PartitionDifference {
  std::vector<std::string> partition;  // values as text, in the order of partition_columns
  int64_t missing = 0;                 // rows of the truth that are not published
  int64_t extra = 0;                   // published rows that are not in the truth
  int64_t different = 0;               // rows whose doubles differ, all other columns being equal
};

struct Comparison {
  int64_t published_rows = 0;
  int64_t truth_rows = 0;
  std::vector<PartitionDifference> differences;  // partitions that differ only
  bool equal() const { return differences.empty(); }
};

Comparison compare(Session& session, const CompareRequest& request);

// A hash of a SELECT's rows that does not depend on their order: equal rows, each as often, give equal hashes.
std::string result_hash(Session& session, const std::string& sql, const std::vector<ColumnType>& columns);

}  // namespace tidemark::verify
