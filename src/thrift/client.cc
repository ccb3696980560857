#include "thrift/client.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <TCLIService.h>
#include <fmt/format.h>
#include <thrift/TApplicationException.h>
#include <thrift/transport/TTransportException.h>

#include "base/error.h"
#include "thrift/decode.h"
#include "thrift/fault_text.h"
#include "thrift/transport.h"

namespace tidemark::thrift {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using apache::thrift::transport::TTransportException;

constexpr milliseconds kFirstPoll{1};
constexpr milliseconds kLongestPoll{100};
constexpr auto kIdle = std::chrono::seconds(2);  // after which a connection is tried before a statement is trusted to it
constexpr int64_t kFirstRows = 1000;
constexpr int64_t kMostRows = 100'000;
constexpr size_t kBatchBytes = 8 << 20;  // wanted of one reply
constexpr int32_t kDbmsName = 17;        // of TGetInfoReq

bool is_fault(const wire::TStatus& status) { return status.statusCode == wire::TStatusCode::ERROR || status.statusCode == wire::TStatusCode::INVALID_HANDLE; }

std::string text_of(const wire::TStatus& status) {
  if (!status.errorMessage.empty()) return readable_fault(status.errorMessage);
  return status.infoMessages.empty() ? "the server gives no reason" : readable_fault(status.infoMessages.front());
}

Error lost(const Server& server, const std::string& why) {
  return Error("TM4404", fmt::format("the connection to {}:{} was lost: {}", server.host, server.port, why));
}

// Roughly: what decides on the number of rows asked for next.
size_t bytes_of(const Batch& batch) {
  size_t bytes = 0;
  for (const ColumnValues& column : batch.columns) {
    bytes += column.size() * sizeof(int64_t);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
      for (const std::string& text : *texts) bytes += text.size();
    }
  }
  return bytes;
}

}  // namespace

struct Client::Connection {
  explicit Connection(const Server& server) : protocol(connect(server)), service(protocol) {}

  std::shared_ptr<apache::thrift::protocol::TProtocol> protocol;
  wire::TCLIServiceClient service;
  wire::TSessionHandle session;
  Clock::time_point last_used = Clock::now();
};

struct Result::State {
  wire::TOperationHandle operation;
  int session = 0;  // the client's session that the operation belongs to
  int64_t next_rows = kFirstRows;
  bool ended = false;
};

Client::Client(Server server) : server_(std::move(server)) {}

Client::~Client() {
  if (!connection_) return;
  try {
    wire::TCloseSessionReq request;
    request.sessionHandle = connection_->session;
    wire::TCloseSessionResp response;
    connection_->service.CloseSession(response, request);
  } catch (const std::exception&) {  // the server closes the session with the connection
  }
}

void Client::disconnect() noexcept { connection_.reset(); }

Client::Connection& Client::connected() {
  if (connection_) return *connection_;
  auto connection = std::make_unique<Connection>(server_);
  wire::TOpenSessionReq request;
  request.client_protocol = wire::TProtocolVersion::V8;
  request.__set_username(server_.user);
  request.__set_password(server_.password);
  request.__set_configuration({server_.configuration.begin(), server_.configuration.end()});
  wire::TOpenSessionResp response;
  try {
    connection->service.OpenSession(response, request);
  } catch (const TTransportException& error) {
    const bool plain = server_.sign_in == SignIn::kPlain;
    throw Error("TM4402", fmt::format("{}:{} does not answer to a session's opening: {}", server_.host, server_.port, error.what()))
        .hint(plain ? "is that port a HiveServer2's?" : "a server with SASL needs auth: NONE (or LDAP) in the profile");
  } catch (const apache::thrift::TException& error) {
    throw Error("TM4405", fmt::format("{}:{} speaks something that is no HiveServer2: {}", server_.host, server_.port, error.what()));
  }
  if (is_fault(response.status)) {
    throw Error("TM4403", fmt::format("{}:{} opens no session: {}", server_.host, server_.port, text_of(response.status)));
  }
  connection->session = response.sessionHandle;
  connection_ = std::move(connection);
  ++sessions_;
  return *connection_;
}

