// Columns that the names of folders give: …/year=2024/month=01/file.
#pragma once
#include <string>
#include <vector>

#include "sql/column_type.h"

namespace tidemark::sql {

// Sorted by name, as the engine gives them; empty where the files do not all have the same ones. Types by all values: DATE,
// BIGINT, else VARCHAR.
std::vector<ColumnType> hive_columns(const std::vector<std::string>& paths);

// The value of one in a file's name, as an SQL expression over `filename`.
std::string hive_value_sql(const ColumnType& column, const std::string& filename);

}  // namespace tidemark::sql
