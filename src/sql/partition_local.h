// Whether a query can be computed partition by partition: its rows with one value of a column follow from those rows of the
// files (and of the tables that may change) alone that have this value.
#pragma once
#include "sql/query.h"
#include "sql/reason.h"
#include "sql/sql_parser.h"

namespace tidemark::sql {

// `value`: over the columns of `rel`. `tables`: those that may change too; others count as constant. Empty: it can be.
Reason partition_fault(const Query& query, const RelPtr& rel, const Json& value, const TableNames& tables, SqlParser& parser);

}  // namespace tidemark::sql
