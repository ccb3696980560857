#include "lake/vacuum.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <system_error>

#include "base/error.h"
#include "base/file_system.h"

namespace tidemark::lake {

namespace {

constexpr const char* kLogFolder = "_delta_log";
constexpr size_t kVersionDigits = 20;

// The version that a log file's name begins with; -1 where it does not.
int64_t version_of(const std::string& name) {
  if (name.size() <= kVersionDigits || name[kVersionDigits] != '.') return -1;
  int64_t version = -1;
  const auto [end, fault] = std::from_chars(name.data(), name.data() + kVersionDigits, version);
  return fault == std::errc() && end == name.data() + kVersionDigits ? version : -1;
}

std::optional<int64_t> modified_ms(const fs::path& path) {
  const auto info = stat_file(path);
  return info ? std::optional(info->mtime_ns / 1000000) : std::nullopt;
}

// The oldest version within retention and the newest one, whose tombstones tell what was removed between the two.
struct Retained {
  SnapshotPtr first;
  SnapshotPtr newest;  // null: there is no table
};

Retained retained_versions(const fs::path& folder, int64_t horizon_ms, ParquetIo* parquet) {
  Retained out;
  const int64_t oldest = oldest_version(folder);
  if (newest_version(folder) < 0) return out;
  try {
    out.first = load_snapshot({.folder = folder, .at_time_ms = horizon_ms, .parquet = parquet});
  } catch (const Error& error) {
    if (error.code() != "TM4322") throw;  // all of them are younger
    out.first = load_snapshot({.folder = folder, .version = oldest, .parquet = parquet});
  }
  out.newest = load_snapshot({.folder = folder, .previous = out.first, .parquet = parquet});
  return out;
}

void keep_file(const fs::path& folder, const std::string& log_path, std::set<std::string>& keep) {
  const fs::path path(log_path);
  keep.insert((path.is_absolute() ? path.lexically_relative(folder) : path).lexically_normal().string());
}

void keep_files(const Snapshot& snapshot, std::set<std::string>& keep) {
  for (const auto& [path, file] : snapshot.files) keep_file(snapshot.folder, path, keep);
}

// Files of the versions between: those that were removed since are the newest one's tombstones.
void keep_removed_since(const Snapshot& first, const Snapshot& newest, std::set<std::string>& keep) {
  for (const auto& [path, removed] : newest.tombstones) {
    const auto before = first.tombstones.find(path);
    if (before == first.tombstones.end() || before->second.deleted_ms != removed.deleted_ms) keep_file(newest.folder, path, keep);
  }
}

// Folders of partitions are walked whatever they are called; other hidden ones (the log, a tool's own) are not.
bool is_walked(const std::string& name) { return !(name.starts_with('_') || name.starts_with('.')) || name.find('=') != std::string::npos; }

void walk(const fs::path& root, const fs::path& folder, const std::function<void(const fs::path& relative, const FileStat& info)>& visit, bool hidden) {
  for (const std::string& name : list_directory(folder)) {
    if (!hidden && !is_walked(name)) continue;
    const fs::path path = folder / name;
    const auto info = stat_file(path);
    if (!info) continue;
    if (info->is_directory) {
      walk(root, path, visit, hidden);
    } else {
      visit(path.lexically_relative(root), *info);
    }
  }
}

std::vector<ObsoleteFile> obsolete_in(const fs::path& folder, int64_t horizon_ms, const std::set<std::string>& keep, bool hidden) {
  std::vector<ObsoleteFile> out;
  walk(
      folder, folder,
      [&](const fs::path& relative, const FileStat& info) {
        if (info.mtime_ns / 1000000 >= horizon_ms || keep.contains(relative.string())) return;
        out.push_back({folder / relative, static_cast<int64_t>(info.size)});
      },
      hidden);
  return out;
}

// Everything before the newest checkpoint that is older than the horizon and not younger than version `needed`.
std::vector<ObsoleteFile> obsolete_log(const fs::path& folder, int64_t horizon_ms, int64_t needed) {
  const fs::path log = folder / kLogFolder;
  const std::vector<std::string> names = list_directory(log);
  int64_t base = -1;
  for (const std::string& name : names) {
    if (!name.ends_with(".checkpoint.parquet") || version_of(name) < 0 || version_of(name) > needed) continue;
    const auto written = modified_ms(log / name);
    if (written && *written < horizon_ms) base = std::max(base, version_of(name));
  }
  std::vector<ObsoleteFile> out;
  for (const std::string& name : names) {
    const int64_t version = version_of(name);
    if (version < 0 || version >= base) continue;
    const auto info = stat_file(log / name);
    if (info && info->mtime_ns / 1000000 < horizon_ms) out.push_back({log / name, static_cast<int64_t>(info->size)});
  }
  return out;
}

}  // namespace

VacuumTablePlan plan_vacuum(const VacuumTableRequest& request) {
  VacuumTablePlan plan;
  const Retained versions = retained_versions(request.folder, request.horizon_ms, request.parquet);
  if (!versions.newest) return plan;
  std::set<std::string> keep;
  keep_files(*versions.first, keep);
  keep_files(*versions.newest, keep);
  keep_removed_since(*versions.first, *versions.newest, keep);
  int64_t oldest_kept = versions.first->version;
  for (const int64_t version : request.keep_versions) {
    if (version >= versions.first->version) continue;
    try {
      keep_files(*load_snapshot({.folder = request.folder, .version = version, .parquet = request.parquet}), keep);
      oldest_kept = std::min(oldest_kept, version);
    } catch (const Error& error) {
      if (error.code() != "TM4320" && error.code() != "TM4321") throw;  // its log has been cleaned up
    }
  }
  plan.data = obsolete_in(request.folder, request.horizon_ms, keep, false);
  // a kept version needs the checkpoint, or all the entries, that it is read from
  if (oldest_kept == versions.first->version) plan.log = obsolete_log(request.folder, std::min(request.log_horizon_ms, request.horizon_ms), oldest_kept);
  return plan;
}

std::vector<Json> own_commits_within(const fs::path& folder, int64_t horizon_ms, ParquetIo* parquet) {
  const Retained versions = retained_versions(folder, horizon_ms, parquet);
  std::vector<Json> out;
  if (!versions.newest) return out;
  if (versions.first->own) out.push_back(*versions.first->own);
  for (const CommitSummary& commit : versions.newest->commits) {
    if (commit.version > versions.first->version && commit.own) out.push_back(*commit.own);
  }
  return out;
}

int64_t remove_obsolete(const std::vector<ObsoleteFile>& files) {
  int64_t bytes = 0;
  std::set<fs::path> folders;
  for (const ObsoleteFile& file : files) {
    remove_file(file.path);
    crash_point("lake.vacuum.removed_file");
    bytes += file.bytes;
    folders.insert(file.path.parent_path());
  }
  for (const fs::path& folder : folders) sync_directory(folder);
  return bytes;
}

std::vector<ObsoleteFile> obsolete_under(const fs::path& folder, int64_t horizon_ms, const std::set<std::string>& keep) {
  return obsolete_in(folder, horizon_ms, keep, true);
}

}  // namespace tidemark::lake
