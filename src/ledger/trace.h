// Where the values of a query's column come from: for each scan of files below it, an expression over that scan's rows.
// The values that it takes over a file's rows are all those under which rows of the result may come or go with the file.
// Windows above may carry a change on to other values (running totals): whose rows they are is what counts here.
#pragma once
#include <vector>

#include "base/json.h"
#include "sql/query.h"
#include "sql/reason.h"
#include "sql/sql_parser.h"

namespace tidemark::ledger {

struct ScanTrace {
  sql::RelPtr scan;              // kFiles or kTable
  Json value;                    // over the scan's columns
  std::vector<Json> conditions;  // rows for which one is not true give no row; the one nearest to the scan first
  Reason untraced;               // not empty: there is neither value nor conditions
};

// One for each scan of files, and of one of `tables`, below the root. `column`: the id of a column of the root.
std::vector<ScanTrace> trace_column(const sql::Query& query, int column, const sql::TableNames& tables, SqlParser& parser);

}  // namespace tidemark::ledger
