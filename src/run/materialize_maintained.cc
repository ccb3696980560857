// materialized_view: a table that is kept equal to its truth, for the cost of what changed.
#include <algorithm>

#include <fmt/format.h>

#include "adapter/table.h"
#include "base/strings.h"
#include "ledger/sql_literal.h"
#include "run/contract.h"
#include "run/contributions.h"
#include "run/maintained_model.h"
#include "run/node_options.h"
#include "run/publish.h"

namespace tidemark::run {

namespace {

using plan::Strategy;

std::unique_ptr<Staged> stage_result(NodeWork& work, const std::string& sql) {
  const Layout layout = layout_of(work.node);
  std::unique_ptr<Staged> staged = work.host.inner().stage({.sql = sql, .cluster_by = layout.cluster_by, .partition_folders = layout.partition_folders});
  check_constraints(work, *staged);
  return staged;
}

PublishRequest request_for(const NodeWork& work, WriteMode mode, Json commit) {
  const Layout layout = layout_of(work.node);
  PublishRequest request;
  request.mode = mode;
  request.cluster_by = layout.cluster_by;
  request.partition_folders = layout.partition_folders;
  request.commit = std::move(commit);
  return request;
}

void tell(NodeWork& work, Strategy strategy, const Reason& reason) {
  work.result.strategy = plan::to_string(strategy);
  work.result.reason = reason.text();
}

// The table is what this run's result may be compared with: tidemark's own, with the columns that the result has.
bool has_comparable_table(NodeWork& work, const MaintainedModel& model) {
  if (!model.state() || !model.state()->own || model.state()->foreign_since_own || work.full_refresh()) return false;
  const std::optional<Relation> table = work.existing();
  return table && table->type == RelationType::kTable;
}

bool is_comparable(NodeWork& work, const MaintainedModel& model, const Staged& staged) {
  return has_comparable_table(work, model) && work.host.inner().columns(work.node.relation()) == staged.columns();
}

std::string type_of(const std::vector<ColumnType>& columns, const std::string& name) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const ColumnType& column) { return column.name == name; });
  return found == columns.end() ? std::string() : found->type;
}

// Only what differs is written: by partition where there is such a column, else all or nothing. `among`: the staged rows are
// those of these partitions only, and no others differ.
void publish_difference(NodeWork& work, const std::string& partition, const std::optional<std::vector<std::string>>& among, std::unique_ptr<Staged> staged,
                        Json commit) {
  Session& session = work.host.inner();
  const std::vector<ColumnType> columns = staged->columns();
  const std::string type = type_of(columns, partition);
  const bool by_partition = !type.empty() && ledger::has_literals(type);
  std::string published = work.node.relation().render();
  if (among) published = fmt::format("(SELECT * FROM {} WHERE {}) AS published", published, plan::partition_predicate(partition, *among));
  const Table differing = session.query(plan::difference_sql(staged->scan(), published, columns, by_partition ? partition : std::string()));
  if (!differing.rows.empty() && !by_partition) return publish(work, std::move(staged), request_for(work, WriteMode::kReplace, std::move(commit)));
  PublishRequest request = request_for(work, WriteMode::kReplacePartitions, std::move(commit));
  std::vector<std::string> values;
  for (const Row& row : differing.rows) values.push_back(ledger::sql_literal(row.at(0), type));
  request.partitions.columns = {by_partition ? partition : columns.front().name};  // where nothing differs, any column will do
  for (const std::string& value : values) request.partitions.values.push_back({value});
  const std::string rows = values.empty() ? "false" : plan::partition_predicate(partition, values);
  std::unique_ptr<Staged> changed = stage_result(work, fmt::format("SELECT * FROM {} AS computed WHERE {}", staged->scan(), rows));
  staged.reset();
  publish(work, std::move(changed), std::move(request));
  work.result.counts.partitions_written = static_cast<int64_t>(values.size());
}

constexpr size_t kMostAffected = 2000;

// Partitions beyond which no row of the result can differ from the committed one; nullopt: any may.
std::optional<std::vector<std::string>> affected_partitions(NodeWork& work, MaintainedModel& model, const Contributed& contributed) {
  const plan::Maintenance& maintenance = model.maintenance();
  if (contributed.rebuilt || !contributed.changed || maintenance.no_partitions || work.host.files().distrust()) return std::nullopt;
  const std::vector<std::string>& names = maintenance.query->names;
  const auto column = static_cast<size_t>(std::find(names.begin(), names.end(), maintenance.partition_column) - names.begin());
  const std::optional<size_t> key = plan::key_of_column(*maintenance.query, *maintenance.cut, column);
  if (!key) return std::nullopt;
  const std::string& type = maintenance.cut->columns[*key].type;
  if (!ledger::has_literals(type) || type == "DOUBLE" || type == "FLOAT") return std::nullopt;
  std::vector<std::string> out;
  if (contributed.changed->empty()) return out;
  const std::string rows = plan::block_rows(*maintenance.query, *maintenance.cut, contributed.table, {false, *contributed.changed}, work.host.inner().parser());
  const Table values = work.host.inner().query(fmt::format("SELECT DISTINCT {} AS p FROM {}", maintenance.cut->columns[*key].sql, rows));
  if (values.rows.size() > kMostAffected) return std::nullopt;
  for (const Row& row : values.rows) out.push_back(ledger::sql_literal(row.at(0), type));
  return out;
}

