#include "lake/history.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "lake/action.h"
#include "lake/snapshot.h"
#include "lake/statistics.h"

namespace tidemark::lake {

namespace {

std::string text_member(const Json& body, const char* name) {
  const auto found = body.find(name);
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void read_action(const Json& action, LogEntry& entry) {
  if (const auto add = action.find("add"); add != action.end()) {
    ++entry.files_added;
    const int64_t rows = rows_of(add_from(*add).stats);
    entry.rows_added = rows < 0 || entry.rows_added < 0 ? -1 : entry.rows_added + rows;
  } else if (action.contains("remove")) {
    ++entry.files_removed;
  } else if (const auto info = action.find("commitInfo"); info != action.end() && info->is_object()) {
    if (const auto time = info->find("timestamp"); time != info->end() && time->is_number_integer()) entry.timestamp_ms = time->get<int64_t>();
    entry.operation = text_member(*info, "operation");
    entry.engine = text_member(*info, "engineInfo");
    if (const auto own = info->find("tidemark"); own != info->end() && own->is_object()) entry.own = *own;
  }
}

LogEntry read_entry(const std::filesystem::path& path, int64_t version) {
  LogEntry entry;
  entry.version = version;
  entry.rows_added = 0;
  if (const auto stat = stat_file(path)) entry.timestamp_ms = stat->mtime_ns / 1'000'000;
  for (const std::string& line : split(read_file(path), '\n')) {
    if (trim(line).empty()) continue;
    read_action(parse_json(line, path.string(), "TM4320"), entry);
  }
  return entry;
}

}  // namespace

std::vector<LogEntry> read_history(const std::filesystem::path& folder, int64_t limit) {
  std::vector<LogEntry> out;
  for (int64_t version = newest_version(folder); version >= 0 && (limit < 0 || static_cast<int64_t>(out.size()) < limit); --version) {
    const std::filesystem::path path = log_entry_path(folder, version);
    if (!stat_file(path)) break;
    out.push_back(read_entry(path, version));
  }
  return out;
}

}  // namespace tidemark::lake
