#include "adapter/spark/spark_session.h"

#include <algorithm>

#include <fmt/format.h>

#include "adapter/spark/spark_errors.h"
#include "adapter/spark/spark_publish.h"
#include "adapter/spark/spark_reading.h"
#include "adapter/spark/spark_values.h"
#include "adapter/table.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace tidemark::spark {
namespace {

constexpr int64_t kCommitsLookedAt = 100;  // for the newest of tidemark's own
constexpr const char* kUserMetadata = "spark.databricks.delta.commitInfo.userMetadata";

bool only_reads(std::string_view sql) {
  const std::string lower = to_lower(trim(sql).substr(0, 9));
  for (const char* word : {"select", "with", "show", "describe", "explain", "desc "}) {
    if (lower.starts_with(word)) return true;
  }
  return false;
}

std::string_view without_semicolon(std::string_view sql) {
  std::string_view bare = trim(sql);
  while (bare.ends_with(';')) bare = trim(bare.substr(0, bare.size() - 1));
  return bare;
}

size_t column_at(const Table& table, std::string_view name) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (equals_ignore_case(table.columns[i].name, name)) return i;
  }
  throw Error("TM4405", fmt::format("the server's answer has no column '{}'", name));
}

bool is_not_there(const Error& error) {
  return error.message().find("TABLE_OR_VIEW_NOT_FOUND") != std::string::npos || error.message().find("SCHEMA_NOT_FOUND") != std::string::npos;
}

std::string text_at(const Row& row, size_t column) { return row[column].is_null() ? std::string() : row[column].text(); }

// Operations that lay out the same rows anew, or change no rows at all.
bool keeps_rows(const std::string& operation) {
  for (const char* word : {"OPTIMIZE", "VACUUM START", "VACUUM END", "SET TBLPROPERTIES", "UNSET TBLPROPERTIES", "FSCK", "UPDATE SCHEMA"}) {
    if (operation == word) return true;
  }
  return false;
}

}  // namespace

thrift::StatementOptions SparkSession::options(bool reads) {
  progress_ = -1;
  return {.only_reads = reads, .cancelled = &cancelled_, .on_progress = [this](double done) { progress_ = done; }, .on_log = {}};
}

Table SparkSession::query(const std::string& sql, int64_t row_limit) {
  const std::string statement(without_semicolon(sql));
  try {
    const auto result = client_.execute(statement, options(only_reads(statement)));
    return read_table(*result, row_limit);
  } catch (const Error& error) {
    fail(error, statement);
  }
}

void SparkSession::fail(const Error& error, const std::string& sql) {
  if (error.code() == "TM4407") cancelled_ = false;
  throw readable(error, sql);
}

int64_t SparkSession::execute(const std::string& sql) {
  const std::string statement(without_semicolon(sql));
  carry_nothing();
  try {
    const int64_t rows = client_.execute(statement, options(false))->affected_rows();
    if (only_reads(statement)) return rows;
    const std::lock_guard lock(cluster_->mutex);
    cluster_->relations.clear();  // it may have changed any of them
    cluster_->states.clear();
    return rows;
  } catch (const Error& error) {
    fail(error, statement);
  }
}

void SparkSession::run(const std::string& sql) {
  try {
    client_.execute(sql, options(false));
  } catch (const Error& error) {
    fail(error, sql);
  }
}

void SparkSession::carry_nothing() {
  if (carrying_ >= 0 && carrying_ == client_.session_number()) run(fmt::format("RESET {}", kUserMetadata));
  carrying_ = -1;
}

void SparkSession::run_commit(const Relation& table, const std::string& sql, const Json& commit) {
  const std::string text = dump_json(commit);
  carrying_ = client_.session_number();
  run(fmt::format("SET `{}`=`{}`", kUserMetadata, replace_all(text, "`", "``")));
  try {
    run(sql);
  } catch (const Error& error) {
    if (error.code() != "TM4404") throw;
    std::optional<TableState> now;
    try {
      now = state_now(table);
    } catch (const Error&) {
      throw error;
    }
    if (!now || !now->own || dump_json(*now->own) != text) throw;
  }
}

