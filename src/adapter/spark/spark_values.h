// Spark's values as this program's, and back as literals of its SQL.
#pragma once
#include <string>
#include <string_view>

#include "adapter/table.h"
#include "thrift/client.h"

namespace tidemark::spark {

// At most `row_limit` rows (-1: all).
Table read_table(thrift::Result& result, int64_t row_limit);

std::string quote_name(std::string_view name);     // `a``b`
std::string quote_text(std::string_view text);     // 'it\'s', as Spark reads it by default
std::string literal(const Value& value);           // of any kind that a seed can hold
std::string type_word(const std::string& duckdb);  // "VARCHAR" → "string"; types of both engines stay as they are

}  // namespace tidemark::spark
