// A query with tidemark's exact aggregates in place of those whose last digits depend on the order of rows, and with one
// representative for values that are equal but differ (-0.0 and 0.0, kinds of NaN) where one of them is given back.
#pragma once
#include "sql/query.h"
#include "sql/sql_parser.h"

namespace tidemark::sql {

// Columns of a relation as the engine types them, in their order; no file is read.
std::vector<ColumnType> relation_types(const Query& query, const RelPtr& rel, SqlParser& parser);
// Types of expressions over the columns of `input`.
std::vector<std::string> expression_types(const Query& query, const RelPtr& input, const std::vector<Json>& expressions, SqlParser& parser);
// The tree of a type by its name.
Json type_tree(const std::string& type, SqlParser& parser);

bool is_double(const std::string& type);   // DOUBLE, FLOAT
bool is_integer(const std::string& type);  // TINYINT … HUGEINT, UHUGEINT
bool is_decimal(const std::string& type);
// 0.0 for -0.0, one NaN for all, other values as they are.
Json canonical_double(const Json& expression, const std::string& type, SqlParser& parser);

int largest_id(const Query& query);

// Column names, ids and types of the root stay. sum and avg of doubles, and var, stddev, covar, corr of anything, become
// exact ones; avg of integers and decimals becomes their sum by their count.
Query exact_query(const Query& query, SqlParser& parser);

}  // namespace tidemark::sql