std::vector<ColumnType> SparkSession::describe(const std::string& sql) {
  std::vector<ColumnType> out;
  for (const Row& row : query("DESCRIBE QUERY\n" + std::string(without_semicolon(sql)), -1).rows) out.push_back({text_at(row, 0), text_at(row, 1)});
  return out;
}

Relation SparkSession::full_name(const Relation& name) const {
  Relation full = name;
  full.database.clear();
  if (full.schema.empty()) full.schema = cluster_->options.default_schema;
  full.quote = {};
  full.quote_character = '`';
  full.expression.clear();
  return full;
}

std::vector<RelationInfo> SparkSession::list_relations(const std::string&, const std::string& schema) {
  const std::string name = quote_name(schema.empty() ? cluster_->options.default_schema : schema);
  std::vector<RelationInfo> out;
  std::vector<std::string> views;
  try {
    for (const Row& row : query("SHOW VIEWS IN " + name, -1).rows) views.push_back(text_at(row, 1));
    for (const Row& row : query("SHOW TABLES IN " + name, -1).rows) {
      if (text_at(row, 2) == "true") continue;  // temporary views are of no schema
      RelationInfo info;
      info.relation.schema = schema.empty() ? cluster_->options.default_schema : schema;
      info.relation.identifier = text_at(row, 1);
      info.relation.quote_character = '`';
      info.relation.type = std::ranges::find(views, info.relation.identifier) == views.end() ? RelationType::kTable : RelationType::kView;
      out.push_back(std::move(info));
    }
  } catch (const Error& error) {
    if (error.message().find("SCHEMA_NOT_FOUND") != std::string::npos) return {};
    throw;
  }
  return out;
}

std::optional<RelationFacts> SparkSession::ask_facts(const Relation& full) {
  RelationFacts out;
  std::string part = "columns";
  Table rows;
  try {
    rows = query("DESCRIBE TABLE EXTENDED " + full.render(), -1);
  } catch (const Error& error) {
    if (is_not_there(error)) return std::nullopt;
    throw;
  }
  for (const Row& row : rows.rows) {
    const std::string name = text_at(row, 0), value = text_at(row, 1);
    if (name.starts_with("# ")) {
      if (name != "# col_name") part = name;
    } else if (part == "columns") {
      if (!name.empty()) out.columns.push_back({name, value});
    } else if (part == "# Partition Information") {
      if (!name.empty()) out.partition_columns.push_back(name);
    } else if (part == "# Detailed Table Information") {
      if (name == "Type" && value == "VIEW") out.type = RelationType::kView;
      if (name == "Provider") out.format = to_lower(value);
      if (name == "View Text") out.view_sql = value;
    }
  }
  return out;
}

std::optional<RelationFacts> SparkSession::facts(const Relation& relation) {
  const Relation full = full_name(relation);
  const std::string key = to_lower(full.render());
  {
    const std::lock_guard lock(cluster_->mutex);
    if (const auto known = cluster_->relations.find(key); known != cluster_->relations.end()) return known->second;
  }
  std::optional<RelationFacts> found = ask_facts(full);
  const std::lock_guard lock(cluster_->mutex);
  return cluster_->relations[key] = std::move(found);
}

void SparkSession::forget(const Relation& relation) {
  const std::lock_guard lock(cluster_->mutex);
  const std::string key = to_lower(full_name(relation).render());
  cluster_->relations.erase(key);
  cluster_->states.erase(key);
}

Session& SparkSession::planning() {
  if (!planning_) planning_ = std::make_unique<PlanningSession>(*this, cluster_->open_local);
  return *planning_;
}

std::string SparkSession::plan_type(const std::string& type) const { return planning_type(type); }

std::optional<Relation> SparkSession::find_relation(const Relation& name) {
  const std::optional<RelationFacts> found = facts(name);
  if (!found) return std::nullopt;
  Relation out = full_name(name);
  out.type = found->type;
  return out;
}

std::vector<std::string> SparkSession::list_schemas(const std::string&) {
  std::vector<std::string> out;
  for (const Row& row : query("SHOW SCHEMAS", -1).rows) out.push_back(text_at(row, 0));
  return out;
}

