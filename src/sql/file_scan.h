// Scans of files in SQL: read_parquet('glob'), read_csv(['a', 'b'], sep = ';'), FROM 'file.parquet'.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "sql/column_type.h"

namespace tidemark::sql {

struct FileScan {
  std::string function;                        // lower case, one name a format: "read_parquet", "read_csv", "read_json"
  std::vector<std::string> patterns;           // as written; empty where they are no constants
  std::map<std::string, std::string> options;  // lower-case name -> constant as text; "?" where it is none
  std::string alias;                           // in its FROM clause; may be empty
  size_t offset = 0;                           // of the function's name (or the file's) in the SQL text, in bytes

  bool is_parquet() const { return function == "read_parquet"; }
  // Two scans with equal keys read the same rows: function, patterns and options, written one way.
  std::string key() const;
};

// In the order of their text, subqueries and CTEs included.
std::vector<FileScan> find_file_scans(const Json& tree);
// Of one FROM-clause node; nullopt where it is no scan of files.
std::optional<FileScan> file_scan_of(const Json& table_ref);

// What a scan reads in this run.
struct BoundScan {
  std::vector<std::string> files;   // in the order of the observation; may be empty
  std::vector<ColumnType> columns;  // of all files of the source together, whichever are read here
};

// A path as SQL text that scans read as this one file: quoted, with wildcard characters escaped.
std::string file_literal(const std::string& path);

// The scan as SQL: `SELECT <columns> FROM read_parquet([…], schema = …)`, types pinned, so that one file alone gives the
// same types as among others; no files: the same columns without rows. Parquet only.
// `virtual_columns`: of filename, file_row_number, file_index, those to give as columns too.
std::string scan_sql(const BoundScan& bound, const std::vector<std::string>& virtual_columns = {});
// The scan as a FROM-clause node; virtual columns can be named in the SELECT above it. Demands files.
Json scan_ref(const BoundScan& bound, const std::string& alias);

// `tree` with every scan of Parquet files for which `bind` gives one (with files) replaced by it.
Json bind_file_scans(const Json& tree, const std::function<std::optional<BoundScan>(const FileScan&)>& bind);

}  // namespace tidemark::sql
