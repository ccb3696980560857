// Batches of statements that users run: queued, carried out by query processes, their results kept in files.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "server/child/child.h"
#include "server/store/store.h"

namespace tidemark::server {

struct QueryLimits {
  int processes = 2;  // batches that run at once
  int threads = 2;    // of each
  std::string memory = "2GB";
  double seconds = 600;
  int64_t rows = 20'000'000;         // of a statement
  int64_t bytes = int64_t{4} << 30;  // of a statement's result on disk
  int queued_of_user = 100;
  int queued = 1000;
  int64_t kept_bytes = int64_t{20} << 30;  // of all results
  double kept_seconds = 24 * 3600;
};

struct ExecutionRequest {
  int64_t user = 0;
  std::string sql;
  Json parameters = Json::object();
  bool as_finished = false;
  std::string schema;              // of unqualified names; empty: the project's
  bool is_spark = false;           // the text names functions of sql::spark_functions()
  Json versions = Json::object();  // "schema/table" -> version: read as they were
  bool is_listed = true;           // in the user's history
};

struct StatementState {
  std::string sql;
  std::string state = "queued";
  Json error;
  Json columns = Json::array();
  int64_t row_count = 0;
  bool truncated = false;
  int64_t elapsed_ms = 0;
};

// A copy of what is known of one batch at one moment.
struct Execution {
  std::string id;
  int64_t user = 0;
  std::string sql;
  std::string state = "queued";  // "queued", "running", "done", "failed", "cancelled"
  Json error;                    // of the batch; null
  std::string started_at;
  int64_t elapsed_ms = 0;
  int queue_place = 0;
  std::vector<StatementState> statements;
  std::filesystem::path folder;
  int64_t change = 0;  // grows with each

  bool is_over() const { return state != "queued" && state != "running"; }
  Json json() const;
};

class Executions {
 public:
  // `configuration` gives a query process's first line (see query/process.h), but for its temporary folder. `folder`: of the results.
  Executions(Store& store, QueryLimits limits, std::filesystem::path folder, std::function<Json()> configuration);
  ~Executions();

  // The new batch's id. TM7429 where too many wait already.
  std::string start(ExecutionRequest request);
  // Nullopt where there is none, or it is another user's.
  std::optional<Execution> find(const std::string& id, int64_t user);
  void cancel(const std::string& id, int64_t user);
  void stop();
  // Names of the engine's functions, once a process has told them.
  Json functions();

 private:
  struct Task {
    Execution state;
    Json parameters;
    bool as_finished = false;
    std::string schema;
    bool is_spark = false;
    Json versions;
    bool is_listed = true;
    bool cancel_wanted = false;
    Stopwatch watch;
  };
  using TaskPtr = std::shared_ptr<Task>;
  struct Process;

  void work(size_t index);
  TaskPtr take();
  // The process as it must be for the next batch: the one that is there, or a new one.
  void make_ready(std::unique_ptr<Process>& process, size_t index);
  void await_ready(Child& child);
  void run(Task& task, std::unique_ptr<Process>& process, size_t index);
  void apply(Task& task, const Json& line);
  void end(Task& task, const std::string& state, const Json& error);
  std::optional<Execution> load(const std::string& id);
  void save(const Execution& execution);
  void remove_old();

  Store& store_;
  QueryLimits limits_;
  std::filesystem::path folder_;
  std::function<Json()> configuration_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, TaskPtr> tasks_;
  std::deque<TaskPtr> waiting_;
  std::map<int64_t, int> running_of_user_;
  bool stopping_ = false;
  std::atomic<int64_t> ends_{0};
  Json functions_ = Json::array();
  std::vector<std::thread> workers_;
};

}  // namespace tidemark::server
