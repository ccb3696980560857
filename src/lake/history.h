// A table's log as a story: which commits made it what it is.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace tidemark::lake {

struct LogEntry {
  int64_t version = 0;
  int64_t timestamp_ms = 0;
  std::string operation;  // "WRITE", "MERGE", …
  std::string engine;
  std::optional<Json> own;  // what this program's commit carried
  int64_t files_added = 0;
  int64_t files_removed = 0;
  int64_t rows_added = -1;  // in added files; -1 where one does not tell
};

// The newest `limit` commits (-1: all), newest first. Entries that the log no longer holds are left out. TM4320 where one is damaged.
std::vector<LogEntry> read_history(const std::filesystem::path& folder, int64_t limit);

}  // namespace tidemark::lake
