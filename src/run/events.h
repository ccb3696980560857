// What an invocation tells its user while it goes on. run/ and app/ emit; cli/ renders as text or JSON.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "manifest/run_results.h"

namespace tidemark::run {

enum class Level { kDebug, kInfo, kWarn, kError };

std::string_view to_string(Level level);  // "debug", "info", "warn", "error"

struct Event {
  std::string name;  // stable: "NodeStart", "NodeFinished", "LogLine", …
  Level level = Level::kInfo;
  std::string message;  // one line, or several, without a time
  Json data = Json::object();
  WallTime time = wall_now();
};

// Called from any thread; implementations lock.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void emit(const Event& event) = 0;
  // A node's progress, 0..1, for live displays; not an event, never logged.
  virtual void progress(const std::string& unique_id, double fraction) = 0;
  // Columns of the line that a terminal keeps below all others; 0: there is none. show_live() fills it; empty: takes it away.
  virtual size_t live_width() const { return 0; }
  virtual void show_live(const std::string&) {}

  void info(std::string name, std::string message, Json data = Json::object());
  void debug(std::string name, std::string message, Json data = Json::object());
  void warn(std::string name, std::string message, Json data = Json::object());
  void error(std::string name, std::string message, Json data = Json::object());
};

// The lines that dbt's users know: "1 of 5 START sql view model analytics.stg_trips .......... [RUN]".
Event node_start(const Node& node, size_t index, size_t total);
Event node_finished(const NodeResult& result, size_t index, size_t total);
Event node_skipped(const Node& node, size_t index, size_t total);

// "Batch 1 of 4 START batch 2024-01-01 of analytics.events ..... [RUN]"; `status` is OK, ERROR or SKIPPED.
Event batch_start_line(const Node& node, const std::string& batch, size_t index, size_t total);
Event batch_end_line(const Node& node, const std::string& batch, size_t index, size_t total, const std::string& status, double seconds);

// "sql table model analytics.agg_daily_revenue_v1", "test not_null_stg_trips_trip_id", "seed file analytics.zones".
std::string describe_node(const Node& node);

// "2 table models, 1 view model": as dbt counts what it ran.
std::string count_resources(const RunResults& results);

}  // namespace tidemark::run
