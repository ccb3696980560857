// Runs that are started in the browser: child processes, one at a time, in the order of their asking.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/child/child.h"
#include "server/pipeline/journals.h"
#include "server/pipeline/project_state.h"

namespace tidemark::server {

struct RunRequest {
  std::string command;  // run, build, test, seed, snapshot, retry
  std::vector<std::string> select, exclude;
  bool full_refresh = false;
  std::string user;
};

class Runs {
 public:
  Runs(ProjectState& project, Journals& journals);
  ~Runs();

  std::string start(RunRequest request);  // TM7400, TM7429
  // Runs that have a journal and those that wait for their turn, newest first.
  std::vector<Run> newest(size_t limit);
  std::optional<Run> find(const std::string& id);
  // A queued one never starts; one under way is told to stop, and ended where it does not. False where neither is so.
  bool cancel(const std::string& id);
  void stop();

 private:
  struct Waiting {
    std::string id;
    RunRequest request;
    std::string asked_at;
  };
  void work();
  void carry_out(const Waiting& waiting);
  Run shown(const Waiting& waiting, const std::string& state) const;

  ProjectState& project_;
  Journals& journals_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::optional<Waiting> running_;
  std::vector<Run> ended_;  // those that ended before they had a journal, or never began
  bool cancel_wanted_ = false;
  bool stopping_ = false;
  std::thread worker_;
};

// The arguments of a selection: --select … --exclude …; TM7400 where one looks like a flag.
void add_selection(std::vector<std::string>& arguments, const char* flag, const std::vector<std::string>& criteria);

}  // namespace tidemark::server
