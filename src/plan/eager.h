// Aggregation before joins with tables: groups of the files' rows that a join, a filter above it or a key can tell apart are
// aggregated first, and the joins are done over them. So contributions do not depend on the tables.
#pragma once
#include <optional>
#include <vector>

#include "sql/query.h"
#include "sql/sql_parser.h"

namespace tidemark::plan {

struct Eager {
  sql::RelPtr leaf;              // the files' rows: no table is below
  std::vector<Json> keys;        // over `leaf`: what is above can tell rows apart by these alone
  std::vector<Json> aggregates;  // of the block, over `leaf`
  sql::RelPtr joined;            // the block's input over `groups` in place of `leaf`
  sql::RelPtr groups;            // kTable: columns are `keys`, then, added by the caller, states
  std::vector<Json> block_keys;  // of the block, over `joined`
};

// nullopt: the block cannot be split this way, or has no table below it. `block`: kAggregate over row-wise relations.
std::optional<Eager> split_eagerly(const sql::Query& query, const sql::RelPtr& block, int next_id, SqlParser& parser);

// `joined` over these groups, which have more columns: all are passed on.
sql::RelPtr joined_over(const Eager& eager, const sql::RelPtr& groups);

}  // namespace tidemark::plan
