// Which statements people may run: those that only read.
#pragma once
#include <string>

#include "adapter/duckdb/database.h"

namespace tidemark::server {

// By its words alone, before anything is prepared: SELECT, WITH, FROM, VALUES, TABLE, (, DESCRIBE, SHOW, SUMMARIZE, PIVOT, UNPIVOT,
// and EXPLAIN of such. Throws TM7301, with a span over `sql`.
void check_words(const std::string& sql);
// By what the engine makes of it (`bound`: as it will be run). Throws TM7301.
void check_kind(duckdb::Connection& connection, const std::string& sql, const std::string& bound);

}  // namespace tidemark::server
