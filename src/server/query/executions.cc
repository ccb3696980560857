#include "server/query/executions.h"

#include <csignal>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "server/query/error_json.h"

namespace tidemark::server {

namespace {

constexpr double kPatience = 0.12;  // s from a wish to cancel until the process is killed
constexpr int kBatchesOfProcess = 200;
constexpr size_t kRemembered = 200;  // the others are on disk
constexpr int64_t kEndsBetweenCleanings = 50;

bool is_id(const std::string& text) { return text.size() == 36 && text.find_first_not_of("0123456789abcdef-") == std::string::npos; }

Json statement_json(const StatementState& statement, size_t index) {
  return Json{{"index", index},
              {"sql", statement.sql},
              {"state", statement.state},
              {"error", statement.error},
              {"columns", statement.columns},
              {"row_count", statement.row_count},
              {"truncated", statement.truncated},
              {"elapsed_ms", statement.elapsed_ms}};
}

int64_t rows_of(const Execution& execution) { return execution.statements.empty() ? 0 : execution.statements.back().row_count; }

std::string error_of(const Execution& execution) {
  if (execution.error.is_object()) return execution.error.value("message", "");
  for (const StatementState& statement : execution.statements) {
    if (statement.error.is_object()) return statement.error.value("message", "");
  }
  return {};
}

HistoryEntry history_of(const Execution& execution) {
  return {execution.id, execution.user, execution.sql, execution.state, execution.started_at, execution.elapsed_ms, rows_of(execution), error_of(execution)};
}

}  // namespace

Json Execution::json() const {
  Json list = Json::array();
  for (size_t i = 0; i < statements.size(); ++i) list.push_back(statement_json(statements[i], i));
  return Json{{"id", id},       {"state", state},           {"queue_place", queue_place}, {"sql", sql},
              {"error", error}, {"started_at", started_at}, {"elapsed_ms", elapsed_ms},   {"statements", std::move(list)}};
}

// A child with what it was told first; it is used again as long as that stays the same.
struct Executions::Process {
  Json configuration;
  Child child;
  int batches = 0;
  Process(const Json& given, const ChildStart& start) : configuration(given), child(start) {}
};

Executions::Executions(Store& store, QueryLimits limits, fs::path folder, std::function<Json()> configuration)
    : store_(store), limits_(std::move(limits)), folder_(std::move(folder)), configuration_(std::move(configuration)) {
  make_directories(folder_ / "results");
  fs::permissions(folder_, fs::perms::owner_all);
  std::error_code ignored;
  fs::remove_all(folder_ / "tmp", ignored);
  remove_old();
  for (int i = 0; i < limits_.processes; ++i) workers_.emplace_back([this, i] { work(static_cast<size_t>(i)); });
}

Executions::~Executions() { stop(); }

void Executions::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [id, task] : tasks_) task->cancel_wanted = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

Json Executions::functions() {
  const std::lock_guard lock(mutex_);
  return functions_;
}

std::string Executions::start(ExecutionRequest request) {
  auto task = std::make_shared<Task>();
  task->state.id = random_uuid();
  task->state.user = request.user;
  task->state.sql = std::move(request.sql);
  task->state.started_at = format_iso_utc(wall_now());
  task->state.folder = folder_ / "results" / task->state.id;
  task->parameters = std::move(request.parameters);
  task->as_finished = request.as_finished;
  task->schema = std::move(request.schema);
  task->is_spark = request.is_spark;
  task->versions = std::move(request.versions);
  task->is_listed = request.is_listed;
  {
    const std::lock_guard lock(mutex_);
    const auto of_user = std::count_if(waiting_.begin(), waiting_.end(), [&](const TaskPtr& other) { return other->state.user == request.user; });
    if (of_user >= limits_.queued_of_user || static_cast<int>(waiting_.size()) >= limits_.queued) {
      throw Error("TM7429", "too many queries are waiting").hint("wait for some of them, or cancel them");
    }
  }
  make_directories(task->state.folder);
  if (task->is_listed) store_.add_history(history_of(task->state));
  const std::lock_guard lock(mutex_);
  tasks_[task->state.id] = task;
  waiting_.push_back(task);
  changed_.notify_one();
  return task->state.id;
}

std::optional<Execution> Executions::find(const std::string& id, int64_t user) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = tasks_.find(id);
    if (found != tasks_.end()) {
      const Task& task = *found->second;
      if (task.state.user != user) return std::nullopt;
      Execution out = task.state;
      if (!out.is_over()) out.elapsed_ms = static_cast<int64_t>(task.watch.seconds() * 1000);
      if (out.state == "queued") out.queue_place = 1 + static_cast<int>(std::find(waiting_.begin(), waiting_.end(), found->second) - waiting_.begin());
      return out;
    }
  }
  std::optional<Execution> kept = load(id);
  if (kept && kept->user != user) return std::nullopt;
  return kept;
}

