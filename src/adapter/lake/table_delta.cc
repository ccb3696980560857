#include "adapter/lake/table_delta.h"

#include <algorithm>

#include "base/error.h"
#include "base/file_system.h"

namespace tidemark::lake_adapter {
namespace {

lake::SnapshotPtr snapshot_at(const fs::path& folder, int64_t version, lake::ParquetIo* parquet) {
  try {
    return lake::load_snapshot({.folder = folder, .version = version, .at_time_ms = {}, .previous = nullptr, .parquet = parquet});
  } catch (const Error&) {
    return nullptr;  // its log entries are gone
  }
}

bool same_columns(const TableVersion& a, const TableVersion& b) {
  return std::ranges::equal(a.columns, b.columns,
                            [](const ScanColumn& x, const ScanColumn& y) { return x.name == y.name && x.type == y.type && x.is_partition == y.is_partition; });
}

// Files of `of` that `other` has not.
std::vector<ScanFile> files_only_in(const TableVersion& of, const TableVersion& other) {
  std::vector<ScanFile> out;
  for (const ScanFile& file : of.files) {
    if (!other.snapshot->files.contains(file.log_path)) out.push_back(file);
  }
  return out;
}

}  // namespace

std::optional<TableDelta> delta_of(TableReader& tables, const fs::path& folder, int64_t since, int64_t committed_at_ms) {
  const TableVersionPtr now = tables.find(folder);
  if (!now || since < 0 || since > now->version()) return std::nullopt;
  lake::SnapshotPtr snapshot = snapshot_at(folder, since, tables.parquet());
  // A table that was made anew has younger commits of the same numbers.
  if (!snapshot || snapshot->timestamp_ms > committed_at_ms) return std::nullopt;
  const TableVersionPtr then = table_version(std::move(snapshot));
  if (then->id() != now->id() || !same_columns(*then, *now)) return std::nullopt;
  const std::vector<ScanFile> gone = files_only_in(*then, *now), came = files_only_in(*now, *then);
  TableDelta out;
  for (const ScanFile& file : gone) {
    if (!stat_file(file.path)) return std::nullopt;  // vacuumed
    out.bytes += file.bytes;
  }
  for (const ScanFile& file : came) out.bytes += file.bytes;
  out.gone = "(" + scan_sql(then->columns, gone) + ")";
  out.came = "(" + scan_sql(now->columns, came) + ")";
  return out;
}

}  // namespace tidemark::lake_adapter
