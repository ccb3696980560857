#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "adapter/lake/maintenance.h"
#include "adapter/lake/staged_files.h"
#include "adapter/lake/table_change.h"
#include "adapter/lake/table_commit.h"
#include "base/error.h"
#include "base/file_system.h"

namespace tidemark::lake_adapter {
namespace {

constexpr int kAttempts = 10;

// Small files, where a partition folder has enough of them.
std::vector<size_t> small_files(const TableVersion& table, const CompactRequest& request) {
  std::map<std::map<std::string, std::optional<std::string>>, std::vector<size_t>> by_partition;
  for (size_t i = 0; i < table.files.size(); ++i) {
    if (table.files[i].bytes < request.small_file_bytes) by_partition[table.files[i].partition].push_back(i);
  }
  std::vector<size_t> out;
  for (const auto& [partition, files] : by_partition) {
    if (static_cast<int64_t>(files.size()) >= std::max<int64_t>(request.least_files, 2)) out.insert(out.end(), files.begin(), files.end());
  }
  return out;
}

WriteLayout layout_of(const TableVersion& table, const CompactRequest& request) {
  WriteLayout layout{.cluster_by = request.cluster_by, .partition_folders = {}};
  for (const ScanColumn& column : table.columns) {
    if (column.is_partition) layout.partition_folders.push_back(column.name);
  }
  return layout;
}

std::optional<CompactResult> try_once(Warehouse& warehouse, duckdb::Connection& connection, const CompactRequest& request, const fs::path& folder) {
  const TableVersionPtr before = warehouse.tables.current(folder);
  const std::vector<size_t> small = small_files(*before, request);
  if (small.empty()) return CompactResult{.version = before->version(), .files_removed = 0, .files_added = 0, .bytes_written = 0};
  std::vector<ScanFile> files;
  uint64_t bytes = 0;
  for (const size_t i : small) {
    files.push_back(before->files[i]);
    bytes += static_cast<uint64_t>(before->files[i].bytes);
  }
  require_free_space(warehouse.layout.warehouse(), bytes, warehouse.options.free_space_reserve);
  const std::string select = stored_select(before->columns, scan_sql(before->columns, files));
  StagedFiles written = StagedFiles::write(connection, select, warehouse.layout.staging_folder(), layout_of(*before, request));
  written.move_into(folder);
  crash_point("lake.compact.before_commit");
  const lake::Snapshot& snapshot = *before->snapshot;
  TableCommit commit{.folder = folder,
                     .before = before,
                     .removed = small,
                     .added = {&written},
                     .columns = before->columns,
                     .description = snapshot.metadata.description,
                     .column_descriptions = column_comments(*before),
                     .is_blind_append = false,
                     .lays_out_anew = true,
                     .operation = "OPTIMIZE",
                     .own = nullptr};
  // What the newest own commit carried still holds, unless somebody else has been here since.
  if (snapshot.own && !snapshot.foreign_since_own) commit.own = *snapshot.own;
  const auto version = commit_table(commit, warehouse.tables.parquet());
  if (!version) return std::nullopt;
  CompactResult result{.version = *version,
                       .files_removed = static_cast<int64_t>(small.size()),
                       .files_added = static_cast<int64_t>(written.files().size()),
                       .bytes_written = written.bytes()};
  written.release();
  return result;
}

}  // namespace

CompactResult compact_table(Warehouse& warehouse, duckdb::Connection& connection, const CompactRequest& request) {
  warehouse.require_present();
  const Relation name = warehouse.resolve(request.table);
  const fs::path folder = warehouse.layout.table_folder(name.schema, name.identifier);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (const auto result = try_once(warehouse, connection, request, folder)) return *result;
  }
  throw Error("TM4205", fmt::format("{} was changed by somebody else at each of {} attempts to compact it", name.render(), kAttempts));
}

}  // namespace tidemark::lake_adapter