void Executions::cancel(const std::string& id, int64_t user) {
  TaskPtr ended;
  {
    const std::lock_guard lock(mutex_);
    const auto found = tasks_.find(id);
    if (found == tasks_.end() || found->second->state.user != user) return;
    found->second->cancel_wanted = true;
    const auto place = std::find(waiting_.begin(), waiting_.end(), found->second);
    if (place == waiting_.end()) return;
    ended = found->second;
    waiting_.erase(place);
  }
  end(*ended, "cancelled", nullptr);
}

// The first that waits whose user has not a process more than others who wait.
Executions::TaskPtr Executions::take() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopping_) return nullptr;
    if (!waiting_.empty()) break;
    changed_.wait(lock);
  }
  const auto load = [&](const TaskPtr& task) {
    const auto found = running_of_user_.find(task->state.user);
    return found == running_of_user_.end() ? 0 : found->second;
  };
  const auto next = std::min_element(waiting_.begin(), waiting_.end(), [&](const TaskPtr& a, const TaskPtr& b) { return load(a) < load(b); });
  TaskPtr task = *next;
  waiting_.erase(next);
  ++running_of_user_[task->state.user];
  task->state.state = "running";
  task->watch = Stopwatch();
  ++task->state.change;
  return task;
}

void Executions::work(size_t index) {
  std::unique_ptr<Process> process;
  try {
    make_ready(process, index);  // so that the first query finds one
  } catch (const std::exception&) {
    process.reset();  // told where a query needs it
  }
  while (const TaskPtr task = take()) {
    try {
      run(*task, process, index);
    } catch (const Error& error) {
      process.reset();
      end(*task, "failed", error_json(error));
    } catch (const std::exception& error) {
      process.reset();
      end(*task, "failed", error_json(Error("TM9000", error.what())));
    }
    const std::lock_guard lock(mutex_);
    if (--running_of_user_[task->state.user] == 0) running_of_user_.erase(task->state.user);
  }
}

void Executions::make_ready(std::unique_ptr<Process>& process, size_t index) {
  Json configuration = configuration_();
  const fs::path temporary = folder_ / "tmp" / std::to_string(index);
  configuration["temp"] = temporary.string();
  configuration["memory_limit"] = limits_.memory;
  configuration["threads"] = limits_.threads;
  if (process && (process->configuration != configuration || process->batches >= kBatchesOfProcess || process->child.exit_code())) process.reset();
  if (!process) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);  // a killed process leaves rows behind that the next user must not find
    make_directories(temporary);
    process = std::make_unique<Process>(
        configuration,
        ChildStart{.arguments = {"query-process"}, .environment = plain_environment(), .folder = fs::current_path(), .errors = {}, .output = {}});
    process->child.write_line(dump_json(configuration));
    await_ready(process->child);
  }
}

// A process that ends instead is met where it is used.
void Executions::await_ready(Child& child) {
  constexpr double kLongest = 30;  // s
  const Stopwatch watch;
  std::string line;
  while (watch.seconds() < kLongest) {
    const Child::Read read = child.read_line(line, 100);
    if (read == Child::Read::kEnd) return;
    if (read == Child::Read::kNothing) continue;
    const Json news = parse_json(line, "a query process", "TM7303");
    const std::lock_guard lock(mutex_);
    if (news.contains("functions")) functions_ = news["functions"];
    return;
  }
}

void Executions::run(Task& task, std::unique_ptr<Process>& process, size_t index) {
  make_ready(process, index);
  ++process->batches;
  Child& child = process->child;
  child.write_line(dump_json(Json{{"id", task.state.id},
                                  {"folder", task.state.folder.string()},
                                  {"sql", task.state.sql},
                                  {"parameters", task.parameters},
                                  {"as_of", task.as_finished ? "finished" : "newest"},
                                  {"schema", task.schema},
                                  {"spark", task.is_spark},
                                  {"versions", task.versions},
                                  {"most_rows", limits_.rows},
                                  {"most_bytes", limits_.bytes}}));
  std::optional<Stopwatch> since_cancel;
  bool is_late = false;
  std::string line;
  for (;;) {
    const Child::Read read = child.read_line(line, 20);
    if (read == Child::Read::kLine) {
      const Json news = parse_json(line, "a query process", "TM7303");
      if (news.value("event", "") == "end") {
        if (is_late) return end(task, "failed", error_json(Error("TM7304", fmt::format("the query took longer than {:g} s", limits_.seconds))));
        return end(task, news.at("state").get<std::string>(), news.contains("error") ? news["error"] : Json());
      }
      apply(task, news);
      continue;
    }
    if (read == Child::Read::kEnd) {
      process.reset();
      if (since_cancel && !is_late) return end(task, "cancelled", nullptr);
      if (is_late) return end(task, "failed", error_json(Error("TM7304", fmt::format("the query took longer than {:g} s", limits_.seconds))));
      return end(
          task, "failed",
          error_json(
              Error("TM7303", "the query's process ended unexpectedly").hint("it may have needed more memory than there is; others are not touched by it")));
    }
    bool cancel = false;
    {
      const std::lock_guard lock(mutex_);
      cancel = task.cancel_wanted;
    }
    if (!cancel && task.watch.seconds() > limits_.seconds) cancel = is_late = true;
    if (cancel && !since_cancel) since_cancel.emplace();
    if (since_cancel && since_cancel->seconds() < kPatience) child.write_line(dump_json(Json{{"cancel", task.state.id}}));
    if (since_cancel && since_cancel->seconds() >= kPatience) child.signal(SIGKILL);
  }
}

