#include "server/hiveserver2/service.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/strings.h"
#include "server/hiveserver2/columns.h"
#include "server/hiveserver2/metadata.h"
#include "sql/spark_text.h"

namespace tidemark::server {

namespace {

using wire::TOperationState;
using wire::TOperationType;
using wire::TStatusCode;

constexpr int kHeld = 100;                 // ms that GetOperationStatus waits: a cancel of the same client comes after it
constexpr int64_t kMostOfBatch = 8 << 20;  // bytes
constexpr int64_t kMostRowsOfBatch = 100'000;
constexpr size_t kMostOperations = 200;  // of a connection, not closed

wire::TStatus success() {
  wire::TStatus out;
  out.statusCode = TStatusCode::SUCCESS;
  return out;
}

std::string words(const std::string& code, const std::string& message, const std::string& hint) {
  return code + ": " + message + (hint.empty() ? "" : "\nhint: " + hint);
}

std::string words_of(const Error& error) { return words(error.code(), error.message(), error.hint()); }

std::string words_of(const Json& error) {
  const bool has_hint = error.contains("hint") && error["hint"].is_string();
  return words(error.value("code", ""), error.value("message", ""), has_hint ? error["hint"].get<std::string>() : "");
}

// Of a batch that is over and not done.
std::string fault_of(const Execution& state) {
  if (state.state == "cancelled") return "the statement was cancelled";
  for (const StatementState& statement : state.statements) {
    if (!statement.error.is_null()) return words_of(statement.error);
  }
  return state.error.is_null() ? "the statement failed" : words_of(state.error);
}

wire::TStatus failure(const std::string& words) {
  wire::TStatus out;
  out.statusCode = TStatusCode::ERROR;
  out.__set_errorMessage(words);
  out.__set_sqlState("HY000");
  out.__set_errorCode(0);
  out.__set_infoMessages({"*" + words});
  return out;
}

// A request's faults become its status; the connection goes on.
template <class Response, class Action>
void guarded(Response& out, const Action& action) {
  try {
    out.status = success();
    action();
  } catch (const Error& error) {
    out.status = failure(words_of(error));
  } catch (const std::exception& error) {
    out.status = failure(fmt::format("TM9000: {}", error.what()));
  }
}

wire::THandleIdentifier new_identifier() {
  wire::THandleIdentifier out;
  const auto bytes = [] {
    const std::string hex = replace_all(random_uuid(), "-", "");
    std::string raw;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) raw += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return raw;
  };
  out.guid = bytes();
  out.secret = bytes();
  return out;
}

std::string key_of(const wire::THandleIdentifier& id) { return id.guid + id.secret; }

}  // namespace

HiveService::~HiveService() {
  for (const auto& [key, operation] : operations_) {
    if (!operation.execution.empty()) context_.executions.cancel(operation.execution, user_.id);
  }
}

Surroundings& HiveService::session(const wire::TSessionHandle& handle) {
  const auto found = sessions_.find(key_of(handle.sessionId));
  if (found == sessions_.end()) throw Error("TM7604", "the session has ended");
  return found->second;
}

HiveService::Operation& HiveService::operation(const wire::TOperationHandle& handle) {
  const auto found = operations_.find(key_of(handle.operationId));
  if (found == operations_.end()) throw Error("TM7604", "the statement has been closed");
  return found->second;
}

// Of the project as it is now.
Session& HiveService::metadata() {
  const LoadedProjectPtr now = context_.project.current();
  if (now != project_ || !metadata_) {
    metadata_ = now->warehouse->adapter->open_session("jdbc");
    project_ = now;
  }
  return *metadata_;
}

HiveService::Operation& HiveService::add_operation(const wire::TSessionHandle& session, TOperationType::type type) {
  if (operations_.size() >= kMostOperations) throw Error("TM7429", "too many statements of this connection have not been closed");
  Operation out;
  out.session = key_of(session.sessionId);
  out.handle.operationId = new_identifier();
  out.handle.operationType = type;
  out.handle.hasResultSet = true;
  return operations_[key_of(out.handle.operationId)] = std::move(out);
}

