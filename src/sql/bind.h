// From the parser's tree to a bound query. What is not understood for certain is not bound: it gets a named reason.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "sql/query.h"
#include "sql/reason.h"
#include "sql/sql_parser.h"

namespace tidemark::sql {

// What binding asks of its surroundings.
class Catalogue {
 public:
  virtual ~Catalogue() = default;
  virtual SqlParser& parser() = 0;
  // Columns of all files of the scan together; empty: there are no files and none were ever known.
  virtual std::vector<ColumnType> file_columns(const FileScan& scan) = 0;
  // Paths of the files that the scan reads now.
  virtual std::vector<std::string> file_paths(const FileScan&) { return {}; }
  // How a scan of a text format is read; null: that is not known.
  virtual ScanFormPtr file_form(const FileScan&) { return nullptr; }
  // The SELECT of a view by the 1 to 3 parts of its name; nullopt: it is no view.
  virtual std::optional<std::string> view_sql(const std::vector<std::string>& name) = 0;
  // Columns of a SELECT without files, as the session that will run it sees them.
  virtual std::vector<ColumnType> describe(const std::string& sql) = 0;
};

struct BindResult {
  std::optional<Query> query;
  Reason reason;  // why there is none
};

// Errors of the SQL itself (it does not parse, a view does not) are thrown.
BindResult bind_query(const Json& tree, Catalogue& catalogue);

}  // namespace tidemark::sql