int Client::session_number() {
  connected();
  return sessions_;
}

// A connection that a server or something between has closed while nobody used it is noticed before anything depends on it.
void Client::check_still_there() {
  if (!connection_ || Clock::now() - connection_->last_used < kIdle) return;
  wire::TGetInfoReq request;
  request.sessionHandle = connection_->session;
  request.infoType = kDbmsName;
  wire::TGetInfoResp response;
  try {
    connection_->service.GetInfo(response, request);
    if (response.status.statusCode == wire::TStatusCode::INVALID_HANDLE) disconnect();
  } catch (const apache::thrift::TException&) {
    disconnect();
  }
}

std::unique_ptr<Result> Client::execute(const std::string& statement, const StatementOptions& options) {
  check_still_there();
  connected();
  try {
    return run(statement, options);
  } catch (const TTransportException& error) {
    disconnect();
    if (options.only_reads) return run_again(statement, options);
    throw lost(server_, error.what()).hint("the server may have run the statement that was under way; the next run looks at what is there");
  } catch (const apache::thrift::TException& error) {
    disconnect();
    throw Error("TM4405", fmt::format("{}:{} sent a reply that cannot be read: {}", server_.host, server_.port, error.what()));
  }
}

std::unique_ptr<Result> Client::run_again(const std::string& statement, const StatementOptions& options) {
  connected();
  try {
    return run(statement, options);
  } catch (const apache::thrift::TException& error) {
    disconnect();
    throw lost(server_, error.what()).hint("it was lost again at a second try");
  }
}

namespace {

// One statement between ExecuteStatement and its end.
class Running {
 public:
  Running(wire::TCLIServiceClient& service, wire::TOperationHandle operation, const StatementOptions& options)
      : service_(service), operation_(std::move(operation)), options_(options) {}

  // What the server said at the end. Throws TM4406, TM4407.
  wire::TGetOperationStatusResp wait() {
    for (milliseconds pause = kFirstPoll;; pause = std::min(pause * 3 / 2 + milliseconds(1), kLongestPoll)) {
      if (options_.cancelled != nullptr && *options_.cancelled) {
        cancel();
        throw Error("TM4407", "cancelled");
      }
      wire::TGetOperationStatusResp response = status();
      if (is_fault(response.status)) throw Error("TM4406", text_of(response.status));
      if (options_.on_log) log();
      switch (response.operationState) {
        case wire::TOperationState::FINISHED:
          return response;
        case wire::TOperationState::CANCELED:
        case wire::TOperationState::CLOSED:
          throw Error("TM4407", "the statement was cancelled on the server");
        case wire::TOperationState::TIMEDOUT:
          throw Error("TM4406", "the statement took longer than the server allows");
        case wire::TOperationState::ERROR:
          throw Error("TM4406", response.errorMessage.empty() ? "the server gives no reason" : readable_fault(response.errorMessage));
        default:
          break;
      }
      if (options_.on_progress && response.__isset.progressUpdateResponse && response.progressUpdateResponse.progressedPercentage > 0) {
        options_.on_progress(response.progressUpdateResponse.progressedPercentage);
      }
      std::this_thread::sleep_for(pause);
    }
  }

  void close() {
    wire::TCloseOperationReq request;
    request.operationHandle = operation_;
    wire::TCloseOperationResp response;
    service_.CloseOperation(response, request);
  }

 private:
  wire::TGetOperationStatusResp status() {
    wire::TGetOperationStatusReq request;
    request.operationHandle = operation_;
    if (options_.on_progress) request.__set_getProgressUpdate(true);
    wire::TGetOperationStatusResp response;
    service_.GetOperationStatus(response, request);
    return response;
  }

