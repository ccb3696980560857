// Conditions moved down to where they decide: WHERE over a comma list becomes the conditions of its joins.
#pragma once
#include "sql/query.h"

namespace tidemark::sql {

// Parts of filters, AND between them, go below inner joins, to the kept side of others, and into the conditions of inner
// joins that they are about. Rows stay the same. Where a table's rows are kept by whether files have rows, these are made distinct.
Query push_filters(const Query& query);

// Of an expression, the parts with AND between them, appended to `out`; null: none.
void collect_conjuncts(const Json& condition, std::vector<Json>& out);

}  // namespace tidemark::sql
