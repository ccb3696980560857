// Whether a query can be computed partition by partition: its rows with one value of a column follow from those rows of the
// files alone that have this value.
#pragma once
#include "sql/query.h"
#include "sql/reason.h"
#include "sql/sql_parser.h"

namespace tidemark::sql {

// `column`: the id of a column of the root. Empty: it can be.
Reason partition_fault(const Query& query, int column, SqlParser& parser);

}  // namespace tidemark::sql
