// How the files behind a microbatch model are traced to its batches.
#pragma once
#include <string>

#include "compile/host.h"
#include "run/state.h"

namespace tidemark::run {

inline constexpr const char* kBatchColumn = "tm_batch";

// One row for each row of the inputs, with the start of the batch (microseconds since the epoch) that it is read for: inputs
// with an event_time by it, others by the event time of the rows that the model makes of them. Empty: no input is files.
std::string batch_membership_sql(RunState& run, compile::Host& host, Session& session, const Node& node);

// Whether it reads tables, of whose changes the files tell nothing.
bool reads_tables(const RunState& run, const Node& node);

// How an event time becomes a UTC TIMESTAMP.
std::string utc_timestamp_sql(const std::string& expression, const std::string& type);

}  // namespace tidemark::run
