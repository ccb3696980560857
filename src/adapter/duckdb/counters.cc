// What the engine's profiler counts, without its printing.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "adapter/duckdb/api.h"
#include "adapter/duckdb/database.h"
#include "adapter/duckdb/state.h"

namespace tidemark::duckdb {

namespace {

constexpr const char* kMetrics =
    R"('{"CUMULATIVE_ROWS_SCANNED": "true", "TOTAL_BYTES_READ": "true", "LATENCY": "true", "EXTRA_INFO": "true", "OPERATOR_CARDINALITY": "true"}')";

std::map<std::string, std::string> metrics_of(duckdb_profiling_info info) {
  const Api& duck = api();
  std::map<std::string, std::string> out;
  OwnedValue metrics(duck.duckdb_profiling_info_get_metrics(info));
  if (!metrics) return out;
  for (idx_t i = 0; i < duck.duckdb_get_map_size(metrics.get()); ++i) {
    OwnedValue key(duck.duckdb_get_map_key(metrics.get(), i));
    OwnedValue value(duck.duckdb_get_map_value(metrics.get(), i));
    out[take_text(duck.duckdb_get_varchar(key.get()))] = take_text(duck.duckdb_get_varchar(value.get()));
  }
  return out;
}

int64_t number(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

// What a member of the operator's "{a=1, b=2}" begins with, quotes left out; it ends where the next one begins, or at a comma.
std::optional<std::string> extra_info(const std::string& text, const std::string& name) {
  size_t at = text.find(name);
  if (at == std::string::npos) return std::nullopt;
  at += name.size();
  while (at < text.size() && (text[at] == '=' || text[at] == ':' || text[at] == ' ' || text[at] == '\'' || text[at] == '"')) ++at;
  size_t end = at;
  while (end < text.size() && text[end] != ',' && text[end] != '}' && text[end] != '\'' && text[end] != '"' && text[end] != '\n') ++end;
  return text.substr(at, end - at);
}

void add_scans(duckdb_profiling_info info, QueryCounters& counters) {
  const Api& duck = api();
  const std::map<std::string, std::string> metrics = metrics_of(info);
  if (const auto extra = metrics.find("EXTRA_INFO"); extra != metrics.end()) {
    if (const auto files = extra_info(extra->second, "Total Files Read")) {
      const auto rows = metrics.find("OPERATOR_CARDINALITY");
      counters.scans.push_back({extra_info(extra->second, "Filename(s)").value_or(""), number(*files), rows == metrics.end() ? 0 : number(rows->second)});
    }
  }
  const idx_t children = duck.duckdb_profiling_info_get_child_count(info);
  for (idx_t i = 0; i < children; ++i) add_scans(duck.duckdb_profiling_info_get_child(info, i), counters);
}

}  // namespace

void Connection::begin_counting() {
  state_->counting = false;
  execute(std::string("SET enable_profiling = 'no_output'; SET custom_profiling_settings = ") + kMetrics);
  state_->counters = {};
  state_->counting = true;
}

QueryCounters Connection::end_counting() {
  state_->counting = false;
  execute("PRAGMA disable_profiling");
  return state_->counters;
}

QueryCounters Connection::take_counters() { return std::exchange(state_->counters, {}); }

void add_counters(Connection::State& connection) {
  if (!connection.counting) return;
  duckdb_profiling_info info = api().duckdb_get_profiling_info(connection.handle);  // belongs to the connection
  if (!info) return;
  const std::map<std::string, std::string> metrics = metrics_of(info);
  const auto value = [&](const char* name) {
    const auto found = metrics.find(name);
    return found == metrics.end() ? std::string("0") : found->second;
  };
  connection.counters.rows_scanned += number(value("CUMULATIVE_ROWS_SCANNED"));
  connection.counters.bytes_read += number(value("TOTAL_BYTES_READ"));
  connection.counters.seconds += std::strtod(value("LATENCY").c_str(), nullptr);
  add_scans(info, connection.counters);
}

}  // namespace tidemark::duckdb
