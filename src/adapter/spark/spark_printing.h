// The parser's trees (sql/sql_parser.h) as Spark's SQL.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "sql/column_type.h"

namespace tidemark::spark {

// Files with the same columns, which Spark can read at once.
struct FileKind {
  std::vector<ColumnType> columns;  // types in the planner's words
  std::vector<std::string> files;
};
using KindsOf = std::function<std::vector<FileKind>(const std::vector<std::string>& files)>;

// One SELECT. Functions keep their names and arguments: only those of Spark's own SQL came into the tree. Scans of files read
// them by name, with the types that the tree pins, whichever columns a file has. `kinds` is asked where files are scanned.
// Throws TM4420 for what has no form in Spark's SQL.
std::string spark_text(const Json& tree, const KindsOf& kinds);
// One expression without a scan.
std::string spark_expression(const Json& expression);

}  // namespace tidemark::spark
