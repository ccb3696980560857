#include "adapter/lake/table_reader.h"

#include <algorithm>

#include "base/error.h"
#include "lake/statistics.h"

namespace tidemark::lake_adapter {

TableVersionPtr table_version(lake::SnapshotPtr snapshot) {
  auto table = std::make_shared<TableVersion>();
  const lake::Metadata& metadata = snapshot->metadata;
  for (const lake::Field& field : metadata.schema.fields) {
    const bool is_partition = std::ranges::find(metadata.partition_columns, field.name) != metadata.partition_columns.end();
    table->columns.push_back({.name = field.name, .type = lake::engine_type(field), .stored = lake::file_type(field), .is_partition = is_partition});
  }
  for (const auto& [path, add] : snapshot->files) {
    const fs::path absolute = fs::path(path).is_absolute() ? fs::path(path) : snapshot->folder / path;
    table->files.push_back(
        {.path = absolute.string(), .log_path = path, .rows = lake::rows_of(add.stats), .bytes = add.size, .partition = add.partition, .stats = add.stats});
  }
  table->snapshot = std::move(snapshot);
  return table;
}

TableState TableVersion::state() const {
  return {.version = snapshot->version,
          .committed_at_ms = snapshot->timestamp_ms,
          .own = snapshot->own,
          .own_version = snapshot->own_version,
          .foreign_since_own = snapshot->foreign_since_own,
          .data_version = snapshot->data_version,
          .data_committed_at_ms = snapshot->data_timestamp_ms};
}

lake::SnapshotRequest TableReader::request_for(const fs::path& folder) const {
  const auto pinned = past_.versions.find(folder);
  if (pinned != past_.versions.end()) return {.folder = folder, .version = pinned->second, .at_time_ms = {}, .previous = nullptr, .parquet = parquet_};
  return {.folder = folder, .version = {}, .at_time_ms = past_.time_ms, .previous = nullptr, .parquet = parquet_};
}

TableVersionPtr TableReader::find(const fs::path& folder) {
  Known known;
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(folder);
    if (found != known_.end()) known = found->second;
  }
  if (known.table && is_past(folder)) return known.table;
  if (known.table) {
    const auto entry = stat_file(lake::log_entry_path(folder, known.table->version()));
    if (!entry || *entry != known.entry) known = {};
  }
  lake::SnapshotRequest request = request_for(folder);
  if (known.table) request.previous = known.table->snapshot;
  lake::SnapshotPtr snapshot = lake::load_snapshot(request);
  if (known.table && known.table->snapshot == snapshot) return known.table;
  if (known.table && snapshot && known.table->version() == snapshot->version) return known.table;
  const TableVersionPtr table = snapshot ? table_version(std::move(snapshot)) : nullptr;
  const auto entry = table ? stat_file(lake::log_entry_path(folder, table->version())) : std::nullopt;
  const std::lock_guard lock(mutex_);
  if (table && (entry || is_past(folder))) {
    known_[folder] = {table, entry.value_or(FileStat{})};
  } else {
    known_.erase(folder);
  }
  return table;
}

TableVersionPtr TableReader::current(const fs::path& folder) {
  if (auto table = find(folder)) return table;
  throw Error("TM4202", "there is no table in " + folder.string());
}

std::string column_comment(const lake::Field& field) { return field.metadata.value("comment", std::string()); }

ColumnRange range_of(const ScanFile& file, const ScanColumn& column) {
  if (column.is_partition) {
    const auto found = file.partition.find(column.name);
    if (found == file.partition.end()) return {};
    return {.low = found->second, .high = found->second, .may_hold_nulls = !found->second};
  }
  if (file.stats.empty()) return {};
  for (const lake::ColumnStatistics& statistics : lake::decode_statistics(std::string(file.stats)).columns) {
    if (statistics.column == column.name) return {.low = statistics.min, .high = statistics.max, .may_hold_nulls = !statistics.nulls || *statistics.nulls > 0};
  }
  return {};
}

}  // namespace tidemark::lake_adapter
