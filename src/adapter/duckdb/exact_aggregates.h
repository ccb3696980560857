// Sums of doubles that are correctly rounded and do not depend on order, split or threads, as DuckDB functions. See
// base/exact_sum.h for the arithmetic. A state is a canonical BLOB: the same multiset of values gives the same bytes.
//
//   tm_sum(x) tm_avg(x)                                aggregates, DOUBLE -> DOUBLE; NULL over no rows, as sum and avg
//   tm_sum_state(x)                                    aggregate, DOUBLE -> BLOB, of sum and avg; NULL over no rows
//   tm_sum_merge(s)                                    aggregate, BLOB -> BLOB
//   tm_sum_merge_final(s) tm_avg_merge_final(s)        aggregates, BLOB -> DOUBLE
//   tm_sum_final(s) tm_avg_final(s) tm_sum_count(s)    scalars
//   tm_sum_subtract(a, b) tm_sum_add(a, b)             scalars, BLOB; NULL where nothing is left
//   tm_var_pop(x) tm_var_samp tm_stddev_pop tm_stddev_samp   aggregates, with tm_moments_state(x), tm_moments_merge(s),
//     tm_moments_subtract(a, b), tm_moments_add(a, b), tm_moments_count(s), tm_<f>_merge_final(s) and tm_<f>_final(s) likewise
//   tm_covar_pop(y, x) tm_covar_samp tm_corr          aggregates, with tm_comoments_state(y, x) and so on likewise
//
// Rows with a NULL argument do not count. Aggregates work grouped, with FILTER and DISTINCT, and over window frames.
//
// Values of very different sizes (1e300 beside 1e-300) take memory that the engine does not count; beyond a limit the
// statement fails (TM41xx, "exact sums hold …").
#pragma once
#include <cstdint>
#include <string>

struct _duckdb_connection;

namespace tidemark::duckdb {

// For every connection of the database of `connection` (a duckdb_connection); Database does it where its options say so.
void register_exact_aggregates(_duckdb_connection* connection);

// The exact aggregate that stands for DuckDB's `name` over doubles ("sum" -> "tm_sum"); empty where there is none.
std::string exact_aggregate_for(const std::string& name);

// Bytes beyond the engine's own that states of this process may hold. The default: a quarter of the machine's memory.
void set_exact_aggregates_limit(int64_t bytes);

}  // namespace tidemark::duckdb
