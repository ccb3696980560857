#include "run/maintained_model.h"

#include <algorithm>

#include <fmt/format.h>

#include "adapter/table.h"
#include "base/hash.h"
#include "base/strings.h"
#include "ledger/sql_literal.h"
#include "run/node_options.h"

namespace tidemark::run {

namespace {

class RunCatalogue : public sql::Catalogue {
 public:
  RunCatalogue(Session& session, ledger::Observation& observation, const ledger::Ledger* before)
      : session_(session), observation_(observation), before_(before) {}

  SqlParser& parser() override { return session_.parser(); }
  std::vector<ColumnType> file_columns(const sql::FileScan& scan) override {
    const std::vector<ledger::SourceFile>& files = observation_.files(scan.patterns);
    if (scan.is_text()) {
      const sql::ScanFormPtr form = observation_.form(scan, session_);
      return form ? form->columns : std::vector<ColumnType>();
    }
    if (!files.empty()) return observation_.bound_schema(files, session_);
    const ledger::LedgerSource* known = before_ != nullptr ? before_->find_source(scan.key()) : nullptr;
    return known != nullptr ? known->bound : std::vector<ColumnType>();
  }
  std::vector<std::string> file_paths(const sql::FileScan& scan) override { return observation_.paths(scan.patterns); }
  sql::ScanFormPtr file_form(const sql::FileScan& scan) override { return observation_.form(scan, session_); }
  std::optional<std::string> view_sql(const std::vector<std::string>& name) override {
    std::optional<ViewDefinition> view = session_.view(relation_named(name));
    return view ? std::optional(std::move(view->sql)) : std::nullopt;
  }
  std::vector<ColumnType> describe(const std::string& sql) override { return session_.describe(sql); }

 private:
  Session& session_;
  ledger::Observation& observation_;
  const ledger::Ledger* before_;
};

// Settings of the session that a row's values may depend on.
std::string pinned_settings(Session& session) {
  const Table settings =
      session.query("select current_setting('TimeZone') || ' ' || current_setting('default_collation') || ' ' || current_setting('Calendar')");
  return settings.rows.at(0).at(0).text();
}

// What another engine's SQL cannot be read as, or what has no form in it, is a reason, not a fault.
plan::Maintenance not_analysed(const Error& fault) {
  static const std::set<std::string> kCodes{"TM4110", "TM4130", "TM4131", "TM4420"};
  if (!kCodes.contains(fault.code())) throw fault;
  plan::Maintenance out;
  out.not_analysed = out.inexact = out.no_merge = out.no_partitions = make_reason("other_sql", split(fault.message(), '\n').front());
  return out;
}

}  // namespace

plan::Maintenance analyse_model(RunState& run, Session& session, const Node& node, const std::string& sql, const ledger::LoadedLedger* before) {
  RunCatalogue catalogue(session, run.context.observation, before != nullptr && before->ledger ? &*before->ledger : nullptr);
  const bool exact = run.context.adapter.capabilities().exact_doubles;
  if (!session.translates()) return plan::analyse(sql, partition_columns(node), catalogue, exact);
  try {
    return plan::analyse(session.plan_text(sql), partition_columns(node), catalogue, exact);
  } catch (const Error& fault) {
    return not_analysed(fault);
  }
}

std::string truth_of(RunState& run, const plan::Maintenance& maintenance, const std::string& sql, SqlParser& parser) {
  if (!maintenance.query) return sql;
  const auto all = [&](const sql::Rel& rel) {
    std::vector<std::string> paths;
    for (const ledger::SourceFile& file : run.context.observation.files(rel.scan.patterns)) paths.push_back(file.path);
    return paths;
  };
  return plan::truth_sql(maintenance, all, parser);
}

MaintainedModel::MaintainedModel(RunState& run, Session& session, NodeFiles& files, const Node& node, std::string sql)
    : run_(run), session_(session), files_(files), node_(node), sql_(std::move(sql)), state_(session.state(node.relation())) {}

plan::Maintain MaintainedModel::configured() const { return plan::maintain_from(node_.config.text("maintain", "auto")); }

const plan::Maintenance& MaintainedModel::maintenance() {
  if (!maintenance_) maintenance_ = analyse_model(run_, session_, node_, sql_, files_.previous());
  return *maintenance_;
}

namespace {

constexpr int64_t kSampledRows = 200'000;
constexpr int64_t kFewRows = 20'000;    // of these nobody needs to ask
constexpr double kManyGroups = 0.5;     // of a row: contributions would be nearly as large as the files
constexpr double kManyForTables = 0.2;  // the same, where the tables could be joined before

}  // namespace

double MaintainedModel::groups_per_row(const plan::Cut& cut) {
  plan::ContributingFiles files;
  for (const sql::FileScan& scan : scans()) {
    const std::vector<ledger::SourceFile> all = observed(scan);
    if (all.empty()) continue;
    const auto largest = std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.stat.size < b.stat.size; });
    files[scan.key()] = {{largest->path, 0}};
  }
  const Table found = session_.query(plan::groups_sql(*maintenance().query, cut, files, kSampledRows, session_.parser()));
  const int64_t groups = found.rows.at(0).at(0).as_integer(), rows = found.rows.at(0).at(1).as_integer();
  measured_ = Json{{"key", contribution_key(cut)}, {"groups", groups}, {"rows", rows}};
  return rows < kFewRows ? 0 : static_cast<double>(groups) / static_cast<double>(rows);
}

