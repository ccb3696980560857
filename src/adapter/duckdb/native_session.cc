#include "adapter/duckdb/native_session.h"

#include <fmt/format.h>

#include "adapter/duckdb/native_publish.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace tidemark::duckdb {
namespace {

constexpr const char* kCommits = "\"_tidemark\".\"commits\"";

std::string type_word(const Relation& relation) { return relation.type == RelationType::kView ? "VIEW" : "TABLE"; }

}  // namespace

Connection& NativeSession::engine() {
  if (connection_) return *connection_;
  auto connection = database_->database.connect();
  const std::string schema = quote_identifier(database_->options.default_schema);
  {
    const std::lock_guard lock(database_->setup_mutex);
    if (!database_->is_set_up) {
      connection->execute(
          fmt::format("CREATE SCHEMA IF NOT EXISTS {}; CREATE SCHEMA IF NOT EXISTS \"_tidemark\"; "
                      "CREATE TABLE IF NOT EXISTS {} (table_schema VARCHAR, table_name VARCHAR, column_hash VARCHAR, row_count BIGINT, version BIGINT, "
                      "committed_at_ms BIGINT, own VARCHAR, PRIMARY KEY (table_schema, table_name))",
                      schema, kCommits));
      database_->is_set_up = true;
    }
  }
  connection->begin_counting();
  connection->execute("USE " + quote_identifier(database_->name) + "." + schema);
  const std::lock_guard lock(connection_mutex_);
  connection_ = std::move(connection);
  return *connection_;
}

SqlParser& NativeSession::parser() {
  if (!parser_) parser_ = make_sql_parser(engine());
  return *parser_;
}

void NativeSession::interrupt() {
  const std::lock_guard lock(connection_mutex_);
  if (connection_) connection_->interrupt();
}

double NativeSession::progress() {
  const std::lock_guard lock(connection_mutex_);
  return connection_ ? connection_->progress() : -1;
}

std::optional<ScanCounts> NativeSession::take_scan_counts() {
  ScanCounts counts;
  if (!connection_) return counts;
  const QueryCounters counters = connection_->take_counters();
  counts.bytes = counters.bytes_read;
  for (const FileScanCount& scan : counters.scans) {
    counts.files += scan.files;
    counts.rows += scan.rows;
  }
  return counts;
}

Relation NativeSession::full_name(const Relation& name) const {
  Relation full = name;
  if (full.database.empty()) full.database = database_->name;
  if (full.schema.empty()) full.schema = database_->options.default_schema;
  full.quote = {};
  full.expression.clear();
  return full;
}

void NativeSession::in_transaction(const std::function<void()>& action) {
  engine().execute("BEGIN TRANSACTION");
  try {
    action();
    engine().execute("COMMIT");
  } catch (...) {
    try {
      engine().execute("ROLLBACK");
    } catch (const Error&) {  // a failed commit has already ended the transaction
    }
    throw;
  }
}

std::optional<Relation> NativeSession::find_relation(const Relation& name) {
  const Relation full = full_name(name);
  const Table found = engine().query(
      "SELECT table_name, schema_name, is_view FROM (SELECT database_name, schema_name, table_name, false AS is_view FROM duckdb_tables() UNION ALL "
      "SELECT database_name, schema_name, view_name, true FROM duckdb_views() WHERE NOT internal) "
      "WHERE lower(database_name) = lower($1) AND lower(schema_name) = lower($2) AND lower(table_name) = lower($3)",
      1, {Value::string(full.database), Value::string(full.schema), Value::string(full.identifier)});
  if (found.rows.empty()) return std::nullopt;
  Relation relation = full;
  relation.identifier = found.rows[0][0].as_string();
  relation.schema = found.rows[0][1].as_string();
  relation.type = found.rows[0][2].as_bool() ? RelationType::kView : RelationType::kTable;
  return relation;
}

std::optional<ViewDefinition> NativeSession::view(const Relation& relation) {
  const auto found = find_relation(relation);
  if (!found || found->type != RelationType::kView) return std::nullopt;
  const Value text = engine().scalar("SELECT sql FROM duckdb_views() WHERE database_name = $1 AND schema_name = $2 AND view_name = $3",
                                     {Value::string(found->database), Value::string(found->schema), Value::string(found->identifier)});
  if (text.is_null()) return std::nullopt;
  // "CREATE VIEW name [(columns)] AS SELECT …;": with columns of its own it is no plain SELECT
  const std::string& sql = text.as_string();
  const size_t as = sql.find(" AS ");
  if (as == std::string::npos || sql.substr(0, as).find('(') != std::string::npos) return std::nullopt;
  std::string_view select = trim(std::string_view(sql).substr(as + 4));
  if (select.ends_with(';')) select.remove_suffix(1);
  return ViewDefinition{.sql = std::string(select), .node_id = {}, .description = {}};
}

std::vector<RelationInfo> NativeSession::list_relations(const std::string& database, const std::string& schema) {
  std::vector<RelationInfo> infos;
  Relation name;
  name.database = database;
  name.schema = schema;
  name = full_name(name);
  const Table found = engine().query(
      "SELECT table_name, schema_name, is_view, comment FROM (SELECT database_name, schema_name, table_name, false AS is_view, comment FROM duckdb_tables() "
      "UNION ALL "
      "SELECT database_name, schema_name, view_name, true, comment FROM duckdb_views() WHERE NOT internal) "
      "WHERE lower(database_name) = lower($1) AND lower(schema_name) = lower($2) ORDER BY table_name",
      -1, {Value::string(name.database), Value::string(name.schema)});
  for (const Row& row : found.rows) {
    RelationInfo info{name, row[3].is_null() ? std::string() : row[3].as_string()};
    info.relation.identifier = row[0].as_string();
    info.relation.schema = row[1].as_string();
    info.relation.type = row[2].as_bool() ? RelationType::kView : RelationType::kTable;
    infos.push_back(std::move(info));
  }
  return infos;
}

