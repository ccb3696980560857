#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapter/duckdb/api.h"
#include "adapter/duckdb/errors.h"
#include "adapter/duckdb/state.h"
#include "adapter/duckdb/whole_frames.h"
#include "base/error.h"
#include "base/strings.h"

namespace tidemark::duckdb {

Script::Script(Connection::State& connection, const std::string& sql) : connection_(connection), sql_(sql) {
  check_exact_calls(sql);
  const Api& duck = api();
  count_ = duck.duckdb_extract_statements(connection.handle, sql.c_str(), &statements_);
  if (count_ > 0) return;
  const char* fault = duck.duckdb_extract_statements_error(statements_);
  std::string message = fault ? fault : "";
  duck.duckdb_destroy_extracted(&statements_);
  if (!message.empty()) throw engine_error(message, DUCKDB_ERROR_PARSER, sql);
}

Script::~Script() { api().duckdb_destroy_extracted(&statements_); }

Prepared Script::prepare(uint64_t index) const {
  const Api& duck = api();
  duckdb_prepared_statement raw = nullptr;
  bool fine = duck.duckdb_prepare_extracted_statement(connection_.handle, statements_, index, &raw) == DuckDBSuccess;
  Prepared prepared(raw);
  if (!fine) {
    const char* fault = raw ? duck.duckdb_prepare_error(raw) : nullptr;
    throw engine_error(fault ? fault : "the statement cannot be prepared", DUCKDB_ERROR_INVALID, sql_);
  }
  check_permitted(connection_, prepared.get(), sql_);
  return prepared;
}

Columns columns_of(Connection::State& connection, duckdb_prepared_statement statement) {
  const Api& duck = api();
  Columns columns;
  auto is_keyword = [&](const std::string& word) { return connection.database->is_keyword(word); };
  for (idx_t i = 0; i < duck.duckdb_prepared_statement_column_count(statement); ++i) {
    LogicalType type(duck.duckdb_prepared_statement_column_logical_type(statement, i));
    columns.types.push_back(read_type(type.get()));
    // This name is the caller's to free, unlike that of a result's column.
    std::string name = take_text(const_cast<char*>(duck.duckdb_prepared_statement_column_name(statement, i)));
    columns.described.push_back({std::move(name), type_name(columns.types.back(), is_keyword)});
  }
  return columns;
}

Columns columns_of(Connection::State& connection, duckdb_result* result) {
  const Api& duck = api();
  Columns columns;
  auto is_keyword = [&](const std::string& word) { return connection.database && connection.database->is_keyword(word); };
  for (idx_t i = 0; i < duck.duckdb_column_count(result); ++i) {
    LogicalType type(duck.duckdb_column_logical_type(result, i));
    columns.types.push_back(read_type(type.get()));
    columns.described.push_back({duck.duckdb_column_name(result, i), type_name(columns.types.back(), is_keyword)});
  }
  return columns;
}

ZoneOffset zone_of(Connection::State& connection, const Columns& columns) {
  auto utc = [](int64_t) { return 0; };
  if (std::none_of(columns.types.begin(), columns.types.end(), has_time_zone)) return utc;
  const std::string sql = "SELECT current_setting('TimeZone')";
  QueryResult result;
  if (api().duckdb_query(connection.handle, sql.c_str(), result.get()) != DuckDBSuccess) return utc;  // a transaction that has failed
  Chunk chunk(api().duckdb_fetch_chunk(*result.get()));
  if (!chunk) return utc;
  TypeTree text;
  text.id = DUCKDB_TYPE_VARCHAR;
  ZoneOffset none = utc;
  std::string name = BoundVector(text, api().duckdb_data_chunk_get_vector(chunk.get(), 0), none).at(0).as_string();
  if (name == "UTC" || name == "Etc/UTC") return utc;
  ZoneTable& zone = connection.database->zone(name);
  return [&zone](int64_t micros) { return zone.offset_at(micros); };
}

StatementKind kind_of(duckdb_prepared_statement statement) {
  switch (api().duckdb_prepared_statement_type(statement)) {
    case DUCKDB_STATEMENT_TYPE_SELECT:
      return StatementKind::kSelect;
    case DUCKDB_STATEMENT_TYPE_INSERT:
      return StatementKind::kInsert;
    case DUCKDB_STATEMENT_TYPE_UPDATE:
      return StatementKind::kUpdate;
    case DUCKDB_STATEMENT_TYPE_DELETE:
      return StatementKind::kDelete;
    case DUCKDB_STATEMENT_TYPE_CREATE:
    case DUCKDB_STATEMENT_TYPE_CREATE_FUNC:
      return StatementKind::kCreate;
    case DUCKDB_STATEMENT_TYPE_ALTER:
      return StatementKind::kAlter;
    case DUCKDB_STATEMENT_TYPE_DROP:
      return StatementKind::kDrop;
    case DUCKDB_STATEMENT_TYPE_COPY:
      return StatementKind::kCopy;
    case DUCKDB_STATEMENT_TYPE_EXPORT:
      return StatementKind::kExport;
    case DUCKDB_STATEMENT_TYPE_ATTACH:
      return StatementKind::kAttach;
    case DUCKDB_STATEMENT_TYPE_DETACH:
      return StatementKind::kDetach;
    case DUCKDB_STATEMENT_TYPE_SET:
    case DUCKDB_STATEMENT_TYPE_VARIABLE_SET:
      return StatementKind::kSet;
    case DUCKDB_STATEMENT_TYPE_LOAD:
    case DUCKDB_STATEMENT_TYPE_EXTENSION:
      return StatementKind::kLoad;
    case DUCKDB_STATEMENT_TYPE_TRANSACTION:
      return StatementKind::kTransaction;
    case DUCKDB_STATEMENT_TYPE_EXPLAIN:
      return StatementKind::kExplain;
    case DUCKDB_STATEMENT_TYPE_PRAGMA:
      return StatementKind::kPragma;
    case DUCKDB_STATEMENT_TYPE_CALL:
      return StatementKind::kCall;
    case DUCKDB_STATEMENT_TYPE_PREPARE:
      return StatementKind::kPrepare;
    case DUCKDB_STATEMENT_TYPE_EXECUTE:
      return StatementKind::kExecute;
    case DUCKDB_STATEMENT_TYPE_VACUUM:
      return StatementKind::kVacuum;
    case DUCKDB_STATEMENT_TYPE_ANALYZE:
      return StatementKind::kAnalyze;
    default:
      return StatementKind::kOther;
  }
}

void bind(duckdb_prepared_statement statement, const std::vector<Value>& parameters, const std::string& sql) {
  const Api& duck = api();
  idx_t wanted = duck.duckdb_nparams(statement);
  if (wanted != parameters.size()) {
    throw Error("TM4112", "the statement takes " + std::to_string(wanted) + " parameters, got " + std::to_string(parameters.size()))
        .at({make_source("<sql>", sql), 0, 0});
  }
  for (idx_t i = 0; i < wanted; ++i) {
    OwnedValue value = to_engine(parameters[i]);
    if (duck.duckdb_bind_value(statement, i + 1, value.get()) != DuckDBSuccess) {
      throw Error("TM4112", "parameter " + std::to_string(i + 1) + " cannot be bound");
    }
  }
}

QueryResult run(Connection::State& connection, duckdb_prepared_statement statement, const std::string& sql, bool streaming) {
  const Api& duck = api();
  QueryResult result;
  auto state = streaming ? duck.duckdb_execute_prepared_streaming(statement, result.get()) : duck.duckdb_execute_prepared(statement, result.get());
  if (state != DuckDBSuccess) {
    const char* fault = duck.duckdb_result_error(result.get());
    throw engine_error(fault ? fault : "the statement failed", duck.duckdb_result_error_type(result.get()), sql);
  }
  if (!streaming) add_counters(connection);
  return result;
}

void append_rows(const Columns& columns, duckdb_data_chunk chunk, const ZoneOffset& zone, uint64_t limit, std::vector<Row>& rows) {
  const Api& duck = api();
  std::vector<BoundVector> vectors;
  vectors.reserve(columns.types.size());
  for (size_t i = 0; i < columns.types.size(); ++i) vectors.emplace_back(columns.types[i], duck.duckdb_data_chunk_get_vector(chunk, i), zone);
  uint64_t count = std::min<uint64_t>(duck.duckdb_data_chunk_get_size(chunk), limit);
  rows.reserve(rows.size() + count);
  for (uint64_t row = 0; row < count; ++row) {
    Row& out = rows.emplace_back();
    out.reserve(vectors.size());
    for (const auto& vector : vectors) out.push_back(vector.at(row));
  }
}

void check_permitted(Connection::State& connection, duckdb_prepared_statement statement, const std::string& sql) {
  if (!connection.database || !connection.database->options.lock_down || !connection.database->options.lock_down->only_selects) return;
  if (kind_of(statement) == StatementKind::kSelect) return;
  throw Error("TM4117", "only SELECT statements may be run here").at({make_source("<sql>", sql), 0, std::min(sql.size(), sql.find_first_of(" \t\n;("))});
}

}  // namespace tidemark::duckdb
