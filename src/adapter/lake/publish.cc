#include "adapter/lake/publish.h"

#include <algorithm>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "adapter/lake/table_change.h"
#include "adapter/lake/table_commit.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "sql/columns.h"

namespace tidemark::lake_adapter {
namespace {

// Foreign writers may commit between the reading of a version and ours; each time the change is planned anew.
constexpr int kAttempts = 10;

class LakeStaged : public Staged {
 public:
  LakeStaged(std::vector<ScanColumn> columns, StagedFiles files) : lake_columns_(std::move(columns)), files_(std::move(files)) {
    for (const ScanColumn& column : lake_columns_) columns_.push_back({column.name, column.type});
  }

  const std::vector<ColumnType>& columns() const override { return columns_; }
  int64_t rows() const override { return files_.rows(); }
  int64_t bytes() const override { return files_.bytes(); }
  std::string scan() const override { return "(" + scan_sql(lake_columns_, files_.scan_files()) + ")"; }

  StagedFiles& files() { return files_; }
  const std::vector<ScanColumn>& lake_columns() const { return lake_columns_; }

 private:
  std::vector<ColumnType> columns_;
  std::vector<ScanColumn> lake_columns_;
  StagedFiles files_;
};

void mark_partitions(std::vector<ScanColumn>& columns, const std::vector<std::string>& folders) {
  for (ScanColumn& column : columns) column.is_partition = contains_name(folders, column.name);
  for (const std::string& folder : folders) {
    const bool known = std::ranges::any_of(columns, [&](const ScanColumn& c) { return equals_ignore_case(c.name, folder); });
    if (!known) throw Error("TM4206", fmt::format("'{}' is to become folders but is no column of the query", folder));
  }
  if (!columns.empty() && std::ranges::all_of(columns, &ScanColumn::is_partition))
    throw Error("TM4206", "a table needs a column besides those that become folders");
}

class Publication {
 public:
  Publication(Warehouse& warehouse, duckdb::Connection& connection, LakeStaged& staged, const PublishRequest& request, const PublishDetails& details)
      : warehouse_(warehouse), connection_(connection), staged_(staged), request_(request), details_(details), target_(warehouse.resolve(request.target)) {}

  PublishResult run() {
    const fs::path schema = warehouse_.layout.schema_folder(target_.schema);
    make_directories(schema);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      if (const auto result = try_once()) return *result;
    }
    throw Error("TM4205", fmt::format("{} was changed by somebody else at each of {} attempts to commit", target_.render(), kAttempts));
  }

 private:
  std::optional<PublishResult> try_once() {
    const fs::path folder = warehouse_.layout.table_folder(target_.schema, target_.identifier);
    const auto before = warehouse_.tables.find(folder);
    check_version(before.get());
    const std::vector<ScanColumn> columns = columns_after(before.get());

    TargetTable target;
    if (before) target = {.version = before->version(), .columns = before->columns, .files = before->files};
    const StagedRows rows{.columns = staged_.lake_columns(), .files = &staged_.files()};
    ChangeRequest change_request{.publish = &request_,
                                 .columns = columns,
                                 .layout = layout_of(columns),
                                 .free_space_reserve = warehouse_.options.free_space_reserve,
                                 .delete_where = details_.delete_where,
                                 .delete_alias = details_.delete_alias};
    TableChange change = plan_change(connection_, warehouse_.layout, target, rows, change_request);

    make_directories(folder);
    if (change.adds_staged) staged_.files().move_into(folder);
    for (StagedFiles& files : change.written) files.move_into(folder);
    crash_point("lake.publish.before_commit");
    const TableCommit commit = commit_of(folder, before, columns, change);
    const auto version = commit_table(commit, warehouse_.tables.parquet());
    if (!version) return std::nullopt;
    crash_point("lake.publish.after_commit");
    PublishResult result = result_of(change, commit);
    result.version = *version;
    if (change.adds_staged) staged_.files().release();
    for (StagedFiles& files : change.written) files.release();
    remove_view(warehouse_, target_);  // the table has hidden it since the commit
    return result;
  }

  void check_version(const TableVersion* before) const {
    if (!request_.expected_version) return;
    const int64_t version = before ? before->version() : -1;
    if (version == *request_.expected_version) return;
    throw Error("TM4205", fmt::format("{} is at version {}, not at {}: somebody else has changed it since this run looked", target_.render(), version,
                                      *request_.expected_version))
        .hint("run again: the next run starts from what is there now");
  }

  std::vector<ScanColumn> columns_after(const TableVersion* before) const {
    std::vector<ScanColumn> columns;
    if (!request_.new_columns.empty()) {
      columns = lake_columns(request_.new_columns);
    } else if (!before || request_.mode == WriteMode::kReplace) {
      columns = staged_.lake_columns();
    } else {
      columns = before->columns;
      if (details_.delete_where.empty()) refuse_missing(columns);
    }
    if (!before || request_.mode == WriteMode::kReplace) {
      mark_partitions(columns, request_.partition_folders);
    } else {
      std::vector<std::string> folders;
      for (const ScanColumn& column : before->columns) {
        if (column.is_partition) folders.push_back(column.name);
      }
      mark_partitions(columns, folders);
    }
    return columns;
  }

