// Which data files can hold rows that a write touches, told by the log's statistics: a superset. Values are compared by the
// engine, in the column's type.
#pragma once
#include <string>
#include <vector>

#include "adapter/duckdb/database.h"
#include "adapter/lake/table_scan.h"

namespace tidemark::lake_adapter {

// Files whose range of each key meets the range of the key in the rows of `select`.
std::vector<size_t> files_in_range(duckdb::Connection& connection, const std::vector<ScanFile>& files, const std::vector<ScanColumn>& keys,
                                   const std::string& select);

// Files whose ranges of `columns` hold at least one row of the table `values` (with columns of these names), NULL included.
std::vector<size_t> files_with_values(duckdb::Connection& connection, const std::vector<ScanFile>& files, const std::vector<ScanColumn>& columns,
                                      const std::string& values);

}  // namespace tidemark::lake_adapter
