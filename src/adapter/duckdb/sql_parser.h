// DuckDB's parser and catalogue as the SqlParser that planning uses.
#pragma once
#include <memory>

#include "adapter/duckdb/database.h"
#include "sql/sql_parser.h"

namespace tidemark::duckdb {

// Binds names (describe) against `connection`, which must outlive it and is used by one thread at a time.
std::unique_ptr<SqlParser> make_sql_parser(Connection& connection);

}  // namespace tidemark::duckdb
