#include "lake/snapshot.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/strings.h"
#include "lake/log_reader.h"
#include "lake/statistics.h"

namespace tidemark::lake {

namespace {

constexpr const char* kLogFolder = "_delta_log";
constexpr const char* kSavedSuffix = ".tidemark";  // our compact snapshots, which other readers pass over
constexpr size_t kVersionDigits = 20;

std::string table_name(const fs::path& folder) { return folder.parent_path().filename().string() + "." + folder.filename().string(); }

// The version in "00000000000000000007<suffix>"; -1 for other names.
int64_t version_in(const std::string& name, std::string_view suffix) {
  if (name.size() != kVersionDigits + suffix.size() || !name.ends_with(suffix)) return -1;
  int64_t version = -1;
  const auto [end, fault] = std::from_chars(name.data(), name.data() + kVersionDigits, version);
  return fault == std::errc() && end == name.data() + kVersionDigits ? version : -1;
}

// What is in a log folder.
struct LogListing {
  std::vector<int64_t> entries;      // ascending
  std::vector<int64_t> saved;        // ascending
  std::vector<int64_t> checkpoints;  // complete ones, ascending
  std::map<int64_t, std::vector<std::string>> checkpoint_files;
};

// "<version>.checkpoint.0000000002.0000000003.parquet": the parts that there are; 0 for other names.
int64_t parts_in(const std::string& name) {
  constexpr size_t kPartDigits = 10;
  constexpr std::string_view kMiddle = ".checkpoint.";
  if (name.size() != kVersionDigits + kMiddle.size() + 2 * kPartDigits + 1 + std::string_view(".parquet").size()) return 0;
  if (name.compare(kVersionDigits, kMiddle.size(), kMiddle) != 0 || !name.ends_with(".parquet")) return 0;
  int64_t parts = 0;
  const char* begin = name.data() + kVersionDigits + kMiddle.size() + kPartDigits + 1;
  const auto [end, fault] = std::from_chars(begin, begin + kPartDigits, parts);
  return fault == std::errc() && end == begin + kPartDigits ? parts : 0;
}

LogListing list_log(const fs::path& folder) {
  LogListing out;
  std::map<int64_t, std::vector<std::string>> parts;
  for (const std::string& name : list_directory(folder / kLogFolder)) {
    if (const int64_t version = version_in(name, ".json"); version >= 0) out.entries.push_back(version);
    if (const int64_t version = version_in(name, kSavedSuffix); version >= 0) out.saved.push_back(version);
    if (const int64_t version = version_in(name, ".checkpoint.parquet"); version >= 0) out.checkpoint_files[version] = {name};
    if (parts_in(name) > 0) parts[version_in(name.substr(0, kVersionDigits), "")].push_back(name);
  }
  for (auto& [version, names] : parts) {
    if (version >= 0 && static_cast<int64_t>(names.size()) == parts_in(names[0])) out.checkpoint_files.try_emplace(version, std::move(names));
  }
  for (const auto& [version, names] : out.checkpoint_files) out.checkpoints.push_back(version);
  return out;
}

int64_t modified_ms(const fs::path& path) {
  const auto info = stat_file(path);
  return info ? info->mtime_ns / 1000000 : 0;
}

bool has_all_entries(const LogListing& log, int64_t after, int64_t upto) {
  int64_t next = after + 1;
  for (const int64_t version : log.entries) {
    if (version == next && next <= upto) ++next;
  }
  return next > upto;
}

// The oldest version from which on all can be read; -1 where none can.
int64_t oldest_of(const LogListing& log) {
  const int64_t newest = log.entries.empty() ? -1 : log.entries.back();
  if (newest >= 0 && has_all_entries(log, -1, newest)) return 0;
  std::vector<int64_t> starts = log.checkpoints;
  starts.insert(starts.end(), log.saved.begin(), log.saved.end());
  std::sort(starts.begin(), starts.end());
  for (const int64_t start : starts) {
    if (start >= newest || has_all_entries(log, start, newest)) return start;
  }
  return -1;
}

void apply_entries(LogReplay& replay, const fs::path& folder, int64_t upto) {
  for (int64_t version = replay.snapshot().version + 1; version <= upto; ++version) {
    const fs::path path = log_entry_path(folder, version);
    replay.apply_entry(version, read_file(path), modified_ms(path));
  }
}

Json file_json(const AddFile& file) {
  Json out = to_json(file);
  out.erase("dataChange");
  return out;
}

std::optional<Snapshot> read_saved(const fs::path& folder, int64_t version) {
  const std::string text = read_file(folder / kLogFolder / fmt::format("{:020}{}", version, kSavedSuffix));
  const size_t newline = text.find('\n');
  if (newline == std::string::npos || text.substr(0, newline) != xxh128_hex(std::string_view(text).substr(newline + 1)))
    return std::nullopt;  // torn or edited: the log itself is read
  const Json json = Json::parse(std::string_view(text).substr(newline + 1), nullptr, false);
  if (!json.is_object() || json.value("version", int64_t{-1}) != version) return std::nullopt;
  Snapshot out;
  out.folder = folder;
  out.version = version;
  out.timestamp_ms = json.at("timestamp").get<int64_t>();
  out.protocol = protocol_from(json.at("protocol"));
  out.metadata = metadata_from(json.at("metaData"), table_name(folder));
  for (const Json& file : json.at("files")) {
    AddFile add = add_from(file);
    std::string path = add.path;
    out.files.emplace_hint(out.files.end(), std::move(path), std::move(add));
  }
  for (const Json& file : json.at("tombstones")) {
    RemoveFile remove = remove_from(file);
    std::string path = remove.path;
    out.tombstones.emplace(std::move(path), std::move(remove));
  }
  for (const auto& [app, value] : json.at("transactions").items()) out.transactions[app] = value.get<int64_t>();
  for (const auto& [domain, value] : json.at("domains").items()) out.domains[domain] = value;
  if (!json.at("own").is_null()) out.own = json.at("own");
  out.own_version = json.at("ownVersion").get<int64_t>();
  out.foreign_since_own = json.at("foreignSinceOwn").get<bool>();
  out.foreign_version = json.at("foreignVersion").get<int64_t>();
  out.data_version = json.at("dataVersion").get<int64_t>();
  out.data_timestamp_ms = json.at("dataTimestamp").get<int64_t>();
  return out;
}

// Where replaying may begin: the newest saved snapshot, nothing, or (where entries are gone) a checkpoint.
LogReplay start_replay(const SnapshotRequest& request, const LogListing& log, int64_t upto) {
  for (auto saved = log.saved.rbegin(); saved != log.saved.rend(); ++saved) {
    if (*saved > upto || !has_all_entries(log, *saved, upto)) continue;
    try {
      if (std::optional<Snapshot> snapshot = read_saved(request.folder, *saved)) return LogReplay(std::move(*snapshot));
    } catch (const Json::exception&) {
      // An older program's layout: the log itself is read.
    }
  }
  Snapshot empty;
  empty.folder = request.folder;
  if (has_all_entries(log, -1, upto)) return LogReplay(std::move(empty));
  for (auto checkpoint = log.checkpoints.rbegin(); checkpoint != log.checkpoints.rend(); ++checkpoint) {
    if (*checkpoint > upto || !has_all_entries(log, *checkpoint, upto)) continue;
    if (request.parquet == nullptr)
      throw Error("TM4323", fmt::format("the log of {} begins with a checkpoint, which takes the engine to read", table_name(request.folder)));
    const std::vector<std::string>& names = log.checkpoint_files.at(*checkpoint);
    empty.version = *checkpoint;
    empty.data_version = *checkpoint;
    empty.timestamp_ms = modified_ms(request.folder / kLogFolder / names[0]);
    empty.data_timestamp_ms = empty.timestamp_ms;
    empty.foreign_version = *checkpoint;
    empty.foreign_since_own = true;  // a checkpoint does not tell who committed
    LogReplay replay(std::move(empty));
    for (const std::string& name : names) {
      for (const Json& action : request.parquet->read_checkpoint(request.folder / kLogFolder / name)) replay.apply_checkpoint_action(action);
    }
    return replay;
  }
  throw Error("TM4320", fmt::format("the log of {} has a gap: entries before version {} are missing", table_name(request.folder), upto))
      .hint("restore the missing files of _delta_log");
}

// The time that an entry's commitInfo tells; its modification time where there is none.
int64_t commit_time(const fs::path& path) {
  const std::string text = read_file(path);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    if (line.find("\"commitInfo\"") == std::string_view::npos) continue;
    const Json action = Json::parse(line, nullptr, false);
    if (!action.is_object() || !action.contains("commitInfo") || !action["commitInfo"].is_object()) continue;
    const Json& info = action["commitInfo"];
    for (const char* key : {"inCommitTimestamp", "timestamp"}) {
      if (info.contains(key) && info[key].is_number_integer()) return info[key].get<int64_t>();
    }
  }
  return modified_ms(path);
}

// The newest version that is not younger than `time_ms`; commit times are monotonic for readers, whatever clocks wrote.
int64_t version_at(const fs::path& folder, const LogListing& log, int64_t time_ms) {
  int64_t found = -1;
  int64_t latest = INT64_MIN;
  for (const int64_t version : log.entries) {
    latest = std::max(latest, commit_time(log_entry_path(folder, version)));
    if (latest > time_ms) break;
    found = version;
  }
  if (found < 0 || found < oldest_of(log))
    throw Error("TM4322", fmt::format("the table {} had no version at that time, or its log is gone", table_name(folder)));
  return found;
}

}  // namespace

