// Offsets of time zones, asked from the engine (its ICU knows them; the C library's may differ). Internal to this folder.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "adapter/duckdb/api.h"

namespace tidemark::duckdb {

// For one zone: where its offset changes, by year, learnt as years are asked for. Thread-safe.
class ZoneTable {
 public:
  ZoneTable(duckdb_database database, std::string zone) : database_(database), zone_(std::move(zone)) {}
  // Seconds east of UTC at a point in time (microseconds since the epoch, UTC).
  int32_t offset_at(int64_t micros);

 private:
  struct Change {
    int64_t second;  // from this one on
    int32_t offset;
  };
  std::vector<Change> load_year(int64_t year_index) const;
  void find_changes(duckdb_connection connection, int64_t first, int64_t last, size_t level, std::vector<Change>& changes) const;
  std::vector<int64_t> offsets(duckdb_connection connection, int64_t first, int64_t last, int64_t step) const;

  duckdb_database database_;
  std::string zone_;
  std::mutex mutex_;
  std::map<int64_t, std::vector<Change>> years_;
};

}  // namespace tidemark::duckdb
