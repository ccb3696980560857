// Spark SQL's spellings turned into the engine's, word by word: the text keeps its shape, so that errors point at the right line.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::sql {

// Backticks, strings in double quotes, backslashes in strings, <=>, RLIKE with a literal, parquet.`path`, and Spark's functions
// whose names the engine has no or another function for (they become spark_…, see spark_functions()).
std::string from_spark(std::string_view sql);

// Statements that make the functions that this text of from_spark() names: macros of one connection.
std::vector<std::string> spark_functions(std::string_view sql);

}  // namespace tidemark::sql
