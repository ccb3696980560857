// Runs nodes on several threads in dependency order. Knows nothing of what a node does.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tidemark::run {

// Nodes to run and, of each, those of the others that must be done first. Ids in `order` are topologically sorted.
struct Schedule {
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::string>> parents;
};

enum class Outcome { kDone, kFailed };

struct SchedulerOptions {
  int threads = 1;
  bool fail_fast = false;
  const std::atomic<bool>* cancelled = nullptr;  // set from outside: nothing more is started
};

// `execute(id, thread)` runs a node on worker `thread` (0-based) and tells whether its descendants may run.
// `skip(id, cause)` is told of every node that will not run: `cause` is the failed ancestor, or empty where the run was
// cancelled or ended by fail_fast. Both may be called from any worker, never twice for one node.
void run_schedule(const Schedule& schedule, const SchedulerOptions& options, const std::function<Outcome(const std::string& id, int thread)>& execute,
                  const std::function<void(const std::string& id, const std::string& cause)>& skip);

}  // namespace tidemark::run