void MaintainedModel::choose_contributions() {
  const plan::Maintenance& known = maintenance();
  if (known.no_merge || known.cut->keyed) return;
  const std::string committed = committed_contributions().is_null() ? std::string() : committed_contributions().value("key", "");
  if (committed == contribution_key()) return;
  const auto join_first = [&] {
    maintenance_->cut = maintenance_->cut_with_tables;
    maintenance_->cut_with_tables.reset();
  };
  if (known.cut_with_tables && committed == contribution_key(*known.cut_with_tables)) return join_first();
  const auto ratio = [&](const plan::Cut& cut) {
    const Json before = state_ && state_->own ? state_->own->value("measured", Json()) : Json();
    if (!before.is_object() || before.value("key", "") != contribution_key(cut)) return groups_per_row(cut);
    measured_ = before;
    return before.value("rows", int64_t{0}) < kFewRows ? 0 : before.value("groups", 0.0) / before.value("rows", 1.0);
  };
  if (known.cut_with_tables && ratio(*known.cut) > kManyForTables) join_first();
  if (const double many = ratio(*maintenance().cut); many > kManyGroups && configured() == plan::Maintain::kAuto)
    maintenance_ = known.without_merge(make_reason("groups_like_rows", fmt::format("{:.2f} groups a row", many)));
}

MaintainedDecision MaintainedModel::decide(bool full_refresh, const std::function<void()>& sampled) {
  const plan::Maintain maintain = configured();
  const Reason distrust = files_.distrust_but_tables();
  const std::vector<ledger::LedgerTable> changed_tables = files_.changed_tables();
  MaintainedDecision out;
  if (!full_refresh && !distrust && !files_.changed() && changed_tables.empty()) {
    out.strategy = plan::Strategy::kUnchanged;
    out.reason = make_reason("nothing_changed");
    return out;
  }
  maintenance();
  choose_contributions();
  if (sampled && !measured_.is_null()) sampled();
  out.maintenance = maintenance();
  plan::check_allowed(*out.maintenance, maintain);
  out.strategy = out.maintenance->strategy(maintain);
  out.reason = out.maintenance->reason(maintain);
  // Contributions say themselves which partitions a file touches.
  files_.keep_columns(out.strategy == plan::Strategy::kPartitions ? std::vector<std::string>{out.maintenance->partition_column} : std::vector<std::string>());
  // A contract is checked on the SQL as it is written.
  if (session_.translates() && enforces_contract(node_) && out.strategy == plan::Strategy::kPartitions) {
    out.strategy = plan::Strategy::kRebuild;
    out.reason = make_reason("other_sql", "an enforced contract");
  }
  if (full_refresh && out.strategy != plan::Strategy::kMerge) {
    out.strategy = plan::Strategy::kRebuild;
    out.reason = make_reason("full_refresh");
  }
  if (out.strategy == plan::Strategy::kPartitions) {
    out.affected = files_.affected_by_files(out.maintenance->partition_column);
    if (!out.affected->is_all) add_changes_of_tables(changed_tables, *out.affected);
    if (out.affected->is_all) {
      out.strategy = plan::Strategy::kRebuild;
      out.reason = out.affected->reason;
    }
  }
  return out;
}

// Beyond these a rebuild is cheaper than to look for each.
constexpr size_t kMostPartitions = 20'000;

void MaintainedModel::add_changes_of_tables(const std::vector<ledger::LedgerTable>& changed, ledger::AffectedPartitions& affected) {
  std::set<std::string> values(affected.values.begin(), affected.values.end());
  for (const ledger::LedgerTable& table : changed) {
    const Reason fault = changed_values(table, values);
    affected.is_all = bool(fault);
    affected.reason = fault;
    affected.values.clear();
    if (fault) return;
  }
  affected.is_all = values.size() > kMostPartitions;
  if (affected.is_all) {
    affected.reason = make_reason("too_many_partitions", std::to_string(values.size()));
  } else {
    affected.values.assign(values.begin(), values.end());
  }
}