void add_measured(Json& commit, const MaintainedModel& model) {
  if (!model.measured().is_null()) commit["measured"] = model.measured();
}

void merge(NodeWork& work, MaintainedModel& model) {
  const Contributed contributed = contribute(work, model, work.full_refresh());
  const plan::Maintenance& maintenance = model.maintenance();
  std::string sql =
      plan::merged_sql(*maintenance.query, *maintenance.cut, contributed.table, contributed.filter, maintenance.query->names, work.host.inner().parser());
  const auto affected = has_comparable_table(work, model) ? affected_partitions(work, model, contributed) : std::nullopt;
  if (affected) sql = fmt::format("SELECT * FROM ({}) AS merged WHERE {}", sql, plan::partition_predicate(maintenance.partition_column, *affected));
  std::unique_ptr<Staged> staged = stage_result(work, with_contract(work, sql));
  Json commit{{"contributions", contributed.reference}};
  add_measured(commit, model);
  if (contributed.rebuilt) {
    tell(work, Strategy::kRebuild, contributed.reason);
  } else {
    const std::vector<ledger::LedgerTable> tables = work.host.files().changed_tables();
    const Reason beside = tables.empty() ? Reason() : make_reason("table_changed", join(tables.front().name, "."));
    tell(work, contributed.files_read > 0 || work.host.files().changed() ? Strategy::kMerge : Strategy::kUpper, beside);
  }
  if (is_comparable(work, model, *staged)) {
    publish_difference(work, maintenance.partition_column, affected, std::move(staged), std::move(commit));
  } else {
    if (affected) throw Error("TM9602", fmt::format("the columns of {} are not those of its unchanged query", work.node.relation().render()));
    publish(work, std::move(staged), request_for(work, WriteMode::kReplace, std::move(commit)));
  }
  compact_contributions(work, model);
}

sql::FilesOf files_in(std::map<std::string, std::vector<ledger::SourceFile>> by_scan) {
  return [by_scan = std::move(by_scan)](const sql::Rel& rel) {
    std::vector<std::string> paths;
    if (const auto found = by_scan.find(rel.scan.key()); found != by_scan.end()) {
      for (const ledger::SourceFile& file : found->second) paths.push_back(file.path);
    }
    return paths;
  };
}

void recompute_partitions(NodeWork& work, MaintainedModel& model, const ledger::AffectedPartitions& affected) {
  const plan::Maintenance& maintenance = model.maintenance();
  Json commit = Json::object();
  add_measured(commit, model);
  PublishRequest request = request_for(work, WriteMode::kReplacePartitions, std::move(commit));
  request.partitions.columns = {maintenance.partition_column};
  request.partitions.is_complete = true;
  // Nobody else holds the warehouse where there is a lock.
  if (work.host.inner().translates() && model.state()) request.expected_version = model.state()->version;
  for (const std::string& value : affected.values) request.partitions.values.push_back({value});
  const std::string sql = plan::partitions_sql(maintenance, affected.values, files_in(model.holding(affected)), work.host.inner().parser());
  publish(work, stage_result(work, with_contract(work, sql)), std::move(request));
}

void rebuild(NodeWork& work, MaintainedModel& model) {
  const plan::Maintenance& maintenance = model.maintenance();
  const bool as_written = !maintenance.query || (work.host.inner().translates() && enforces_contract(work.node));
  if (as_written) return rebuild_table(work, work.sql());
  std::unique_ptr<Staged> staged;
  try {
    staged = stage_result(work, with_contract(work, truth_of(work.run, maintenance, work.sql(), work.host.inner().parser())));
  } catch (const Error& fault) {
    const bool has_no_form = work.host.inner().translates() && fault.code() == "TM4420";
    if (!has_no_form) throw;
    work.result.reason = make_reason("other_sql", fault.message()).text();
    return rebuild_table(work, work.sql());
  }
  Json commit = Json::object();
  add_measured(commit, model);
  publish(work, std::move(staged), request_for(work, WriteMode::kReplace, std::move(commit)));
}

}  // namespace

void materialize_maintained(NodeWork& work) {
  if (work.run.context.options.empty)
    throw Error("TM6130", "--empty cannot be used on a materialized_view: it would replace the maintained table").hint("exclude it, or use it on its views");
  if (work.run.context.options.sample)
    throw Error("TM6130", "--sample cannot be used on a materialized_view: it would replace the maintained table").hint("exclude it, or use it on its views");
  const std::optional<Relation> table = work.existing();
  MaintainedModel model(work.run, work.host.inner(), work.host.files(), work.node, work.sql());
  const bool was_table = table && table->type == RelationType::kTable;
  // The sampled file is one of those that are read: its bytes add up, itself does not count twice.
  const MaintainedDecision decision = model.decide(work.full_refresh() || !was_table, [&] { work.note_reads(); });
  tell(work, decision.strategy, !was_table && decision.reason.code == "full_refresh" ? make_reason("first_build") : decision.reason);
  switch (decision.strategy) {
    case Strategy::kUnchanged:
      work.result.counts.rows_written = 0;
      work.result.counts.partitions_written = 0;
      return;
    case Strategy::kMerge:
      return merge(work, model);
    case Strategy::kPartitions:
      return recompute_partitions(work, model, *decision.affected);
    default:
      return rebuild(work, model);
  }
}

}  // namespace tidemark::run
