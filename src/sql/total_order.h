// What the order of rows may decide in a query, and what it may not.
#pragma once
#include <set>
#include <vector>

#include "sql/query.h"
#include "sql/reason.h"
#include "sql/sql_parser.h"

namespace tidemark::sql {

// Sets of columns of which no two rows of the relation agree in all; the empty set: there is one row at most. Not all there
// are, only those that follow from the query itself.
std::vector<std::set<int>> unique_keys(const Query& query, const RelPtr& rel);

// Why the same rows of files and tables, read another time or in another order, may give other rows; empty: they may not.
// Looks at `root` and everything below it, subqueries included.
Reason result_fault(const Query& query, const RelPtr& root, SqlParser& parser);

}  // namespace tidemark::sql