  // A column that the query no longer gives would silently become NULL.
  void refuse_missing(const std::vector<ScanColumn>& columns) const {
    for (const ScanColumn& column : columns) {
      const bool given = std::ranges::any_of(staged_.columns(), [&](const ColumnType& c) { return equals_ignore_case(c.name, column.name); });
      const bool kept = request_.mode == WriteMode::kMerge && !updates(column.name);
      if (!given && !kept) throw Error("TM4206", fmt::format("the query gives no column '{}' of {}", column.name, target_.render()));
    }
  }

  bool updates(const std::string& column) const {
    if (!request_.update_columns.empty()) return contains_name(request_.update_columns, column);
    return !contains_name(request_.exclude_columns, column);
  }

  WriteLayout layout_of(const std::vector<ScanColumn>& columns) const {
    WriteLayout layout{.cluster_by = request_.cluster_by, .partition_folders = {}};
    for (const ScanColumn& column : columns) {
      if (column.is_partition) layout.partition_folders.push_back(column.name);
    }
    return layout;
  }

  std::string operation(const TableVersion* before) const {
    if (!details_.operation.empty()) return details_.operation;
    if (!before) return "CREATE TABLE AS SELECT";
    return request_.mode == WriteMode::kMerge ? "MERGE" : "WRITE";
  }

  // Fits after whatever others commit, but for a change of columns.
  bool is_blind_append(const TableVersion* before) const {
    const bool appends = request_.mode == WriteMode::kAppend || (request_.mode == WriteMode::kMerge && request_.unique_key.empty());
    return before && appends && request_.new_columns.empty() && !request_.expected_version && details_.delete_where.empty();
  }

  TableCommit commit_of(const fs::path& folder, const TableVersionPtr& before, const std::vector<ScanColumn>& columns, const TableChange& change) {
    TableCommit commit{.folder = folder,
                       .before = before,
                       .removed = change.removed,
                       .added = {},
                       .columns = columns,
                       .description = request_.description,
                       .column_descriptions = {request_.column_descriptions.begin(), request_.column_descriptions.end()},
                       .is_blind_append = is_blind_append(before.get()),
                       .operation = operation(before.get()),
                       .own = request_.commit};
    if (change.adds_staged) commit.added.push_back(&staged_.files());
    for (const StagedFiles& files : change.written) commit.added.push_back(&files);
    const bool keeps = before && (details_.keeps_description || request_.mode != WriteMode::kReplace);
    if (keeps && commit.description.empty()) commit.description = before->snapshot->metadata.description;
    if (keeps && commit.column_descriptions.empty()) commit.column_descriptions = column_comments(*before);
    return commit;
  }

  PublishResult result_of(const TableChange& change, const TableCommit& commit) const {
    PublishResult result;
    for (const StagedFiles* files : commit.added) {
      result.rows_written += files->rows();
      result.bytes_written += files->bytes();
      result.files_added += static_cast<int64_t>(files->files().size());
    }
    result.rows_inserted = staged_.rows();
    result.rows_deleted = change.rows_deleted;
    result.files_removed = static_cast<int64_t>(change.removed.size());
    result.partitions_written = change.partitions;
    return result;
  }

  Warehouse& warehouse_;
  duckdb::Connection& connection_;
  LakeStaged& staged_;
  const PublishRequest& request_;
  const PublishDetails& details_;
  Relation target_;
};

}  // namespace

std::unique_ptr<Staged> stage_rows(Warehouse& warehouse, duckdb::Connection& connection, const StageRequest& request) {
  warehouse.require_present();
  const std::vector<ColumnType> given = connection.describe(request.sql);
  std::vector<ScanColumn> columns = lake_columns(given);
  mark_partitions(columns, request.partition_folders);
  make_directories(internal_folder(warehouse.layout.warehouse()));
  require_free_space(warehouse.layout.warehouse(), 0, warehouse.options.free_space_reserve);
  const WriteLayout layout{.cluster_by = request.cluster_by, .partition_folders = request.partition_folders};
  StagedFiles files = StagedFiles::write(connection, stored_query(columns, given, request.sql), warehouse.layout.staging_folder(), layout);
  return std::make_unique<LakeStaged>(std::move(columns), std::move(files));
}

PublishResult publish_rows(Warehouse& warehouse, duckdb::Connection& connection, std::unique_ptr<Staged> staged, const PublishRequest& request,
                           const PublishDetails& details) {
  auto* rows = dynamic_cast<LakeStaged*>(staged.get());
  if (!rows) throw Error("TM9401", "rows staged by another adapter");
  return Publication(warehouse, connection, *rows, request, details).run();
}

void discard_folder(Warehouse& warehouse, const fs::path& folder) {
  const fs::path aside = warehouse.layout.staging_folder();
  make_directories(aside.parent_path());
  std::error_code fault;
  fs::rename(folder, aside, fault);
  if (fault == std::errc::no_such_file_or_directory) return;
  if (fault) throw Error("TM4902", "cannot remove " + folder.string() + ": " + fault.message());
  sync_directory(folder.parent_path());
  crash_point("lake.drop.renamed");
  fs::remove_all(aside, fault);  // what stays is swept by the next run
}

}  // namespace tidemark::lake_adapter
