#include "server/pipeline/runs.h"

#include <csignal>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"

namespace tidemark::server {

namespace {

constexpr size_t kMostWaiting = 50;
constexpr double kPatience = 10;  // s between a polite and an impolite end

std::vector<std::string> arguments_of(const RunRequest& request) {
  std::vector<std::string> out{request.command};
  if (request.full_refresh && (request.command == "run" || request.command == "build" || request.command == "seed")) out.emplace_back("--full-refresh");
  if (request.command != "retry") {
    add_selection(out, "--select", request.select);
    add_selection(out, "--exclude", request.exclude);
  }
  return out;
}

}  // namespace

void add_selection(std::vector<std::string>& arguments, const char* flag, const std::vector<std::string>& criteria) {
  for (const std::string& criterion : criteria) {
    if (criterion.empty() || criterion.front() == '-' || criterion.size() > 1000) throw Error("TM7400", fmt::format("'{}' selects nothing", criterion));
  }
  if (criteria.empty()) return;
  arguments.emplace_back(flag);
  arguments.insert(arguments.end(), criteria.begin(), criteria.end());
}

Runs::Runs(ProjectState& project, Journals& journals) : project_(project), journals_(journals), worker_([this] { work(); }) {}

Runs::~Runs() { stop(); }

void Runs::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    cancel_wanted_ = true;
  }
  changed_.notify_all();
  if (worker_.joinable()) worker_.join();
}

std::string Runs::start(RunRequest request) {
  static const std::set<std::string> kCommands{"run", "build", "test", "seed", "snapshot", "retry"};
  if (!kCommands.contains(request.command)) throw Error("TM7400", "the command is run, build, test, seed or snapshot");
  arguments_of(request);  // faults are told here
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting) throw Error("TM7429", "too many runs are waiting");
  waiting_.push_back({random_uuid(), std::move(request), format_iso_utc(wall_now())});
  changed_.notify_all();
  return waiting_.back().id;
}

Run Runs::shown(const Waiting& waiting, const std::string& state) const {
  Run out;
  out.id = waiting.id;
  out.command = waiting.request.command;
  std::vector<std::string> arguments = arguments_of(waiting.request);
  arguments.erase(arguments.begin());
  out.args = std::move(arguments);
  out.state = state;
  out.started_at = waiting.asked_at;
  out.user = waiting.request.user;
  return out;
}

std::vector<Run> Runs::newest(size_t limit) {
  std::vector<Run> out, known = journals_.newest(limit);
  const auto has = [&](const std::string& id) { return std::any_of(known.begin(), known.end(), [&](const Run& run) { return run.id == id; }); };
  {
    const std::lock_guard lock(mutex_);
    for (auto waiting = waiting_.rbegin(); waiting != waiting_.rend(); ++waiting) out.push_back(shown(*waiting, "queued"));
    if (running_ && !has(running_->id)) out.push_back(shown(*running_, "running"));
    for (auto ended = ended_.rbegin(); ended != ended_.rend(); ++ended) {
      if (!has(ended->id)) known.push_back(*ended);
    }
  }
  std::stable_sort(known.begin(), known.end(), [](const Run& a, const Run& b) { return a.started_at > b.started_at; });
  out.insert(out.end(), known.begin(), known.end());
  if (out.size() > limit) out.resize(limit);
  return out;
}

std::optional<Run> Runs::find(const std::string& id) {
  if (auto run = journals_.find(id)) return run;
  const std::lock_guard lock(mutex_);
  for (const Waiting& waiting : waiting_) {
    if (waiting.id == id) return shown(waiting, "queued");
  }
  if (running_ && running_->id == id) return shown(*running_, "running");
  for (const Run& run : ended_) {
    if (run.id == id) return run;
  }
  return std::nullopt;
}

bool Runs::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  for (auto waiting = waiting_.begin(); waiting != waiting_.end(); ++waiting) {
    if (waiting->id != id) continue;
    ended_.push_back(shown(*waiting, "cancelled"));
    waiting_.erase(waiting);
    return true;
  }
  if (!running_ || running_->id != id) return false;
  cancel_wanted_ = true;
  changed_.notify_all();
  return true;
}

void Runs::work() {
  for (;;) {
    Waiting next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      next = waiting_.front();
      waiting_.pop_front();
      running_ = next;
      cancel_wanted_ = false;
    }
    std::string fault;
    try {
      carry_out(next);
    } catch (const Error& error) {
      fault = error.message();
    } catch (const std::exception& error) {
      fault = error.what();
    }
    const std::lock_guard lock(mutex_);
    running_.reset();
    if (journals_.file_of(next.id).empty()) {
      ended_.push_back(shown(next, "error"));
      ended_.back().error = fault.empty() ? "it ended before it began" : fault;
    }
  }
}

void Runs::carry_out(const Waiting& waiting) {
  std::vector<std::string> arguments = arguments_of(waiting.request);
  const std::vector<std::string> project = project_.child_arguments();
  arguments.insert(arguments.begin() + 1, project.begin(), project.end());
  // The whole environment: profiles and models may ask for any of it.
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  environment.push_back("TIDEMARK_INVOCATION_ID=" + waiting.id);
  environment.push_back("TIDEMARK_USER=" + waiting.request.user);
  Child child({.arguments = arguments, .environment = environment, .folder = fs::current_path(), .errors = {}, .output = "/dev/null"});
  std::optional<Stopwatch> since_cancel;
  while (!child.exit_code()) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(50));
    if (!cancel_wanted_) continue;
    lock.unlock();
    if (!since_cancel) {
      since_cancel.emplace();
      child.signal(SIGTERM);
    }
    if (since_cancel->seconds() > kPatience) child.signal(SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace tidemark::server
