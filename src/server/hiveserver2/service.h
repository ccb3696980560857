// One client's connection: its sessions and operations, answered call by call. Not thread-safe; ends with the connection, and
// cancels what still runs.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <TCLIService.h>

#include "server/api/context.h"
#include "server/hiveserver2/local_rows.h"
#include "server/hiveserver2/statement.h"
#include "server/query/spill.h"

namespace tidemark::server {

namespace wire = thrift::wire;

class HiveService : public wire::TCLIServiceIf {
 public:
  // `is_gone`: whether the client has closed the connection; asked while it waits for a statement.
  HiveService(Context& context, User user, std::function<bool()> is_gone) : context_(context), user_(std::move(user)), is_gone_(std::move(is_gone)) {}
  ~HiveService() override;

  void OpenSession(wire::TOpenSessionResp& out, const wire::TOpenSessionReq& req) override;
  void CloseSession(wire::TCloseSessionResp& out, const wire::TCloseSessionReq& req) override;
  void GetInfo(wire::TGetInfoResp& out, const wire::TGetInfoReq& req) override;
  void ExecuteStatement(wire::TExecuteStatementResp& out, const wire::TExecuteStatementReq& req) override;
  void GetTypeInfo(wire::TGetTypeInfoResp& out, const wire::TGetTypeInfoReq& req) override;
  void GetCatalogs(wire::TGetCatalogsResp& out, const wire::TGetCatalogsReq& req) override;
  void GetSchemas(wire::TGetSchemasResp& out, const wire::TGetSchemasReq& req) override;
  void GetTables(wire::TGetTablesResp& out, const wire::TGetTablesReq& req) override;
  void GetTableTypes(wire::TGetTableTypesResp& out, const wire::TGetTableTypesReq& req) override;
  void GetColumns(wire::TGetColumnsResp& out, const wire::TGetColumnsReq& req) override;
  void GetFunctions(wire::TGetFunctionsResp& out, const wire::TGetFunctionsReq& req) override;
  void GetPrimaryKeys(wire::TGetPrimaryKeysResp& out, const wire::TGetPrimaryKeysReq& req) override;
  void GetCrossReference(wire::TGetCrossReferenceResp& out, const wire::TGetCrossReferenceReq& req) override;
  void GetOperationStatus(wire::TGetOperationStatusResp& out, const wire::TGetOperationStatusReq& req) override;
  void CancelOperation(wire::TCancelOperationResp& out, const wire::TCancelOperationReq& req) override;
  void CloseOperation(wire::TCloseOperationResp& out, const wire::TCloseOperationReq& req) override;
  void GetResultSetMetadata(wire::TGetResultSetMetadataResp& out, const wire::TGetResultSetMetadataReq& req) override;
  void FetchResults(wire::TFetchResultsResp& out, const wire::TFetchResultsReq& req) override;
  void GetQueryId(wire::TGetQueryIdResp& out, const wire::TGetQueryIdReq& req) override;

 private:
  struct Operation {
    std::string session;  // its identifier
    wire::TOperationHandle handle;
    std::string execution;  // empty: `local` has the rows
    std::optional<LocalRows> local;
    std::optional<SpillReader> reader;
    int64_t fetched = 0;  // rows
  };

  Surroundings& session(const wire::TSessionHandle& handle);
  Operation& operation(const wire::TOperationHandle& handle);
  Session& metadata();
  Operation& add_operation(const wire::TSessionHandle& session, wire::TOperationType::type type);
  // The state after at most `patience_ms`.
  Execution await(const Operation& operation, int patience_ms);
  Execution found(const Operation& operation);
  void drop(std::map<std::string, Operation>::iterator at);
  std::vector<ColumnType> columns_of(const Operation& operation);
  wire::TRowSet rows_of(Operation& operation, int64_t most, bool& has_more);
  template <class Response, class Make>
  void answer_metadata(Response& out, const wire::TSessionHandle& handle, wire::TOperationType::type type, const Make& make);

  Context& context_;
  User user_;
  std::function<bool()> is_gone_;
  LoadedProjectPtr project_;
  std::unique_ptr<Session> metadata_;
  std::map<std::string, Surroundings> sessions_;
  std::map<std::string, Operation> operations_;
};

}  // namespace tidemark::server