Reason MaintainedModel::changed_values(const ledger::LedgerTable& table, std::set<std::string>& values) {
  const plan::Maintenance& known = maintenance();
  const std::string shown = join(table.name, ".");
  if (!known.local_tables.contains(table.name)) return make_reason("table_changed", shown);
  const auto delta = session_.delta(relation_named(table.name), table.version, table.committed_at_ms);
  if (!delta) return make_reason("table_changed", shown + "; what it was is not kept any more");
  const std::string sql = plan::changed_values_sql(known, table.name, delta->gone, delta->came, session_.parser());
  if (sql.empty()) return make_reason("table_changed", shown);
  const auto column = std::find_if(known.columns.begin(), known.columns.end(), [&](const ColumnType& one) { return one.name == known.partition_column; });
  for (const Row& row : session_.query(sql).rows) values.insert(ledger::sql_literal(row.at(0), column->type));
  return {};
}

std::vector<ledger::SourceFile> MaintainedModel::observed(const sql::FileScan& scan) const { return run_.context.observation.files(scan.patterns); }

const std::vector<sql::FileScan>& MaintainedModel::scans() {
  if (scans_) return *scans_;
  scans_.emplace();
  if (!maintenance().query) return *scans_;
  for (const sql::RelPtr& rel : sql::relations_below(*maintenance().query, maintenance().query->root)) {
    const bool known = std::any_of(scans_->begin(), scans_->end(), [&](const sql::FileScan& scan) { return scan.key() == rel->scan.key(); });
    if (rel->op == sql::Op::kFiles && !known) scans_->push_back(rel->scan);
  }
  return *scans_;
}

std::map<std::string, std::vector<ledger::SourceFile>> MaintainedModel::holding(const ledger::AffectedPartitions& affected) {
  std::map<std::string, std::vector<ledger::SourceFile>> out;
  const ledger::Ledger& before = *files_.previous()->ledger;
  const auto column = static_cast<size_t>(before.find_column(affected.column));
  for (const sql::FileScan& scan : scans()) {
    const ledger::LedgerSource* source = before.find_source(scan.key());
    const std::set<std::string> holds = source != nullptr ? plan::files_holding(*source, before, column, affected.values) : std::set<std::string>();
    for (const ledger::SourceFile& file : observed(scan)) {
      const bool known = source != nullptr && source->files.contains(file.path) && source->files.at(file.path).file == file;
      if (!known || holds.contains(file.path)) out[scan.key()].push_back(file);
    }
  }
  return out;
}

Relation MaintainedModel::contribution_table() const {
  const Relation target = node_.relation();
  Relation out;
  out.database = target.database;
  out.schema = "_tidemark_contributions";
  // Two models never share one.
  out.identifier = fmt::format("{}__{}_{}", target.schema, target.identifier, xxh128_hex(target.schema + '\0' + target.identifier).substr(0, 8));
  return out;
}

std::string MaintainedModel::contribution_key() { return contribution_key(*maintenance().cut); }

std::string MaintainedModel::contribution_key(const plan::Cut& cut) {
  const auto version_of = [&](const std::vector<std::string>& name) {
    const std::optional<TableState> state = session_.state(relation_named(name));
    return state ? state->data_version : -1;
  };
  return plan::contribution_key(cut, run_.context.adapter.capabilities().engine, pinned_settings(session_), version_of);
}

Reason MaintainedModel::other_key() {
  const ledger::LoadedLedger* before = files_.previous();
  if (before == nullptr || !before->ledger) return make_reason("query_changed");
  const std::string& engine = run_.context.adapter.capabilities().engine;
  if (before->ledger->engine != engine) return make_reason("engine_changed", fmt::format("{}, now {}", before->ledger->engine, engine));
  for (const sql::RelPtr& rel : sql::relations_below(*maintenance().query, maintenance().query->root)) {
    const ledger::LedgerSource* source = rel->op == sql::Op::kFiles ? before->ledger->find_source(rel->scan.key()) : nullptr;
    if (source == nullptr) continue;
    for (const sql::Column& column : rel->columns) {
      const auto was = std::find_if(source->bound.begin(), source->bound.end(), [&](const ColumnType& other) { return other.name == column.name; });
      if (!column.is_virtual && (was == source->bound.end() || was->type != column.type))
        return make_reason("bound_schema_changed", fmt::format("{}: {}, was {}", column.name, column.type, was == source->bound.end() ? "none" : was->type));
    }
  }
  for (const ledger::LedgerTable& table : before->ledger->tables) {
    const std::optional<TableState> now = session_.state(relation_named(table.name));
    if (!now || now->data_version != table.version) return make_reason("table_changed", join(table.name, "."));
  }
  return make_reason("query_changed");
}

Json MaintainedModel::committed_contributions() const {
  if (!state_ || !state_->own || state_->foreign_since_own || !state_->own->contains("contributions")) return {};
  return (*state_->own)["contributions"];
}

}  // namespace tidemark::run
