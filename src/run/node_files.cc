#include "run/node_files.h"

#include <algorithm>
#include <regex>

#include "adapter/table.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "run/batch_inputs.h"
#include "run/node_options.h"

namespace tidemark::run {

namespace {

void add_column(std::vector<std::string>& columns, const std::string& name) {
  const bool known = std::any_of(columns.begin(), columns.end(), [&](const std::string& other) { return equals_ignore_case(other, name); });
  if (!known) columns.push_back(name);
}

// Opens the engine only when it is asked something.
class LateParser : public SqlParser {
 public:
  explicit LateParser(Session& session) : session_(session) {}
  Json parse(const std::string& sql) override { return parser().parse(sql); }
  std::string print(const Json& tree) override { return parser().print(tree); }
  std::vector<ColumnType> describe(const std::string& sql) override { return parser().describe(sql); }
  Json with_column_names(const Json& tree, const std::vector<ColumnType>& columns) override { return parser().with_column_names(tree, columns); }
  std::vector<std::string> table_names(const std::string& sql) override { return parser().table_names(sql); }
  std::optional<FunctionInfo> function(const std::string& name) override { return parser().function(name); }

 private:
  SqlParser& parser() { return session_.parser(); }
  Session& session_;
};

bool has_ledger(Session& session, const Relation& table) {
  const std::optional<TableState> state = session.state(table);
  return state && state->own && ledger::LedgerReference::from_json(*state->own);
}

}  // namespace

std::vector<std::string> affected_columns_in(const std::string& template_text) {
  static const std::regex kCall(R"(affected_partitions\s*\(\s*(?:column\s*=\s*)?['"]([^'"]+)['"])");
  std::vector<std::string> columns;
  for (std::sregex_iterator it(template_text.begin(), template_text.end(), kCall), end; it != end; ++it) add_column(columns, (*it)[1]);
  return columns;
}

NodeFiles::NodeFiles(RunState& run, compile::Host& host, Session& session, const Node& node)
    : run_(run), host_(host), session_(session), node_(node), parser_(std::make_unique<LateParser>(session)) {
  if (compile::is_microbatch(node)) {
    columns_ = {kBatchColumn};
    return;
  }
  for (const std::string& column : partition_columns(node)) add_column(columns_, column);
  for (const std::string& column : affected_columns_in(node.raw_code)) add_column(columns_, column);
}

void NodeFiles::read_truth() {
  if (truth_) return;
  if (compile::is_microbatch(node_) && session_.translates()) {
    truth_ = "";  // its batches are computed in the embedded engine's SQL: without it, all as in dbt
    return;
  }
  if (compile::is_microbatch(node_)) {
    truth_ = batch_membership_sql(run_, host_, session_, node_);
    reads_files_ = !truth_->empty();
    return;
  }
  // Nothing is asked of such a model's ledger; elsewhere it costs next to nothing.
  if (session_.translates() && columns_.empty() && node_.config.materialized() != "materialized_view") {
    truth_ = "";
    return;
  }
  compile::CompileOptions options;
  options.incremental = false;
  const compile::Compiled compiled = run_.context.compiler.compile(node_, host_, options);
  for (const std::string& column : compiled.affected_columns) add_column(columns_, column);
  truth_ = session_.plan_text(compiled.node->compiled_code);
  const bool is_maintained = node_.config.materialized() == "materialized_view";
  // The ledger knows, without a look at the text, what the table was made from.
  reads_files_ = (is_maintained && has_ledger(session_, node_.relation())) || run_.bindings.bind(*truth_, session_) || is_maintained;
}

namespace {

// What rows may depend on besides files and query. The embedded engine's settings are part of what contributions depend on.
std::string engine_of(RunState& run, Session& session) {
  const std::string& name = run.context.adapter.capabilities().engine;
  if (!session.translates()) return name;
  const std::lock_guard lock(run.engine_mutex);
  if (run.engine.empty()) {
    const Table found = session.query("select version(), current_timezone()");
    run.engine = name + " " + found.rows.at(0).at(0).text() + ", " + found.rows.at(0).at(1).text();
  }
  return run.engine;
}

}  // namespace

ledger::ModelLedger NodeFiles::make_ledger() const {
  Session& session = session_;
  ledger::ModelQuery query;
  query.unique_id = node_.unique_id;
  query.sql = *truth_;
  query.view_sql = [&session](const std::vector<std::string>& name) -> std::optional<std::string> {
    std::optional<ViewDefinition> view = session.view(relation_named(name));
    return view ? std::optional(std::move(view->sql)) : std::nullopt;
  };
  // As in dbt, a table's changes do not make a microbatch model's old batches anew.
  query.table_state = [&session, any_version = compile::is_microbatch(node_)](const std::vector<std::string>& name) {
    std::optional<TableState> state = session.state(relation_named(name));
    return state && any_version ? std::optional(TableState()) : state;
  };
  const RunContext& context = run_.context;
  return ledger::ModelLedger(std::move(query), node_.relation(), columns_, session.state(node_.relation()),
                             {session, *parser_, context.observation, context.ledgers, engine_of(run_, session)});
}

ledger::ModelLedger* NodeFiles::ledger() {
  read_truth();
  if (reads_files_ && !ledger_) ledger_ = std::make_unique<ledger::ModelLedger>(make_ledger());
  return ledger_.get();
}

void NodeFiles::keep(const std::string& column) {
  const size_t known = columns_.size();
  add_column(columns_, column);
  if (columns_.size() > known) ledger_.reset();
}

ledger::AffectedPartitions NodeFiles::affected(const std::string& column) {
  keep(column);
  if (ledger() != nullptr) return ledger_->affected(column);
  ledger::AffectedPartitions all;
  all.column = column;
  return all;
}

ledger::AffectedPartitions NodeFiles::affected_by_files(const std::string& column) {
  keep(column);
  if (ledger() != nullptr) return ledger_->affected_by_files(column);
  ledger::AffectedPartitions all;
  all.column = column;
  return all;
}

std::vector<ledger::LedgerTable> NodeFiles::changed_tables() { return ledger() == nullptr ? std::vector<ledger::LedgerTable>() : ledger_->changed_tables(); }

Reason NodeFiles::distrust_but_tables() { return ledger() == nullptr ? make_reason("no_files_read") : ledger_->distrust_but_tables(); }

bool NodeFiles::changed() {
  if (ledger() == nullptr || ledger_->previous().distrust) return true;
  const auto& changes = ledger_->changes();
  return std::any_of(changes.begin(), changes.end(), [](const ledger::SourceChanges& source) { return source.any(); });
}

Reason NodeFiles::distrust() { return ledger() == nullptr ? make_reason("no_files_read") : ledger_->distrust(); }

const ledger::LoadedLedger* NodeFiles::previous() { return ledger() == nullptr ? nullptr : &ledger_->previous(); }

void NodeFiles::keep_columns(std::vector<std::string> columns) {
  if (columns == columns_) return;
  columns_ = std::move(columns);
  ledger_.reset();
}

std::vector<ledger::SourceChanges> NodeFiles::changes() { return ledger() == nullptr ? std::vector<ledger::SourceChanges>{} : ledger_->changes(); }

void NodeFiles::begin() {
  if (ledger() != nullptr) ledger_->begin();
}

void NodeFiles::settle() {
  if (ledger() == nullptr || !committed_) return;
  try {
    ledger_->check_unchanged();
  } catch (const Error&) {
    if (const auto reference = ledger::LedgerReference::from_json(Json{{"ledger", *committed_}})) remove_file(run_.context.ledgers.folder() / reference->name);
    throw;
  }
}

Json NodeFiles::commit() {
  if (ledger() == nullptr) return Json();
  if (committed_) {
    ledger_->check_unchanged();
  } else {
    committed_ = ledger_->commit();
  }
  return *committed_;
}

}  // namespace tidemark::run