std::vector<ColumnType> SparkSession::columns(const Relation& relation) {
  const std::optional<RelationFacts> found = facts(relation);
  if (!found) throw Error("TM4231", "there is no relation " + full_name(relation).render());
  return found->columns;
}

std::string SparkSession::format_of_new_tables() {
  if (!cluster_->options.file_format.empty()) return cluster_->options.file_format;
  const std::lock_guard lock(cluster_->mutex);
  if (!cluster_->has_delta) {
    const Table set = query("SET spark.sql.catalog.spark_catalog", 1);
    cluster_->has_delta = !set.rows.empty() && text_at(set.rows[0], 1).find("DeltaCatalog") != std::string::npos;
  }
  return *cluster_->has_delta ? "delta" : "parquet";
}

std::vector<TableCommit> SparkSession::history(const Relation& relation, int64_t limit) {
  const Relation full = full_name(relation);
  const std::optional<RelationFacts> found_facts = facts(full);
  if (!found_facts || found_facts->format != "delta") return {};
  const Table found = query(fmt::format("DESCRIBE HISTORY {}{}", full.render(), limit < 0 ? "" : fmt::format(" LIMIT {}", limit)), -1);
  const size_t version = column_at(found, "version");
  const size_t time = column_at(found, "timestamp");
  const size_t operation = column_at(found, "operation");
  const size_t metadata = column_at(found, "userMetadata");
  const size_t engine = column_at(found, "engineInfo");
  std::vector<TableCommit> out;
  for (const Row& row : found.rows) {
    TableCommit& commit = out.emplace_back();
    commit.version = row[version].as_integer();
    if (row[time].kind() == ValueKind::kTimestamp) commit.committed_at_ms = row[time].as_moment().micros / 1000;
    commit.operation = text_at(row, operation);
    commit.engine = text_at(row, engine);
    const std::string own = text_at(row, metadata);
    if (own.starts_with("{\"") && own.find("\"invocation\"") != std::string::npos) commit.own = parse_json(own, full.render(), "TM4405");
  }
  return out;
}

std::optional<TableState> SparkSession::state(const Relation& relation) {
  const std::string key = to_lower(full_name(relation).render());
  {
    const std::lock_guard lock(cluster_->mutex);
    if (const auto known = cluster_->states.find(key); known != cluster_->states.end()) return known->second;
  }
  std::optional<TableState> found = state_now(relation);
  const std::lock_guard lock(cluster_->mutex);
  return cluster_->states[key] = std::move(found);
}

// Only Delta tells when a table changed.
std::optional<TableState> SparkSession::state_now(const Relation& relation) {
  const std::optional<RelationFacts> found = facts(relation);
  if (!found || found->type != RelationType::kTable || found->format != "delta") return std::nullopt;
  TableState state;
  bool newest = true;
  for (const TableCommit& commit : history(relation, kCommitsLookedAt)) {
    if (newest) {
      state.version = commit.version;
      state.committed_at_ms = commit.committed_at_ms;
      newest = false;
    }
    if (state.data_version < 0 && !keeps_rows(commit.operation)) {
      state.data_version = commit.version;
      state.data_committed_at_ms = commit.committed_at_ms;
    }
    if (commit.own) {
      state.own = commit.own;
      state.own_version = commit.version;
      break;
    }
    if (!keeps_rows(commit.operation)) state.foreign_since_own = true;
  }
  return state;
}

std::optional<ViewDefinition> SparkSession::view(const Relation& relation) {
  const std::optional<RelationFacts> found = facts(relation);
  if (!found || found->type != RelationType::kView || found->view_sql.empty()) return std::nullopt;
  ViewDefinition out;
  out.sql = found->view_sql;
  return out;
}

void SparkSession::create_schema(const std::string&, const std::string& schema) { run("CREATE SCHEMA IF NOT EXISTS " + quote_name(schema)); }

void SparkSession::drop_schema(const std::string&, const std::string& schema) { execute("DROP SCHEMA IF EXISTS " + quote_name(schema) + " CASCADE"); }

