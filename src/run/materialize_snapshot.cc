#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "run/publish.h"
#include "run/snapshot_sql.h"

namespace tidemark::run {

namespace {

// The time of this run in UTC as a SQL literal.
std::string now_literal() {
  std::string text = format_iso_utc(wall_now());
  std::replace(text.begin(), text.end(), 'T', ' ');
  if (text.ends_with('Z')) text.pop_back();
  return "timestamp '" + text + "'";
}

void require_snapshot(const Node& node, const SnapshotOptions& options, const std::vector<ColumnType>& columns) {
  std::vector<std::string> wanted{options.scd_id, options.updated, options.valid_from, options.valid_to};
  if (options.hard_deletes == HardDeletes::kNewRecord) wanted.push_back(options.is_deleted);
  for (const std::string& name : wanted) {
    if (std::any_of(columns.begin(), columns.end(), [&](const ColumnType& column) { return equals_ignore_case(column.name, name); })) continue;
    throw Error("TM6132", fmt::format("{} has no column '{}': it was not made by this snapshot", node.relation().render(), name))
        .hint("drop or rename it, or give the snapshot another name");
  }
}

}  // namespace

void materialize_snapshot(NodeWork& work) {
  const SnapshotOptions options = snapshot_options(work.node);
  Session& session = work.session();
  const std::optional<Relation> table = work.existing();
  const std::string now = now_literal();
  PublishRequest request;
  if (!table) {
    publish(work, session.stage({.sql = first_snapshot_sql(options, work.sql(), now), .cluster_by = {}, .partition_folders = {}}), std::move(request));
    return;
  }
  if (table->type != RelationType::kTable) throw Error("TM6132", table->render() + " is a view, not a snapshot's table");
  const std::vector<ColumnType> columns = session.columns(*table);
  require_snapshot(work.node, options, columns);
  const std::vector<ColumnType> source = session.stored_columns(session.describe(work.sql()));
  std::unique_ptr<Staged> staged =
      session.stage({.sql = next_snapshot_sql(options, work.sql(), source, table->render(), columns, now), .cluster_by = {}, .partition_folders = {}});
  work.result.counts.rows_written = 0;
  if (staged->rows() == 0) return;
  request.mode = WriteMode::kMerge;
  request.unique_key = {options.scd_id};
  if (staged->columns().size() > columns.size()) request.new_columns = staged->columns();
  publish(work, std::move(staged), std::move(request));
}

}  // namespace tidemark::run
