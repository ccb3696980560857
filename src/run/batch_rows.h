// The rows of one batch, and of all of them.
#pragma once
#include <string>
#include <vector>

#include "run/batch_plan.h"

namespace tidemark::run {

// The rows of `sql` (the session's own, with these columns) whose event time is in the window; the range is filled in. TM6122
// where there is no such column.
std::string batch_rows_sql(Session& session, const std::string& sql, const std::vector<ColumnType>& columns, const std::string& event_time,
                           const EventWindow& window, RowRange& range);

// What a microbatch model's table must hold: each batch that may hold rows, computed alone.
std::string microbatch_truth(RunState& run, RunHost& host, const Node& node);

}  // namespace tidemark::run
