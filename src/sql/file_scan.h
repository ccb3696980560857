// Scans of files in SQL: read_parquet('glob'), read_csv(['a', 'b'], sep = ';'), FROM 'file.parquet'.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json_fwd.h"
#include "sql/column_type.h"

namespace tidemark::sql {

// How files of a text format are read: the same for all files of a source.
struct ScanForm {
  std::string function;                                      // "read_csv", "read_json", …
  std::vector<std::pair<std::string, std::string>> options;  // named arguments, all as texts: what the scan says, and what was found out
  std::vector<ColumnType> columns;                           // of all files together
  bool has_header = false;                                   // CSV
  // Of CSV with a header: a file of nothing but the names of `columns`, read after the others, so that no column is missing.
  std::string header_file;
};
using ScanFormPtr = std::shared_ptr<const ScanForm>;

struct FileScan {
  std::string function;                        // lower case, one name a format: "read_parquet", "read_csv", "read_json"
  std::vector<std::string> patterns;           // as written; empty where they are no constants
  std::map<std::string, std::string> options;  // lower-case name -> constant as text; "?" where it is none
  std::string alias;                           // in its FROM clause; may be empty
  size_t offset = 0;                           // of the function's name (or the file's) in the SQL text, in bytes

  ScanFormPtr form;  // of text formats, once the scan is bound

  bool is_parquet() const { return function == "read_parquet"; }
  bool is_text() const { return function == "read_csv" || function == "read_json" || function == "read_ndjson" || function == "read_ndjson_auto"; }
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
  ScanFormPtr form{};               // null: Parquet
};

// A path as SQL text that scans read as this one file: quoted, with wildcard characters escaped.
std::string file_literal(const std::string& path);

// The scan as SQL: `SELECT <columns> FROM read_parquet([…], schema = …)`, types pinned, so that one file alone gives the
// same types as among others; no files: the same columns without rows. Parquet only.
// `virtual_columns`: of filename, file_row_number, file_index, those to give as columns too.
std::string scan_sql(const BoundScan& bound, const std::vector<std::string>& virtual_columns = {});
// What goes behind the list of files in a call that reads them in this form: ", delim = ';', …".
std::string form_arguments(const ScanForm& form);
// The scan as a FROM-clause node; virtual columns can be named in the SELECT above it. Demands files.
Json scan_ref(const BoundScan& bound, const std::string& alias);

// `tree` with every scan of Parquet files for which `bind` gives one (with files) replaced by it.
Json bind_file_scans(const Json& tree, const std::function<std::optional<BoundScan>(const FileScan&)>& bind);

}  // namespace tidemark::sql
