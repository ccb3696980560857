// What the engine's profiler counts, without its printing.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "adapter/duckdb/api.h"
#include "adapter/duckdb/database.h"
#include "adapter/duckdb/state.h"

namespace tidemark::duckdb {

void Connection::begin_counting() {
  state_->counting = false;
  execute(
      "SET enable_profiling = 'no_output'; "
      R"(SET custom_profiling_settings = '{"CUMULATIVE_ROWS_SCANNED": "true", "TOTAL_BYTES_READ": "true", "LATENCY": "true"}')");
  state_->counters = {};
  state_->counting = true;
}

QueryCounters Connection::end_counting() {
  state_->counting = false;
  execute("PRAGMA disable_profiling");
  return state_->counters;
}

void add_counters(Connection::State& connection) {
  if (!connection.counting) return;
  const Api& duck = api();
  duckdb_profiling_info info = duck.duckdb_get_profiling_info(connection.handle);  // belongs to the connection
  if (!info) return;
  OwnedValue metrics(duck.duckdb_profiling_info_get_metrics(info));
  if (!metrics) return;
  for (idx_t i = 0; i < duck.duckdb_get_map_size(metrics.get()); ++i) {
    OwnedValue key(duck.duckdb_get_map_key(metrics.get(), i));
    OwnedValue value(duck.duckdb_get_map_value(metrics.get(), i));
    std::string name = take_text(duck.duckdb_get_varchar(key.get()));
    std::string text = take_text(duck.duckdb_get_varchar(value.get()));
    if (name == "CUMULATIVE_ROWS_SCANNED") connection.counters.rows_scanned += std::strtoll(text.c_str(), nullptr, 10);
    if (name == "TOTAL_BYTES_READ") connection.counters.bytes_read += std::strtoll(text.c_str(), nullptr, 10);
    if (name == "LATENCY") connection.counters.seconds += std::strtod(text.c_str(), nullptr);
  }
}

}  // namespace tidemark::duckdb
