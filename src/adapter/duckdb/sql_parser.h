// DuckDB's parser and catalogue as the SqlParser that planning uses.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapter/duckdb/database.h"
#include "sql/sql_parser.h"

namespace tidemark::duckdb {

// Parses by `connection`, which must outlive it and is used by one thread at a time. Names are bound (describe) against it
// too, or by `describe` where a session has to make relations known first.
using Describe = std::function<std::vector<ColumnType>(const std::string& sql)>;
std::unique_ptr<SqlParser> make_sql_parser(Connection& connection, Describe describe = nullptr);

}  // namespace tidemark::duckdb
