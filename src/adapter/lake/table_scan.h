// A version of a lake table as the engine reads it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "sql/column_type.h"

namespace tidemark::lake_adapter {

// Name of the column that a scan gives for the file a row comes from.
inline constexpr const char* kFileColumn = "__tm_file";

// Smallest and greatest value of a column in a file, as text that casts to the column's type; absent where not known.
struct ColumnRange {
  std::optional<std::string> low;
  std::optional<std::string> high;
  bool may_hold_nulls = true;
};

struct ScanFile {
  std::string path;      // absolute
  std::string log_path;  // as the log has it; empty: not in a log
  int64_t rows = -1;     // -1: the log does not tell
  int64_t bytes = 0;
  std::map<std::string, std::optional<std::string>> partition;  // values as the log writes them; nullopt: NULL
  std::string_view stats = {};                                  // the log's text; empty: none
};

struct ScanColumn {
  std::string name;
  std::string type;         // DuckDB's, as statements see it
  std::string stored = {};  // DuckDB's, as the data files hold it; empty: `type`
  bool is_partition = false;
};

// The columns as a table can hold them. Throws Error TM4208 naming the column whose type it cannot, TM4206 where two names
// are equal but for case.
std::vector<ScanColumn> lake_columns(const std::vector<ColumnType>& columns);

// `select`, which gives `columns`, with the types that data files hold.
std::string stored_select(const std::vector<ScanColumn>& columns, const std::string& select);

// `select`, whose columns are the `given` ones, likewise: types that tables cannot hold are cast too.
std::string stored_query(const std::vector<ScanColumn>& columns, const std::vector<ColumnType>& given, const std::string& select);

// Partition columns included; all absent where nothing is known.
ColumnRange range_of(const ScanFile& file, const ScanColumn& column);

// `SELECT "a", "b" FROM read_parquet([files…], schema = …)`; types are the table's, columns that a file lacks are NULL.
// No files: a SELECT of no rows. `with_file`: one more column, kFileColumn.
std::string scan_sql(const std::vector<ScanColumn>& columns, const std::vector<ScanFile>& files, bool with_file = false);

}  // namespace tidemark::lake_adapter