int64_t Snapshot::total_rows() const {
  int64_t total = 0;
  for (const auto& [path, file] : files) {
    const int64_t rows = rows_of(file.stats);
    if (rows < 0) return -1;
    total += rows;
  }
  return total;
}

int64_t Snapshot::total_bytes() const {
  int64_t total = 0;
  for (const auto& [path, file] : files) total += file.size;
  return total;
}

fs::path log_entry_path(const fs::path& folder, int64_t version) { return folder / kLogFolder / fmt::format("{:020}.json", version); }

bool is_table(const fs::path& folder) { return stat_file(folder / kLogFolder).has_value() && newest_version(folder) >= 0; }

int64_t newest_version(const fs::path& folder) {
  const LogListing log = list_log(folder);
  int64_t newest = log.entries.empty() ? -1 : log.entries.back();
  if (!log.checkpoints.empty()) newest = std::max(newest, log.checkpoints.back());
  return newest;
}

int64_t oldest_version(const fs::path& folder) { return oldest_of(list_log(folder)); }

SnapshotPtr load_snapshot(const SnapshotRequest& request) {
  // The common case, nothing new: one failed stat instead of a listing.
  if (request.previous && !request.version && !request.at_time_ms && !stat_file(log_entry_path(request.folder, request.previous->version + 1)) &&
      stat_file(log_entry_path(request.folder, request.previous->version))) {
    return request.previous;
  }
  const LogListing log = list_log(request.folder);
  const int64_t newest = std::max(log.entries.empty() ? -1 : log.entries.back(), log.checkpoints.empty() ? -1 : log.checkpoints.back());
  if (newest < 0) return nullptr;
  int64_t wanted = request.version.value_or(newest);
  if (request.at_time_ms) wanted = version_at(request.folder, log, *request.at_time_ms);
  if (wanted < 0 || wanted > newest)
    throw Error("TM4321", fmt::format("the table {} has no version {}", table_name(request.folder), wanted)).hint(fmt::format("the newest is {}", newest));
  if (request.previous && request.previous->version <= wanted && has_all_entries(log, request.previous->version, wanted)) {
    if (request.previous->version == wanted) return request.previous;
    LogReplay replay(*request.previous);
    apply_entries(replay, request.folder, wanted);
    return std::make_shared<const Snapshot>(replay.take());
  }
  LogReplay replay = start_replay(request, log, wanted);
  apply_entries(replay, request.folder, wanted);
  if (replay.snapshot().metadata.schema.fields.empty() && replay.snapshot().metadata.id.empty()) {
    throw Error("TM4320", fmt::format("the log of {} is damaged: no metaData up to version {}", table_name(request.folder), wanted))
        .hint("restore it from a backup, or drop the table and run again");
  }
  return std::make_shared<const Snapshot>(replay.take());
}

std::string save_snapshot(const Snapshot& snapshot) {
  Json json{{"version", snapshot.version},
            {"timestamp", snapshot.timestamp_ms},
            {"protocol", to_json(snapshot.protocol)},
            {"metaData", to_json(snapshot.metadata)},
            {"files", Json::array()},
            {"tombstones", Json::array()},
            {"transactions", Json::object()},
            {"domains", Json::object()},
            {"own", snapshot.own ? *snapshot.own : Json()},
            {"ownVersion", snapshot.own_version},
            {"foreignVersion", snapshot.foreign_version},
            {"foreignSinceOwn", snapshot.foreign_since_own},
            {"dataVersion", snapshot.data_version},
            {"dataTimestamp", snapshot.data_timestamp_ms}};
  for (const auto& [path, file] : snapshot.files) json["files"].push_back(file_json(file));
  for (const auto& [path, file] : snapshot.tombstones) json["tombstones"].push_back(to_json(file));
  for (const auto& [app, version] : snapshot.transactions) json["transactions"][app] = version;
  for (const auto& [domain, value] : snapshot.domains) json["domains"][domain] = value;
  const std::string text = dump_json(json);
  return xxh128_hex(text) + "\n" + text;
}

}  // namespace tidemark::lake
