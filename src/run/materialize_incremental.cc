#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "compile/strategy.h"
#include "run/contract.h"
#include "run/node_options.h"
#include "run/publish.h"
#include "run/schema_change.h"
#include "sql/columns.h"

namespace tidemark::run {

namespace {

// What an insert_overwrite replaces besides the partitions of its result: those that the body was told are affected.
PartitionSet affected_set(NodeWork& work, const std::vector<std::string>& partition_by) {
  PartitionSet set{.columns = partition_by};
  const std::vector<std::string>& asked = work.compiled.affected_columns;
  if (asked.empty()) return set;
  if (asked.size() > 1) {
    throw Error("TM6107", fmt::format("the body asks for affected_partitions() of several columns: {}", join(asked, ", ")))
        .hint("ask for those of one column of partition_by");
  }
  if (!contains_name(partition_by, asked.front())) {
    throw Error("TM6107", fmt::format("the body asks for affected_partitions('{}'), which is no column of partition_by", asked.front()))
        .hint(fmt::format("partition_by=['{}']: what is recomputed must be what is replaced", asked.front()));
  }
  const ledger::AffectedPartitions affected = work.host.files().affected(asked.front());
  set.columns = asked;
  set.is_all = affected.is_all;
  for (const std::string& value : affected.values) set.values.push_back({value});
  work.result.reason =
      affected.is_all ? affected.reason.text()
                      : fmt::format("{} affected {} of {}", affected.values.size(), affected.values.size() == 1 ? "partition" : "partitions", asked.front());
  return set;
}

WriteMode mode_of(const IncrementalOptions& options) {
  switch (options.strategy) {
    case IncrementalStrategy::kAppend:
      return WriteMode::kAppend;
    case IncrementalStrategy::kMerge:
      return options.unique_key.empty() ? WriteMode::kAppend : WriteMode::kMerge;
    case IncrementalStrategy::kDeleteInsert:
      return options.unique_key.empty() ? WriteMode::kAppend : WriteMode::kDeleteInsert;
    case IncrementalStrategy::kInsertOverwrite:
      return WriteMode::kReplacePartitions;
  }
  return WriteMode::kAppend;
}

// Nothing to compute, nothing to write: no source file has changed, and the body would restrict itself to nothing.
bool is_idle(NodeWork& work, const PartitionSet& affected) {
  return !work.compiled.affected_columns.empty() && !affected.is_all && affected.values.empty() && !work.host.files().changed();
}

void write_increment(NodeWork& work, const IncrementalOptions& options, const Relation& table, PartitionSet partitions) {
  const Layout layout = layout_of(work.node);
  work.host.files().begin();
  Session& session = work.session();
  const std::string sql = with_contract(work, work.sql());
  const SchemaChange change = reconcile_columns(on_schema_change_from(work.node.config.text("on_schema_change", "ignore")), session.columns(table),
                                                session.stored_columns(session.describe(sql)), work.node.name, session.quote_character());
  work.note_reads();
  std::unique_ptr<Staged> staged =
      session.stage({.sql = select_columns(change.select_list, sql), .cluster_by = layout.cluster_by, .partition_folders = layout.partition_folders});
  work.note_reads();
  check_constraints(work, *staged);
  PublishRequest request;
  request.mode = mode_of(options);
  request.unique_key = options.unique_key;
  request.update_columns = options.update_columns;
  request.exclude_columns = options.exclude_columns;
  request.predicates = options.predicates;
  request.partitions = std::move(partitions);
  request.new_columns = change.new_columns;
  request.cluster_by = layout.cluster_by;
  request.partition_folders = layout.partition_folders;
  publish(work, std::move(staged), std::move(request));
}

// A strategy that the project wrote: its statements run one after the other.
void run_strategy(NodeWork& work, const resolve::Macro& macro, const std::string& name, const Relation& table) {
  Session& session = work.session();
  const std::string sql = with_contract(work, work.sql());
  const std::vector<ColumnType> columns = session.columns(table);
  const SchemaChange change = reconcile_columns(on_schema_change_from(work.node.config.text("on_schema_change", "ignore")), columns,
                                                session.stored_columns(session.describe(sql)), work.node.name, session.quote_character());
  if (!change.new_columns.empty()) {
    throw Error("TM6110", fmt::format("the columns of '{}' changed, and its strategy '{}' is the project's own", work.node.name, name))
        .hint("run it with --full-refresh, or set on_schema_change to ignore or fail");
  }
  Relation temp;
  temp.database = "temp";
  temp.schema = "main";
  temp.identifier = work.node.alias + "__dbt_tmp";
  session.execute(fmt::format("create or replace temp table {} as {}", quote_identifier(temp.identifier), select_columns(change.select_list, sql)));
  work.note_reads();
  const resolve::Resolved& project = work.run.context.compiler.project();
  work.run.published = true;
  const int64_t rows = session.execute(compile::strategy_sql(project, macro, work.compiled, {temp, columns}, work.host));
  session.execute("drop table if exists temp.main." + quote_identifier(temp.identifier));
  work.result.strategy = name;
  if (rows >= 0) work.result.counts.rows_written = rows;
}

}  // namespace

void materialize_incremental(NodeWork& work) {
  const std::string word = work.node.config.text("incremental_strategy", "default");
  const resolve::Macro* own = compile::find_strategy(work.run.context.compiler.project(), work.node, word);
  const IncrementalOptions options = own != nullptr ? IncrementalOptions() : incremental_options(work.node);
  const std::optional<Relation> table = work.existing();
  if (!table || table->type != RelationType::kTable || work.full_refresh()) {
    work.result.strategy = "rebuild";
    work.result.reason = !table ? "first build" : work.full_refresh() ? "full refresh" : "it was no table";
    rebuild_table(work, work.sql());
    return;
  }
  if (own != nullptr) return run_strategy(work, *own, word, *table);
  work.result.strategy = to_string(options.strategy);
  PartitionSet partitions;
  if (options.strategy == IncrementalStrategy::kInsertOverwrite) {
    const std::vector<std::string> partition_by = partition_columns(work.node);
    partitions = affected_set(work, partition_by);
    if (partition_by.empty()) partitions.is_all = true;  // as Spark does it: without partitions, the whole table
    if (is_idle(work, partitions)) {
      work.result.reason = "no source file has changed";
      work.result.counts.partitions_written = 0;
      work.result.counts.rows_written = 0;
      return;
    }
  }
  write_increment(work, options, *table, std::move(partitions));
}

}  // namespace tidemark::run