Execution HiveService::found(const Operation& operation) {
  auto state = context_.executions.find(operation.execution, user_.id);
  if (!state) throw Error("TM7604", "the statement's result is not kept any more");
  return *std::move(state);
}

Execution HiveService::await(const Operation& operation, int patience_ms) {
  const Stopwatch watch;
  for (int pause = 1;; pause = std::min(pause + 1, 20)) {
    Execution state = found(operation);
    if (state.is_over() || watch.seconds() * 1000 >= patience_ms) return state;
    if (is_gone_()) {
      context_.executions.cancel(operation.execution, user_.id);
      throw Error("TM7604", "the client has gone");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
  }
}

void HiveService::drop(std::map<std::string, Operation>::iterator at) {
  if (!at->second.execution.empty()) context_.executions.cancel(at->second.execution, user_.id);
  operations_.erase(at);
}

void HiveService::OpenSession(wire::TOpenSessionResp& out, const wire::TOpenSessionReq& req) {
  out.serverProtocolVersion = std::min(req.client_protocol, wire::TProtocolVersion::V11);
  guarded(out, [&] {
    if (req.client_protocol < wire::TProtocolVersion::V6)
      throw Error("TM7605", fmt::format("clients of protocol version {} are not served", static_cast<int>(req.client_protocol) + 1))
          .hint("version 6 and newer ones are");
    wire::TSessionHandle handle;
    handle.sessionId = new_identifier();
    Surroundings surroundings;
    surroundings.schema = context_.project.query_configuration().at("schema").get<std::string>();
    for (const auto& [name, value] : req.configuration) {
      if (name == "use:database" && value != "default") {
        answer_statement(fmt::format("USE `{}`", value), surroundings, [this]() -> Session& { return metadata(); });
      } else if (name.starts_with("set:")) {
        surroundings.settings[name.substr(name.rfind(':') + 1)] = value;
      }
    }
    sessions_[key_of(handle.sessionId)] = std::move(surroundings);
    out.__set_sessionHandle(handle);
    out.__set_configuration({});
  });
}

void HiveService::CloseSession(wire::TCloseSessionResp& out, const wire::TCloseSessionReq& req) {
  guarded(out, [&] {
    session(req.sessionHandle);
    const std::string key = key_of(req.sessionHandle.sessionId);
    for (auto at = operations_.begin(); at != operations_.end();) {
      const auto next = std::next(at);
      if (at->second.session == key) drop(at);
      at = next;
    }
    sessions_.erase(key);
  });
}

void HiveService::GetInfo(wire::TGetInfoResp& out, const wire::TGetInfoReq& req) {
  constexpr int kServerName = 13, kProductName = 17, kProductVersion = 18;
  guarded(out, [&] {
    session(req.sessionHandle);
    out.infoValue.__set_stringValue(req.infoType == kServerName || req.infoType == kProductName ? "tidemark"
                                    : req.infoType == kProductVersion                           ? TIDEMARK_VERSION
                                                                                                : "");
  });
}

void HiveService::ExecuteStatement(wire::TExecuteStatementResp& out, const wire::TExecuteStatementReq& req) {
  guarded(out, [&] {
    Surroundings& surroundings = session(req.sessionHandle);
    std::optional<LocalRows> local = answer_statement(req.statement, surroundings, [this]() -> Session& { return metadata(); });
    ExecutionRequest request;
    Operation& made = add_operation(req.sessionHandle, TOperationType::EXECUTE_STATEMENT);
    if (local) {
      made.local = std::move(local);
    } else {
      request.user = user_.id;
      request.sql = sql::from_spark(req.statement);
      request.schema = surroundings.schema;
      request.is_spark = true;
      made.execution = context_.executions.start(std::move(request));
    }
    const wire::TOperationHandle handle = made.handle;
    if (!req.runAsync && !made.execution.empty()) {
      Execution state = found(made);
      while (!state.is_over()) state = await(made, 10'000);
      if (state.state != "done") {
        operations_.erase(key_of(handle.operationId));
        throw Error("TM7606", fault_of(state));
      }
    }
    out.__set_operationHandle(handle);
  });
}

template <class Response, class Make>
void HiveService::answer_metadata(Response& out, const wire::TSessionHandle& handle, TOperationType::type type, const Make& make) {
  guarded(out, [&] {
    session(handle);
    LocalRows rows = make();
    Operation& made = add_operation(handle, type);
    made.local = std::move(rows);
    out.__set_operationHandle(made.handle);
  });
}

void HiveService::GetTypeInfo(wire::TGetTypeInfoResp& out, const wire::TGetTypeInfoReq& req) {
  answer_metadata(out, req.sessionHandle, TOperationType::GET_TYPE_INFO, [] { return type_info_rows(); });
}

void HiveService::GetCatalogs(wire::TGetCatalogsResp& out, const wire::TGetCatalogsReq& req) {
  answer_metadata(out, req.sessionHandle, TOperationType::GET_CATALOGS, [] { return catalogs_rows(); });
}

void HiveService::GetSchemas(wire::TGetSchemasResp& out, const wire::TGetSchemasReq& req) {
  answer_metadata(out, req.sessionHandle, TOperationType::GET_SCHEMAS, [&] { return schemas_rows(metadata(), req.schemaName); });
}

void HiveService::GetTables(wire::TGetTablesResp& out, const wire::TGetTablesReq& req) {
  answer_metadata(out, req.sessionHandle, TOperationType::GET_TABLES, [&] { return tables_rows(metadata(), req.schemaName, req.tableName, req.tableTypes); });
}

void HiveService::GetTableTypes(wire::TGetTableTypesResp& out, const wire::TGetTableTypesReq& req) {
  answer_metadata(out, req.sessionHandle, TOperationType::GET_TABLE_TYPES, [] { return table_types_rows(); });
}

void HiveService::GetColumns(wire::TGetColumnsResp& out, const wire::TGetColumnsReq& req) {
  answer_metadata(out, req.sessionHandle, TOperationType::GET_COLUMNS, [&] { return columns_rows(metadata(), req.schemaName, req.tableName, req.columnName); });
}

void HiveService::GetFunctions(wire::TGetFunctionsResp& out, const wire::TGetFunctionsReq& req) {
  answer_metadata(out, req.sessionHandle, TOperationType::GET_FUNCTIONS, [&] { return functions_rows(context_.executions.functions(), req.functionName); });
}

void HiveService::GetPrimaryKeys(wire::TGetPrimaryKeysResp& out, const wire::TGetPrimaryKeysReq& req) {
  answer_metadata(out, req.sessionHandle, TOperationType::UNKNOWN, [] { return primary_keys_rows(); });
}

void HiveService::GetCrossReference(wire::TGetCrossReferenceResp& out, const wire::TGetCrossReferenceReq& req) {
  answer_metadata(out, req.sessionHandle, TOperationType::UNKNOWN, [] { return cross_reference_rows(); });
}

void HiveService::GetOperationStatus(wire::TGetOperationStatusResp& out, const wire::TGetOperationStatusReq& req) {
  guarded(out, [&] {
    const Operation& asked = operation(req.operationHandle);
    out.__set_hasResultSet(true);
    if (asked.local) {
      out.__set_operationState(TOperationState::FINISHED);
      return;
    }
    const Execution state = await(asked, kHeld);
    if (state.state == "queued") {
      out.__set_operationState(TOperationState::PENDING);
    } else if (state.state == "running") {
      out.__set_operationState(TOperationState::RUNNING);
    } else if (state.state == "done") {
      out.__set_operationState(TOperationState::FINISHED);
    } else if (state.state == "cancelled") {
      out.__set_operationState(TOperationState::CANCELED);
    } else {
      out.__set_operationState(TOperationState::ERROR);
      out.__set_errorMessage(fault_of(state));
      out.__set_sqlState("HY000");
      out.__set_errorCode(0);
    }
  });
}

void HiveService::CancelOperation(wire::TCancelOperationResp& out, const wire::TCancelOperationReq& req) {
  guarded(out, [&] {
    const Operation& asked = operation(req.operationHandle);
    if (!asked.execution.empty()) context_.executions.cancel(asked.execution, user_.id);
  });
}

void HiveService::CloseOperation(wire::TCloseOperationResp& out, const wire::TCloseOperationReq& req) {
  guarded(out, [&] {
    const auto at = operations_.find(key_of(req.operationHandle.operationId));
    if (at != operations_.end()) drop(at);
  });
}

// Waits where the statement has not told them yet.
std::vector<ColumnType> HiveService::columns_of(const Operation& operation) {
  if (operation.local) return operation.local->columns;
  Execution state = found(operation);
  while (!state.is_over()) state = await(operation, 10'000);
  if (state.state != "done") throw Error("TM7606", fault_of(state));
  std::vector<ColumnType> out;
  for (const Json& column : state.statements.back().columns) out.push_back({column.at("name").get<std::string>(), column.at("type").get<std::string>()});
  return out;
}

void HiveService::GetResultSetMetadata(wire::TGetResultSetMetadataResp& out, const wire::TGetResultSetMetadataReq& req) {
  guarded(out, [&] { out.__set_schema(table_schema(columns_of(operation(req.operationHandle)))); });
}

wire::TRowSet HiveService::rows_of(Operation& operation, int64_t most, bool& has_more) {
  RowSetWriter writer(columns_of(operation));
  const int64_t start = operation.fetched;
  if (operation.local) {
    const auto& lines = operation.local->lines;
    for (; writer.rows() < most && operation.fetched < static_cast<int64_t>(lines.size()); ++operation.fetched)
      writer.add(lines[static_cast<size_t>(operation.fetched)]);
    has_more = operation.fetched < static_cast<int64_t>(lines.size());
    return writer.take(start);
  }
  const Execution state = found(operation);
  const int64_t rows = state.statements.back().row_count;
  if (!operation.reader) operation.reader.emplace(state.folder, std::to_string(state.statements.size() - 1), rows);
  std::string line;
  while (writer.rows() < most && writer.bytes() < kMostOfBatch && operation.reader->next(line)) {
    writer.add(line);
    ++operation.fetched;
  }
  has_more = operation.fetched < rows;
  return writer.take(start);
}

void HiveService::FetchResults(wire::TFetchResultsResp& out, const wire::TFetchResultsReq& req) {
  constexpr int kLog = 1;
  guarded(out, [&] {
    Operation& asked = operation(req.operationHandle);
    out.__set_hasMoreRows(false);
    if (req.fetchType == kLog) {
      out.__set_results(RowSetWriter(std::vector<ColumnType>{{"operation_log", "VARCHAR"}}).take(0));
      return;
    }
    if (req.orientation == wire::TFetchOrientation::FIRST) {
      asked.reader.reset();
      asked.fetched = 0;
    } else if (req.orientation != wire::TFetchOrientation::NEXT) {
      throw Error("TM7607", "rows are fetched forwards only");
    }
    bool has_more = false;
    out.__set_results(rows_of(asked, std::clamp<int64_t>(req.maxRows, 1, kMostRowsOfBatch), has_more));
    out.__set_hasMoreRows(has_more);
  });
}

void HiveService::GetQueryId(wire::TGetQueryIdResp& out, const wire::TGetQueryIdReq& req) {
  const auto at = operations_.find(key_of(req.operationHandle.operationId));
  out.queryId = at == operations_.end() ? "" : at->second.execution;
}

}  // namespace tidemark::server
