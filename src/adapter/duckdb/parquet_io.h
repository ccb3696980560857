// Query results as Parquet files, with what a table log wants to know of each.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "adapter/duckdb/database.h"

namespace tidemark::duckdb {

struct ParquetOptions {
  std::string directory;                  // where the files go; made where missing
  std::string name_prefix = "part-";      // file names are <prefix><uuid>-<uuid>.parquet
  std::vector<std::string> order_by;      // columns that rows are sorted by, across all files too; NULLs come last
  int64_t target_file_bytes = 128 << 20;  // files are cut at about this size, between row groups (not those in partition folders)
  int64_t row_group_rows = 122880;
  std::string compression = "zstd";            // at level 1: 10 % slower to write than snappy, 30 % smaller
  std::vector<std::string> partition_folders;  // columns that become Hive-style folders and leave the files
};

// What the writer knows of one column: of the top level, or of a field of structs. None for lists and maps.
struct ColumnStats {
  std::vector<std::string> path;  // {"a"}, {"s", "field"}
  std::string type;               // DuckDB's
  Value min;                      // of the column's type; NULL where not known: all values NULL, NaN among doubles, types
  Value max;                      //   without order (ENUM, HUGEINT). Texts beyond 256 bytes are cut: still bounds.
  int64_t nulls = 0;
  bool has_nan = false;
};

struct ParquetFile {
  std::string path;
  int64_t rows = 0;
  int64_t bytes = 0;
  std::vector<ColumnStats> stats;
  std::vector<std::pair<std::string, Value>> partition;  // values of partition_folders
};

// Runs `select` (types already as they should be in the files) and writes its rows; files and folders are fsynced.
// No rows give no file. A fault leaves no files behind. Throws TM4120 for types that Parquet would silently change
// (HUGEINT and UHUGEINT, which would become DOUBLE).
std::vector<ParquetFile> write_parquet(Connection& connection, const std::string& select, const ParquetOptions& options);

}  // namespace tidemark::duckdb