void Executions::apply(Task& task, const Json& news) {
  const std::lock_guard lock(mutex_);
  Execution& state = task.state;
  ++state.change;
  const std::string event = news.value("event", "");
  if (event == "statements") {
    for (const Json& sql : news.at("sql")) state.statements.push_back({.sql = sql.get<std::string>()});
    return;
  }
  if (event != "statement") return;
  StatementState& statement = state.statements.at(news.at("index").get<size_t>());
  statement.state = news.at("state").get<std::string>();
  if (news.contains("columns")) statement.columns = news["columns"];
  statement.row_count = news.value("row_count", statement.row_count);
  statement.truncated = news.value("truncated", statement.truncated);
  statement.elapsed_ms = news.value("elapsed_ms", statement.elapsed_ms);
  if (news.contains("error")) statement.error = news["error"];
}

void Executions::end(Task& task, const std::string& state, const Json& error) {
  Execution over;
  {
    const std::lock_guard lock(mutex_);
    Execution& execution = task.state;
    execution.error = error;
    execution.elapsed_ms = static_cast<int64_t>(task.watch.seconds() * 1000);
    // A batch that ends before its statements do takes them with it.
    bool reached = false;
    for (StatementState& statement : execution.statements) {
      if (statement.state == "running") {
        statement.state = state;
        if (state == "failed" && statement.error.is_null()) statement.error = error;
        reached = true;
      } else if (statement.state == "queued" && state != "done") {
        statement.state = "cancelled";
      }
    }
    if (reached && state == "failed") execution.error = error;
    over = execution;
    over.state = state;
  }
  save(over);
  if (++ends_ % kEndsBetweenCleanings == 0) remove_old();
  if (task.is_listed) store_.end_history(history_of(over));
  const std::lock_guard lock(mutex_);
  task.state.state = state;
  ++task.state.change;
  if (tasks_.size() > kRemembered) {
    std::erase_if(tasks_, [&](const auto& entry) { return entry.second->state.is_over() && entry.second.get() != &task; });
  }
}

void Executions::save(const Execution& execution) {
  Json out = execution.json();
  out["user"] = execution.user;
  write_file(execution.folder / "execution.json.new", dump_json(out));
  fs::rename(execution.folder / "execution.json.new", execution.folder / "execution.json");
}

std::optional<Execution> Executions::load(const std::string& id) {
  if (!is_id(id)) return std::nullopt;
  Execution out;
  out.folder = folder_ / "results" / id;
  const fs::path file = out.folder / "execution.json";
  if (!stat_file(file)) return std::nullopt;
  const Json json = parse_json(read_file(file), file.string(), "TM7203");
  out.id = id;
  out.user = json.at("user").get<int64_t>();
  out.sql = json.at("sql").get<std::string>();
  out.state = json.at("state").get<std::string>();
  out.error = json.at("error");
  out.started_at = json.at("started_at").get<std::string>();
  out.elapsed_ms = json.at("elapsed_ms").get<int64_t>();
  for (const Json& given : json.at("statements")) {
    out.statements.push_back({given.at("sql").get<std::string>(), given.at("state").get<std::string>(), given.at("error"), given.at("columns"),
                              given.at("row_count").get<int64_t>(), given.at("truncated").get<bool>(), given.at("elapsed_ms").get<int64_t>()});
  }
  return out;
}

// Results past their time, and the oldest where there are too many bytes of them.
void Executions::remove_old() {
  struct Kept {
    fs::path folder;
    int64_t at_ns;
    int64_t bytes;
  };
  std::vector<Kept> all;
  int64_t bytes = 0;
  for (const std::string& name : list_directory(folder_ / "results")) {
    Kept kept{folder_ / "results" / name, 0, 0};
    if (const auto stat = stat_file(kept.folder)) kept.at_ns = stat->mtime_ns;
    for (const std::string& file : list_directory(kept.folder)) {
      if (const auto stat = stat_file(kept.folder / file)) kept.bytes += static_cast<int64_t>(stat->size);
    }
    bytes += kept.bytes;
    all.push_back(std::move(kept));
  }
  std::sort(all.begin(), all.end(), [](const Kept& a, const Kept& b) { return a.at_ns < b.at_ns; });
  const int64_t oldest_ns = wall_now().time_since_epoch().count() - static_cast<int64_t>(limits_.kept_seconds * 1e9);
  for (const Kept& kept : all) {
    if (kept.at_ns >= oldest_ns && bytes <= limits_.kept_bytes) break;
    std::error_code ignored;
    fs::remove_all(kept.folder, ignored);
    bytes -= kept.bytes;
  }
}

}  // namespace tidemark::server
