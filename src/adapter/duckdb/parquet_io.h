// Query results as Parquet files, with what a table log wants to know of each.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapter/duckdb/database.h"

namespace tidemark::duckdb {

struct ParquetOptions {
  std::string directory;                  // where the files go; made where missing
  std::string name_prefix = "part-";      // file names are <prefix><uuid>.parquet
  std::vector<std::string> order_by;      // columns that rows are sorted by across all files (NULLs last)
  int64_t target_file_bytes = 128 << 20;  // files are cut at about this size
  int64_t row_group_rows = 122880;
  std::string compression = "zstd";
  std::vector<std::string> partition_folders;  // columns that become Hive-style folders and leave the files
};

struct ColumnStats {
  std::string column;        // dotted for fields of structs
  std::optional<Value> min;  // absent where the engine gives none; doubles that hold NaN have none
  std::optional<Value> max;
  std::optional<int64_t> nulls;  // number of NULLs
  bool has_nan = false;
};

struct ParquetFile {
  std::string path;  // below `directory` for partition folders, as written
  int64_t rows = 0;
  int64_t bytes = 0;
  std::vector<ColumnStats> stats;
  std::vector<std::pair<std::string, Value>> partition;  // values of partition_folders
};

// Runs `select` (types already as they should be in the files) and writes its rows; files and folders are fsynced.
// No rows give no file. A fault leaves no files behind.
std::vector<ParquetFile> write_parquet(Connection& connection, const std::string& select, const ParquetOptions& options);

}  // namespace tidemark::duckdb