  void cancel() {
    wire::TCancelOperationReq request;
    request.operationHandle = operation_;
    wire::TCancelOperationResp response;
    service_.CancelOperation(response, request);
  }

  void log() {
    wire::TFetchResultsReq request;
    request.operationHandle = operation_;
    request.maxRows = kFirstRows;
    request.__set_fetchType(1);
    wire::TFetchResultsResp response;
    service_.FetchResults(response, request);
    if (is_fault(response.status)) return;  // a server that keeps no log
    const Batch lines = batch_of(response.results, 1);
    if (lines.columns.empty()) return;
    if (const auto* texts = std::get_if<std::vector<std::string>>(&lines.columns.front().values)) {
      for (const std::string& text : *texts) options_.on_log(text);
    }
  }

  wire::TCLIServiceClient& service_;
  wire::TOperationHandle operation_;
  const StatementOptions& options_;
};

}  // namespace

std::unique_ptr<Result> Client::run(const std::string& statement, const StatementOptions& options) {
  wire::TCLIServiceClient& service = connection_->service;
  wire::TExecuteStatementReq request;
  request.sessionHandle = connection_->session;
  request.statement = statement;
  request.__set_runAsync(true);
  wire::TExecuteStatementResp response;
  service.ExecuteStatement(response, request);
  connection_->last_used = Clock::now();
  if (is_fault(response.status)) throw Error("TM4406", text_of(response.status));

  auto state = std::make_unique<Result::State>();
  state->operation = response.operationHandle;
  state->session = sessions_;
  std::unique_ptr<Result> result(new Result(*this, std::move(state)));  // closes the operation, whatever follows
  Running running(service, response.operationHandle, options);
  const wire::TGetOperationStatusResp end = running.wait();
  if (end.__isset.numModifiedRows) result->affected_rows_ = end.numModifiedRows;
  if (end.__isset.hasResultSet ? end.hasResultSet : response.operationHandle.hasResultSet) {
    wire::TGetResultSetMetadataReq metadata;
    metadata.operationHandle = response.operationHandle;
    wire::TGetResultSetMetadataResp schema;
    service.GetResultSetMetadata(schema, metadata);
    if (is_fault(schema.status)) throw Error("TM4406", text_of(schema.status));
    result->columns_ = columns_of(schema.schema);
  }
  connection_->last_used = Clock::now();
  return result;
}

Result::Result(Client& client, std::unique_ptr<State> state) : client_(client), state_(std::move(state)) {}

Result::~Result() {
  if (!client_.connection_ || client_.sessions_ != state_->session) return;
  try {
    const StatementOptions none;
    Running(client_.connection_->service, state_->operation, none).close();
  } catch (const std::exception&) {
    client_.disconnect();
  }
}

bool Result::next(Batch& batch) {
  batch = {};
  if (state_->ended || columns_.empty()) return false;
  if (!client_.connection_ || client_.sessions_ != state_->session) throw lost(client_.server_, "its rows are gone");
  wire::TFetchResultsReq request;
  request.operationHandle = state_->operation;
  request.maxRows = state_->next_rows;
  wire::TFetchResultsResp response;
  try {
    client_.connection_->service.FetchResults(response, request);
  } catch (const TTransportException& error) {
    client_.disconnect();
    throw lost(client_.server_, error.what()).hint("while rows of a result came");
  } catch (const apache::thrift::TException& error) {
    client_.disconnect();
    throw Error("TM4405", fmt::format("the server sent rows that cannot be read: {}", error.what()));
  }
  client_.connection_->last_used = Clock::now();
  if (is_fault(response.status)) throw Error("TM4406", text_of(response.status));
  batch = batch_of(response.results, columns_.size());
  state_->ended = batch.rows() == 0;
  const size_t bytes = std::max<size_t>(bytes_of(batch), 1);
  state_->next_rows = std::clamp<int64_t>(static_cast<int64_t>(batch.rows() * kBatchBytes / bytes), 1, kMostRows);
  return !state_->ended;
}

}  // namespace tidemark::thrift
