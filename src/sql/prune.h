// Columns that nothing uses, left out: an id that the aggregate never reads must not spoil it.
#pragma once
#include <set>

#include "sql/query.h"

namespace tidemark::sql {

// `root` with the columns of `needed` only, and below it what these need. Relations keep their meaning: DISTINCT keeps all.
RelPtr prune(const RelPtr& root, const std::set<int>& needed);
Query prune(const Query& query);  // all columns of the root; subqueries as well

}  // namespace tidemark::sql
