// What is known of functions. Only what is listed here is trusted to give the same result for the same arguments, whatever
// the time, the session and the order of rows: the engine's own catalogue errs.
#pragma once
#include <string>

#include "base/json_fwd.h"
#include "sql/query.h"
#include "sql/reason.h"
#include "sql/sql_parser.h"

namespace tidemark::sql {

bool is_deterministic_function(const std::string& lower_case);
bool is_volatile_function(const std::string& lower_case);  // known to be none: now(), random(), …

// Why an expression may give another value for the same row next time; empty: it may not. Aggregates and windows inside
// are faults too (they are no functions of a row). Subqueries are judged by what they read: their relations are checked.
Reason row_fault(const Query& query, const Json& expression, SqlParser& parser);
// The same, whatever its subqueries read.
Reason value_fault(const Json& expression, SqlParser& parser);

}  // namespace tidemark::sql
