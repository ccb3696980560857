// Spark's SQL as the text that plans are written in (DuckDB's), and types and literals of both.
#pragma once
#include <string>
#include <string_view>

namespace tidemark::spark {

// Names in backticks, texts with escapes, "texts", parquet.`path`, _metadata.file_path and .row_index, and types of time become
// what the planner's parser reads; all else stays as it is. Throws TM4130 for what would mean another thing there (1L, r'…',
// decimal without digits), and for scans of other places than files of this machine.
std::string planning_text(std::string_view sql);

// Text of plans whose relations are rendered for Spark: only names in backticks change.
std::string with_plain_names(std::string_view sql);

std::string planning_type(std::string_view spark);  // "timestamp_ntz" → "TIMESTAMP"; "decimal(10,2)" → "DECIMAL(10,2)"
std::string spark_type(std::string_view planning);  // the way back; throws TM4420 for types that Spark has not

}  // namespace tidemark::spark