void SparkSession::drop(const Relation& relation) {
  const std::optional<Relation> found = find_relation(relation);
  if (!found || (relation.type && relation.type != found->type)) return;
  run(fmt::format("DROP {} IF EXISTS {}", found->type == RelationType::kView ? "VIEW" : "TABLE", found->render()));
  forget(relation);
}

void SparkSession::rename(const Relation& from, const Relation& to) {
  const std::optional<Relation> found = find_relation(from);
  if (!found) throw Error("TM4231", "there is no relation " + from.render());
  run(fmt::format("ALTER {} {} RENAME TO {}", found->type == RelationType::kView ? "VIEW" : "TABLE", found->render(), full_name(to).render()));
  forget(from);
  forget(to);
}

void SparkSession::truncate(const Relation& relation) {
  carry_nothing();
  run("TRUNCATE TABLE " + full_name(relation).render());
}

void SparkSession::create_view(const Relation& name, const ViewDefinition& view) {
  const std::optional<Relation> found = find_relation(name);
  if (found && found->type == RelationType::kTable) run("DROP TABLE IF EXISTS " + found->render());
  const std::string comment = view.description.empty() ? "" : " COMMENT " + quote_text(view.description);
  run(fmt::format("CREATE OR REPLACE VIEW {}{} AS\n{}", full_name(name).render(), comment, without_semicolon(view.sql)));
  forget(name);
}

std::unique_ptr<Staged> SparkSession::stage(const StageRequest& request) {
  const std::string name = fmt::format("__tm_staged_{}", next_staged_++);
  const std::string sql(without_semicolon(request.sql));
  const int session = client_.session_number();
  run(fmt::format("CREATE OR REPLACE TEMPORARY VIEW {} AS\n{}", name, sql));
  return std::make_unique<SparkStaged>(name, sql, describe("SELECT * FROM " + name), session);
}

std::unique_ptr<Staged> SparkSession::stage_table(const Table& rows) {
  std::vector<std::string> values;
  for (const ColumnType& column : rows.columns) values.push_back(fmt::format("CAST({0} AS {1}) AS {0}", quote_name(column.name), type_word(column.type)));
  std::vector<std::string> lines;
  for (const Row& row : rows.rows) {
    std::vector<std::string> cells;
    for (const Value& value : row) cells.push_back(literal(value));
    lines.push_back("(" + join(cells, ", ") + ")");
  }
  const bool empty = lines.empty();
  if (empty) lines.push_back("(" + join(std::vector<std::string>(rows.columns.size(), "NULL"), ", ") + ")");
  std::vector<std::string> names;
  for (const ColumnType& column : rows.columns) names.push_back(quote_name(column.name));
  return stage(
      {.sql = fmt::format("SELECT {} FROM VALUES {} AS given({}){}", join(values, ", "), join(lines, ", "), join(names, ", "), empty ? " WHERE false" : ""),
       .cluster_by = {},
       .partition_folders = {}});
}

PublishResult SparkSession::publish(std::unique_ptr<Staged> staged, const PublishRequest& request) {
  const auto& ready = dynamic_cast<SparkStaged&>(*staged);
  PublishRequest full = request;
  full.target = full_name(request.target);
  const std::optional<Relation> existing = find_relation(full.target);
  if (client_.session_number() != ready.session()) run(fmt::format("CREATE OR REPLACE TEMPORARY VIEW {} AS\n{}", ready.scan(), ready.sql()));
  if (request.expected_version) {
    const std::optional<TableState> now = state_now(full.target);
    if (now && now->version != *request.expected_version) {
      throw Error("TM4205",
                  fmt::format("{} is at version {}, not at {}: somebody else has changed it", full.target.render(), now->version, *request.expected_version));
    }
  }
  const bool is_table = existing && existing->type == RelationType::kTable;
  const std::string format = is_table && request.mode != WriteMode::kReplace ? facts(*existing)->format : format_of_new_tables();
  PublishResult result;
  try {
    result = publish_on_spark(*this, ready, full, existing, format);
  } catch (...) {
    forget(full.target);
    throw;
  }
  forget(full.target);
  result.rows_written = -1;
  return result;
}

}  // namespace tidemark::spark
