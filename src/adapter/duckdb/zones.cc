#include "adapter/duckdb/zones.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "adapter/duckdb/errors.h"
#include "base/strings.h"

namespace tidemark::duckdb {
namespace {

constexpr int64_t kDay = 86'400;
constexpr int64_t kYear = 366 * kDay;  // any span of days will do

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

int32_t ZoneTable::offset_at(int64_t micros) {
  int64_t second = floor_div(micros, 1'000'000);
  int64_t year = floor_div(second, kYear);
  std::lock_guard lock(mutex_);
  auto it = years_.find(year);
  if (it == years_.end()) it = years_.emplace(year, load_year(year)).first;
  const auto& changes = it->second;
  auto after = std::upper_bound(changes.begin(), changes.end(), second, [](int64_t value, const Change& change) { return value < change.second; });
  return (after == changes.begin() ? changes.front() : *(after - 1)).offset;
}

std::vector<ZoneTable::Change> ZoneTable::load_year(int64_t year_index) const {
  const Api& duck = api();
  duckdb_connection connection = nullptr;
  if (duck.duckdb_connect(database_, &connection) != DuckDBSuccess) throw Error("TM4103", "cannot connect to the engine for time zone " + zone_);
  struct Disconnect {
    duckdb_connection* connection;
    ~Disconnect() { api().duckdb_disconnect(connection); }
  } disconnect{&connection};

  int64_t start = year_index * kYear;
  std::vector<Change> changes;
  find_changes(connection, start, start + kYear, 0, changes);
  changes.insert(changes.begin(), {start, static_cast<int32_t>(offsets(connection, start, start, 1)[0])});
  return changes;
}

// Steps become finer around a change: days, quarters of an hour, seconds.
void ZoneTable::find_changes(duckdb_connection connection, int64_t first, int64_t last, size_t level, std::vector<Change>& changes) const {
  constexpr std::array<int64_t, 3> kSteps = {kDay, 900, 1};
  std::vector<int64_t> found = offsets(connection, first, last, kSteps[level]);
  for (size_t i = 1; i < found.size(); ++i) {
    if (found[i] == found[i - 1]) continue;
    int64_t second = first + static_cast<int64_t>(i) * kSteps[level];
    if (level + 1 == kSteps.size()) {
      changes.push_back({second, static_cast<int32_t>(found[i])});
    } else {
      find_changes(connection, second - kSteps[level], second, level + 1, changes);
    }
  }
}

std::vector<int64_t> ZoneTable::offsets(duckdb_connection connection, int64_t first, int64_t last, int64_t step) const {
  const Api& duck = api();
  std::string sql = fmt::format(
      "SELECT (epoch_us(timezone('{}', make_timestamptz(s * 1000000))) - s * 1000000) // 1000000 FROM range({}::BIGINT, {}::BIGINT, {}::BIGINT) t(s) ORDER BY "
      "s",
      replace_all(zone_, "'", "''"), first, last + 1, step);
  QueryResult result;
  if (duck.duckdb_query(connection, sql.c_str(), result.get()) != DuckDBSuccess) {
    throw engine_error(duck.duckdb_result_error(result.get()), duck.duckdb_result_error_type(result.get()), sql);
  }
  std::vector<int64_t> values;
  while (Chunk chunk{duck.duckdb_fetch_chunk(*result.get())}) {
    auto* data = static_cast<const int64_t*>(duck.duckdb_vector_get_data(duck.duckdb_data_chunk_get_vector(chunk.get(), 0)));
    values.insert(values.end(), data, data + duck.duckdb_data_chunk_get_size(chunk.get()));
  }
  return values;
}

}  // namespace tidemark::duckdb
