#include "adapter/lake/session.h"

#include <cctype>

#include <fmt/format.h>

#include "adapter/lake/maintenance.h"
#include "adapter/lake/publish.h"
#include "adapter/lake/table_delta.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "lake/history.h"

namespace tidemark::lake_adapter {
namespace {

// What a later statement may read through this one: bodies of macros and of temporary views.
bool defines_reader(const Statement& statement) {
  const std::vector<sql::Token> tokens = sql::tokenize(statement.text);
  if (tokens.empty() || !tokens[0].is("create")) return false;
  for (size_t i = 1; i < tokens.size() && i < 6; ++i) {
    if (tokens[i].is("macro") || tokens[i].is("function") || tokens[i].is("view")) return true;
    if (tokens[i].is("table")) return false;
  }
  return false;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// The data file of the warehouse that a fault of the engine names; empty where it names none.
std::string data_file_in(const std::string& message, const std::string& warehouse) {
  constexpr std::string_view kSuffix = ".parquet";
  const size_t begin = message.find(warehouse + "/");
  if (begin == std::string::npos) return {};
  const size_t end = message.find(kSuffix, begin);
  if (end == std::string::npos || (end + kSuffix.size() < message.size() && is_word(message[end + kSuffix.size()]))) return {};
  return message.substr(begin, end + kSuffix.size() - begin);
}

// "s.t" of <warehouse>/s/t/part.parquet.
std::string table_of_file(const fs::path& file, const fs::path& warehouse) {
  std::vector<std::string> parts;
  for (const fs::path& part : file.lexically_relative(warehouse)) parts.push_back(part.string());
  return parts.size() < 3 ? std::string() : parts[0] == "_tidemark" ? parts[1] + "." + parts[2] : parts[0] + "." + parts[1];
}

// Says which table cannot be read, where that is why the engine gave up.
Error explained(const Error& fault, const Layout& layout) {
  if (!fault.code().starts_with("TM41")) return fault;
  const std::string file = data_file_in(fault.message(), layout.warehouse().string());
  const std::string table = file.empty() ? std::string() : table_of_file(file, layout.warehouse());
  if (table.empty() || file.find("/_tidemark/staged/") != std::string::npos) return fault;
  Error error("TM4214", fmt::format("a data file of {} is {}: {}", table, stat_file(file) ? "damaged" : "gone", file));
  error.hint("restore it from a backup, or make the table anew (--full-refresh)").because(fault);
  return error;
}

}  // namespace

duckdb::Connection& LakeSession::engine() {
  if (connection_) return *connection_;
  auto connection = warehouse_->database.connect();
  warehouse_->catalogue.prepare(*connection);
  connection->begin_counting();
  const std::lock_guard lock(connection_mutex_);
  connection_ = std::move(connection);
  return *connection_;
}

SqlParser& LakeSession::parser() {
  if (!parser_) parser_ = duckdb::make_sql_parser(engine(), [this](const std::string& sql) { return describe(sql); });
  return *parser_;
}

void LakeSession::interrupt() {
  const std::lock_guard lock(connection_mutex_);
  if (connection_) connection_->interrupt();
}

double LakeSession::progress() {
  const std::lock_guard lock(connection_mutex_);
  return connection_ ? connection_->progress() : -1;
}

std::optional<ScanCounts> LakeSession::take_scan_counts() {
  if (!connection_) return ScanCounts{};
  const duckdb::QueryCounters counters = connection_->take_counters();
  const std::string own = fs::absolute(warehouse_->layout.warehouse()).lexically_normal().string() + "/";
  ScanCounts counts;
  counts.bytes = counters.bytes_read;
  for (const duckdb::FileScanCount& scan : counters.scans) {
    if (scan.files == 0 || scan.first_file.empty()) continue;  // all files were left out
    if (fs::absolute(scan.first_file).lexically_normal().string().starts_with(own)) continue;
    counts.files += scan.files;
    counts.rows += scan.rows;
  }
  return counts;
}

std::string LakeSession::prepare(const std::string& sql, std::vector<Error>& faults) {
  faults = warehouse_->catalogue.require(engine(), sql);
  return warehouse_->catalogue.bind_scans(engine(), sql);
}

template <class Action>
auto LakeSession::with_engine(const std::string& sql, const Action& action) {
  std::vector<Error> faults;
  const std::string bound = prepare(sql, faults);
  try {
    return action(bound);
  } catch (const Error& error) {
    if (!faults.empty() && error.code() == "TM4111") throw explained(faults.front(), warehouse_->layout);
    throw explained(error, warehouse_->layout);
  }
}

Table LakeSession::query(const std::string& sql, int64_t row_limit) {
  std::vector<std::string> statements = sql::split_statements(sql);
  if (statements.empty()) return {};
  const Statement last = parse_statement(std::move(statements.back()));
  statements.pop_back();
  for (std::string& text : statements) execute_one(parse_statement(std::move(text)));
  if (last.kind != StatementKind::kEngine && !is_engine_target(last)) {
    execute_one(last);
    return {};
  }
  if (last.temporary) temporary_.insert(to_lower(last.target.parts.back()));
  Table table = with_engine(last.text, [&](const std::string& bound) { return engine().query(bound, row_limit); });
  if (defines_reader(last)) warehouse_->catalogue.remember(last.text);
  return table;
}

int64_t LakeSession::execute(const std::string& sql) {
  int64_t rows = -1;
  for (std::string& text : sql::split_statements(sql)) rows = execute_one(parse_statement(std::move(text)));
  return rows;
}

int64_t LakeSession::execute_one(const Statement& statement) {
  if (statement.kind != StatementKind::kEngine && !is_engine_target(statement)) return execute_on_lake(*this, statement);
  const int64_t rows = with_engine(statement.text, [&](const std::string& bound) { return engine().execute(bound); });
  if (statement.temporary) temporary_.insert(to_lower(statement.target.parts.back()));
  if (defines_reader(statement)) warehouse_->catalogue.remember(statement.text);
  return rows;
}

// Temporary tables and attached databases are the engine's own.
bool LakeSession::is_engine_target(const Statement& statement) {
  const std::vector<std::string>& parts = statement.target.parts;
  if (parts.empty()) return false;
  if (parts.size() == 1) return temporary_.contains(to_lower(parts[0]));
  if (equals_ignore_case(parts[0], "temp")) return true;
  const Layout& layout = warehouse_->layout;
  if (equals_ignore_case(parts[0], layout.database())) return false;
  if (parts.size() == 2 && (layout.has_schema(parts[0]) || !connection_)) return false;
  const std::string is_attached = "SELECT count(*) FROM duckdb_databases() WHERE lower(database_name) = lower($1)";
  return engine().scalar(is_attached, {Value::string(parts[0])}).as_integer() > 0;
}

std::vector<ColumnType> LakeSession::describe(const std::string& sql) {
  return with_engine(sql, [&](const std::string& bound) { return engine().describe(bound); });
}

std::optional<Relation> LakeSession::find_relation(const Relation& name) {
  const auto relation = warehouse_->layout.resolve(name);
  if (!relation || !relation->type) return std::nullopt;
  return relation;
}

std::vector<RelationInfo> LakeSession::list_relations(const std::string& database, const std::string& schema) {
  std::vector<RelationInfo> infos;
  Relation name;
  name.database = database;
  name.schema = schema;
  const auto resolved = warehouse_->layout.resolve(name);
  if (!resolved) return infos;
  for (const Layout::Entry& entry : warehouse_->layout.relations(resolved->schema)) {
    RelationInfo info{warehouse_->layout.relation(resolved->schema, entry.identifier), ""};
    info.relation.type = entry.type;
    info.comment = comment_of(*warehouse_, info.relation);
    infos.push_back(std::move(info));
  }
  return infos;
}

std::vector<std::string> LakeSession::list_schemas(const std::string& database) {
  if (!database.empty() && !equals_ignore_case(database, warehouse_->layout.database())) return {};
  return warehouse_->layout.schemas();
}

std::vector<ColumnType> LakeSession::columns(const Relation& relation) {
  const auto found = find_relation(relation);
  if (found) return columns_of(*warehouse_, *found);
  if (temporary_.contains(to_lower(relation.identifier))) return describe("SELECT * FROM " + quote_identifier(relation.identifier));
  throw Error("TM4202", "there is no relation " + relation.render());
}

std::optional<TableState> LakeSession::state(const Relation& relation) {
  const auto found = find_relation(relation);
  if (!found || found->type != RelationType::kTable) return std::nullopt;
  return warehouse_->tables.current(warehouse_->layout.table_folder(found->schema, found->identifier))->state();
}

std::optional<TableDelta> LakeSession::delta(const Relation& relation, int64_t version, int64_t committed_at_ms) {
  const auto found = find_relation(relation);
  if (!found || found->type != RelationType::kTable) return std::nullopt;
  return delta_of(warehouse_->tables, warehouse_->layout.table_folder(found->schema, found->identifier), version, committed_at_ms);
}

std::vector<TableCommit> LakeSession::history(const Relation& relation, int64_t limit) {
  const auto found = find_relation(relation);
  if (!found || found->type != RelationType::kTable) return {};
  std::vector<TableCommit> out;
  for (lake::LogEntry& entry : lake::read_history(warehouse_->layout.table_folder(found->schema, found->identifier), limit)) {
    out.push_back({entry.version, entry.timestamp_ms, std::move(entry.operation), std::move(entry.engine), std::move(entry.own), entry.files_added,
                   entry.files_removed, entry.rows_added});
  }
  return out;
}

std::optional<ViewDefinition> LakeSession::view(const Relation& relation) {
  const auto found = find_relation(relation);
  if (!found || found->type != RelationType::kView) return std::nullopt;
  lake::ViewFile file = read_view(warehouse_->layout.view_file(found->schema, found->identifier));
  return ViewDefinition{.sql = std::move(file.sql), .node_id = std::move(file.node_id), .description = std::move(file.description)};
}

std::vector<ColumnType> LakeSession::stored_columns(const std::vector<ColumnType>& columns) {
  std::vector<ColumnType> out;
  for (const ScanColumn& column : lake_columns(columns)) out.push_back({column.name, column.type});
  return out;
}

void LakeSession::create_schema(const std::string& database, const std::string& schema) {
  Relation name;
  name.database = database;
  name.schema = schema;
  warehouse_->require_present();
  make_directories(warehouse_->layout.schema_folder(warehouse_->resolve(name).schema));
}

void LakeSession::drop_schema(const std::string& database, const std::string& schema) {
  Relation name;
  name.database = database;
  name.schema = schema;
  warehouse_->require_present();
  name = warehouse_->resolve(name);
  if (warehouse_->layout.has_schema(name.schema)) discard_folder(*warehouse_, warehouse_->layout.schema_folder(name.schema));
}

void LakeSession::drop(const Relation& relation) {
  warehouse_->require_present();
  const Relation name = warehouse_->resolve(relation);
  const Layout& layout = warehouse_->layout;
  const bool is_view = relation.type == RelationType::kView;
  if (!is_view && layout.has_table(name.schema, name.identifier)) discard_folder(*warehouse_, layout.table_folder(name.schema, name.identifier));
  if (is_view || !relation.type) remove_view(*warehouse_, name);
}

void LakeSession::rename(const Relation& from, const Relation& to) { rename_relation(*warehouse_, from, to); }

void LakeSession::truncate(const Relation& relation) { truncate_table(*warehouse_, warehouse_->resolve(relation)); }

void LakeSession::create_view(const Relation& name, const ViewDefinition& view) {
  const Relation resolved = warehouse_->resolve(name);
  write_view(*warehouse_, resolved, view, describe(view.sql));
}

std::unique_ptr<Staged> LakeSession::stage(const StageRequest& request) {
  return with_engine(request.sql, [&](const std::string& bound) {
    StageRequest ready = request;
    ready.sql = bound;
    return stage_rows(*warehouse_, engine(), ready);
  });
}

PublishResult LakeSession::publish(std::unique_ptr<Staged> staged, const PublishRequest& request) {
  try {
    return publish_rows(*warehouse_, engine(), std::move(staged), request);
  } catch (const Error& error) {
    throw explained(error, warehouse_->layout);
  }
}

CompactResult LakeSession::compact(const CompactRequest& request) {
  try {
    return compact_table(*warehouse_, engine(), request);
  } catch (const Error& error) {
    throw explained(error, warehouse_->layout);
  }
}

}  // namespace tidemark::lake_adapter
