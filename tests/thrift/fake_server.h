// A HiveServer2 that answers as a test tells it, on a free port of 127.0.0.1.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <TCLIService.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>
#include <unistd.h>

namespace tidemark::thrift::testing {

using apache::thrift::transport::TFramedTransport;
using apache::thrift::transport::TSocket;

struct Script {
  bool sasl = true;
  std::string password = "secret";
  int polls = 2;                 // GetOperationStatus calls before a statement ends
  std::string fault;             // of each statement
  int close_after = -1;          // calls of a connection, after which the server closes it without an answer
  std::string raw_answer;        // bytes sent in place of the first answer
  bool forget_sessions = false;  // INVALID_HANDLE for whoever asks
  int64_t rows = 0;              // of each result: one bigint column and one of text
  size_t text_size = 4;          // of a text
};

class FakeServer : public wire::TCLIServiceNull {
 public:
  explicit FakeServer(Script script) : script(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) throw std::runtime_error("bind");
    ::listen(listener_, 16);
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept_all(); });
  }

  ~FakeServer() override {
    stopped_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    ::close(listener_);
    drop_connections();
    thread_.join();
    for (std::thread& thread : threads_) thread.join();
  }

  void drop_connections() {
    const std::lock_guard lock(mutex_);
    for (const int handle : handles_) ::shutdown(handle, SHUT_RDWR);
  }

  Script script;
  int port = 0;
  std::atomic<int> connections{0}, statements{0}, cancels{0}, closed_operations{0}, closed_sessions{0};
  std::map<std::string, std::string> configuration;

 private:
  void accept_all() {
    while (!stopped_) {
      const int handle = ::accept(listener_, nullptr, nullptr);
      if (handle < 0) return;
      ++connections;
      const std::lock_guard lock(mutex_);
      handles_.push_back(handle);
      threads_.emplace_back([this, handle] { serve(handle); });
    }
  }

  void serve(int handle) {
    const auto socket = std::make_shared<TSocket>(handle);
    try {
      if (script.sasl && !sign_in(*socket)) return;
      std::shared_ptr<apache::thrift::transport::TTransport> transport = std::make_shared<TFramedTransport>(socket);
      if (!script.sasl) transport = std::make_shared<apache::thrift::transport::TBufferedTransport>(socket);
      const auto protocol = std::make_shared<apache::thrift::protocol::TBinaryProtocol>(transport);
      wire::TCLIServiceProcessor processor(std::shared_ptr<wire::TCLIServiceIf>(this, [](auto*) {}));
      if (!script.raw_answer.empty()) {
        uint8_t first;
        socket->read(&first, 1);
        socket->write(reinterpret_cast<const uint8_t*>(script.raw_answer.data()), static_cast<uint32_t>(script.raw_answer.size()));
        return;
      }
      for (int calls = 0; script.close_after < 0 || calls < script.close_after; ++calls) {
        if (!processor.process(protocol, protocol, nullptr)) return;
      }
    } catch (const apache::thrift::TException&) {
    }
  }

  static std::pair<uint8_t, std::string> frame(TSocket& socket) {
    uint8_t head[5];
    apache::thrift::transport::readAll(socket, head, 5);
    std::string text(head[3] << 8 | head[4], '\0');
    if (!text.empty()) apache::thrift::transport::readAll(socket, reinterpret_cast<uint8_t*>(text.data()), static_cast<uint32_t>(text.size()));
    return {head[0], text};
  }

  bool sign_in(TSocket& socket) {
    const auto mechanism = frame(socket);
    const auto words = frame(socket).second;
    const bool good = mechanism.second == "PLAIN" && words.substr(words.rfind('\0') + 1) == script.password;
    const std::string said = good ? "" : "Error validating the login";
    std::string answer{static_cast<char>(good ? 5 : 3), 0, 0, 0, static_cast<char>(said.size())};
    answer += said;
    socket.write(reinterpret_cast<const uint8_t*>(answer.data()), static_cast<uint32_t>(answer.size()));
    return good;
  }

  static wire::THandleIdentifier handle(const std::string& guid) {
    wire::THandleIdentifier id;
    id.guid = guid;
    id.secret = "s";
    return id;
  }

  void OpenSession(wire::TOpenSessionResp& out, const wire::TOpenSessionReq& in) override {
    configuration = in.configuration;
    out.serverProtocolVersion = in.client_protocol;
    wire::TSessionHandle session;
    session.sessionId = handle("session");
    out.__set_sessionHandle(session);
  }
  void CloseSession(wire::TCloseSessionResp&, const wire::TCloseSessionReq&) override { ++closed_sessions; }
  void GetInfo(wire::TGetInfoResp& out, const wire::TGetInfoReq&) override { out.infoValue.__set_stringValue("Fake"); }

  void ExecuteStatement(wire::TExecuteStatementResp& out, const wire::TExecuteStatementReq& in) override {
    ++statements;
    if (in.statement == "now wrong") {
      out.status.statusCode = wire::TStatusCode::ERROR;
      out.status.__set_errorMessage("org.apache.spark.sql.catalyst.parser.ParseException: no such thing (line 1, pos 4)\n\tat org.A.b(A.scala:1)");
      return;
    }
    wire::TOperationHandle operation;
    operation.operationId = handle("operation");
    operation.hasResultSet = true;
    out.__set_operationHandle(operation);
    polled_ = 0;
    sent_ = 0;
  }

  void GetOperationStatus(wire::TGetOperationStatusResp& out, const wire::TGetOperationStatusReq&) override {
    if (cancels > 0) return out.__set_operationState(wire::TOperationState::CANCELED);
    if (script.polls < 0 || polled_++ < script.polls) return out.__set_operationState(wire::TOperationState::RUNNING);
    if (!script.fault.empty()) {
      out.__set_operationState(wire::TOperationState::ERROR);
      return out.__set_errorMessage(script.fault);
    }
    out.__set_operationState(wire::TOperationState::FINISHED);
  }
  void CancelOperation(wire::TCancelOperationResp&, const wire::TCancelOperationReq&) override { ++cancels; }
  void CloseOperation(wire::TCloseOperationResp&, const wire::TCloseOperationReq&) override { ++closed_operations; }

  static wire::TColumnDesc column(const std::string& name, wire::TTypeId::type type) {
    wire::TColumnDesc column;
    column.columnName = name;
    wire::TTypeEntry entry;
    wire::TPrimitiveTypeEntry primitive;
    primitive.type = type;
    if (type == wire::TTypeId::DECIMAL) {
      wire::TTypeQualifiers qualifiers;
      qualifiers.qualifiers["precision"].__set_i32Value(18);
      qualifiers.qualifiers["scale"].__set_i32Value(2);
      primitive.__set_typeQualifiers(qualifiers);
    }
    entry.__set_primitiveEntry(primitive);
    column.typeDesc.types.push_back(entry);
    return column;
  }

  void GetResultSetMetadata(wire::TGetResultSetMetadataResp& out, const wire::TGetResultSetMetadataReq&) override {
    wire::TTableSchema schema;
    schema.columns = {column("n", wire::TTypeId::BIGINT), column("d", wire::TTypeId::DECIMAL)};
    out.__set_schema(schema);
  }

  // Row i: i (NULL in every third), then a text of the digit i % 10.
  void FetchResults(wire::TFetchResultsResp& out, const wire::TFetchResultsReq& in) override {
    const int64_t count = std::min(in.maxRows, script.rows - sent_);
    wire::TColumn numbers, texts;
    numbers.__isset.i64Val = texts.__isset.stringVal = true;
    numbers.i64Val.nulls.assign(static_cast<size_t>(count + 7) / 8, '\0');
    for (int64_t i = 0; i < count; ++i, ++sent_) {
      numbers.i64Val.values.push_back(sent_ % 3 == 0 ? -1 : sent_);
      if (sent_ % 3 == 0) numbers.i64Val.nulls[static_cast<size_t>(i) / 8] |= static_cast<char>(1 << (i % 8));
      texts.stringVal.values.push_back(std::string(script.text_size, static_cast<char>('0' + sent_ % 10)));
    }
    wire::TRowSet rows;
    rows.__set_columns({numbers, texts});
    out.__set_results(rows);
  }

  int listener_ = -1;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::vector<int> handles_;
  std::vector<std::thread> threads_;
  std::thread thread_;
  int polled_ = 0;
  int64_t sent_ = 0;
};

}  // namespace tidemark::thrift::testing