std::vector<std::string> NativeSession::list_schemas(const std::string& database) {
  std::vector<std::string> names;
  const Table found = engine().query("SELECT schema_name FROM duckdb_schemas() WHERE NOT internal AND lower(database_name) = lower($1) ORDER BY schema_name",
                                     -1, {Value::string(database.empty() ? database_->name : database)});
  for (const Row& row : found.rows) {
    if (!row[0].as_string().starts_with("_tidemark")) names.push_back(row[0].as_string());
  }
  return names;
}

std::vector<ColumnType> NativeSession::columns(const Relation& relation) {
  const auto found = find_relation(relation);
  const std::string name = found ? found->render() : relation.render();
  return engine().describe("SELECT * FROM " + name);
}

std::optional<TableState> NativeSession::state(const Relation& relation) {
  const auto found = find_relation(relation);
  if (!found || found->type != RelationType::kTable) return std::nullopt;
  const TableIdentity now = identity_of(engine(), *found);
  TableState state;
  const Table row =
      engine().query(fmt::format("SELECT column_hash, row_count, version, committed_at_ms, own FROM {} WHERE table_schema = $1 AND table_name = $2", kCommits),
                     1, {Value::string(found->schema), Value::string(found->identifier)});
  if (row.rows.empty()) return state;
  state.version = row.rows[0][2].as_integer();
  state.committed_at_ms = row.rows[0][3].as_integer();
  state.own = parse_json(row.rows[0][4].as_string(), found->render(), "TM4231");
  state.own_version = state.version;
  state.foreign_since_own = row.rows[0][0].as_string() != now.columns || row.rows[0][1].as_integer() != now.rows;
  if (state.foreign_since_own) ++state.version;
  state.data_version = state.version;
  state.data_committed_at_ms = state.committed_at_ms;
  return state;
}

void NativeSession::create_schema(const std::string& database, const std::string& schema) {
  const std::string name = quote_identifier(database.empty() ? database_->name : database) + "." + quote_identifier(schema);
  engine().execute("CREATE SCHEMA IF NOT EXISTS " + name);
}

void NativeSession::drop_schema(const std::string& database, const std::string& schema) {
  const std::string name = quote_identifier(database.empty() ? database_->name : database) + "." + quote_identifier(schema);
  engine().execute("DROP SCHEMA IF EXISTS " + name + " CASCADE");
}

void NativeSession::drop(const Relation& relation) {
  const auto found = find_relation(relation);
  if (!found || (relation.type && relation.type != found->type)) return;
  in_transaction([&] {
    engine().execute(fmt::format("DROP {} {}", type_word(*found), found->render()));
    forget_commit(engine(), *found);
  });
}

void NativeSession::rename(const Relation& from, const Relation& to) {
  const auto found = find_relation(from);
  if (!found) throw Error("TM4231", "there is no relation " + from.render());
  const Relation target = full_name(to);
  if (!equals_ignore_case(found->schema, target.schema)) throw Error("TM4231", "a relation cannot be renamed into another schema: " + target.render());
  in_transaction([&] {
    engine().execute(fmt::format("ALTER {} {} RENAME TO {}", type_word(*found), found->render(), quote_identifier(target.identifier)));
    engine().execute(fmt::format("UPDATE {} SET table_name = $1 WHERE table_schema = $2 AND table_name = $3", kCommits),
                     {Value::string(target.identifier), Value::string(found->schema), Value::string(found->identifier)});
  });
}

void NativeSession::truncate(const Relation& relation) { engine().execute("TRUNCATE " + full_name(relation).render()); }

void NativeSession::create_view(const Relation& name, const ViewDefinition& view) {
  const auto found = find_relation(name);
  const std::string rendered = full_name(name).render();
  in_transaction([&] {
    engine().execute("CREATE SCHEMA IF NOT EXISTS " + quote_identifier(full_name(name).schema));
    if (found && found->type == RelationType::kTable) {
      engine().execute("DROP TABLE " + found->render());
      forget_commit(engine(), *found);
    }
    engine().execute(fmt::format("CREATE OR REPLACE VIEW {} AS {}", rendered, view.sql));
    if (!view.description.empty()) engine().execute(fmt::format("COMMENT ON VIEW {} IS {}", rendered, quote_literal(view.description)));
  });
}

std::unique_ptr<Staged> NativeSession::stage(const StageRequest& request) {
  return stage_native(engine(), request, fmt::format("__tm_staged_{}", next_staged_++));
}

PublishResult NativeSession::publish(std::unique_ptr<Staged> staged, const PublishRequest& request) {
  PublishRequest ready = request;
  ready.target = full_name(request.target);
  const auto found = find_relation(ready.target);
  if (found) ready.target = *found;
  const auto before = state(ready.target);
  PublishResult result;
  in_transaction([&] { result = publish_native(engine(), dynamic_cast<NativeStaged&>(*staged), ready, before); });
  return result;
}

}  // namespace tidemark::duckdb
