// File patterns in SQL text, replaced by the files that they were observed to be. Works on any statement: calls of
// read_parquet, read_csv, read_json (and their other names), and file names in quotes behind FROM and JOIN.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "adapter/lake/lake_adapter.h"

namespace tidemark::lake_adapter {

// Parquet scans get the bound columns too, unless their options (hive_partitioning, file_row_number, …) forbid it.
// A pattern bound to no file reads `empty_file()`, a Parquet file without rows; throws Error TM4221 where its columns are
// not known either.
std::string bind_file_scans(const std::string& sql, const std::vector<ScanBinding>& bindings, const std::function<std::string()>& empty_file);

}  // namespace tidemark::lake_adapter
