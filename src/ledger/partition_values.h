// The values that a traced column takes in the rows of single files. Internal to this folder.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "ledger/trace.h"

namespace tidemark::ledger {

// SQL literal -> rows; -1 where rows were not counted.
using ValueRows = std::map<std::string, int64_t>;

struct TracedColumn {
  const sql::Query& query;
  std::string type;  // of the result's column
  std::vector<ScanTrace> traces;
};

// By the index of the file in `paths`. `traces`: indexes of those of `column` to follow (all read these files), traced all.
// Rows of the files are read, unless the value depends on the file's name alone.
std::vector<ValueRows> values_of_files(const TracedColumn& column, const std::vector<size_t>& traces, const std::vector<std::string>& paths, Session& session,
                                       SqlParser& parser);

// Why the trace cannot be followed with one query; empty: it can.
Reason trace_fault(const ScanTrace& trace, const std::string& type, const std::vector<ColumnType>& bound);

}  // namespace tidemark::ledger
