// A client of a HiveServer2 (Spark's Thrift server, Hive): one connection with one session, used by one thread at a time.
//
// A connection that is lost is opened again by the next statement; what the old session held (temporary views, settings made
// by statements) is gone then, and session_number() is another. A statement that the server may have begun is never sent
// twice, unless it is said that it only reads.
//   TM4401 nobody answers   TM4402 the sign-in is refused   TM4403 the server refuses a session
//   TM4404 the connection was lost, or a reply did not come in time   TM4405 a reply that is none
//   TM4406 the server could not run the statement   TM4407 the statement was cancelled
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "thrift/rows.h"
#include "thrift/server.h"

namespace tidemark::thrift {

struct StatementOptions {
  bool only_reads = false;                         // may be sent again where the connection breaks before its first row came
  const std::atomic<bool>* cancelled = nullptr;    // once true, the server is told and TM4407 thrown
  std::function<void(double)> on_progress;         // 0 to 1, where the server tells
  std::function<void(const std::string&)> on_log;  // lines of the server's log of the statement, where it keeps one
};

class Client;

// The rows of a statement that has ended well. The client that gave it must outlive it, and runs nothing else meanwhile.
class Result {
 public:
  ~Result();
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;

  const std::vector<Column>& columns() const { return columns_; }  // empty: the statement gives no rows
  int64_t affected_rows() const { return affected_rows_; }         // -1 where the server does not tell

  // The next rows; false at the end.
  bool next(Batch& batch);

 private:
  friend class Client;
  struct State;
  Result(Client& client, std::unique_ptr<State> state);

  Client& client_;
  std::unique_ptr<State> state_;
  std::vector<Column> columns_;
  int64_t affected_rows_ = -1;
};

class Client {
 public:
  explicit Client(Server server);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Returns when the server has ended the statement.
  std::unique_ptr<Result> execute(const std::string& statement, const StatementOptions& options = {});

  // Opens the connection where there is none. How often that happened, from 1 on: another number means another session.
  int session_number();

  const Server& server() const { return server_; }

 private:
  friend class Result;
  struct Connection;
  Connection& connected();
  std::unique_ptr<Result> run(const std::string& statement, const StatementOptions& options);
  std::unique_ptr<Result> run_again(const std::string& statement, const StatementOptions& options);
  void check_still_there();
  void disconnect() noexcept;

  Server server_;
  std::unique_ptr<Connection> connection_;
  int sessions_ = 0;
};

}  // namespace tidemark::thrift
