#include "run/scheduler.h"

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace tidemark::run {

namespace {

class Work {
 public:
  Work(const Schedule& schedule, const SchedulerOptions& options) : options_(options) {
    const std::set<std::string> known(schedule.order.begin(), schedule.order.end());
    for (size_t i = 0; i < schedule.order.size(); ++i) position_[schedule.order[i]] = i;
    for (const std::string& id : schedule.order) {
      size_t& waiting = waiting_[id];
      const auto parents = schedule.parents.find(id);
      if (parents != schedule.parents.end()) {
        for (const std::string& parent : std::set<std::string>(parents->second.begin(), parents->second.end())) {
          if (!known.contains(parent)) continue;
          ++waiting;
          children_[parent].push_back(id);
        }
      }
      if (waiting == 0) ready_.insert(position_[id]);
    }
    order_ = schedule.order;
  }

  // The next node in order whose parents are done; empty where nothing is left for this worker.
  std::string take() {
    std::unique_lock lock(mutex_);
    while (true) {
      if (ready_.empty() && running_ > 0) {
        changed_.wait_for(lock, std::chrono::milliseconds(50));
        continue;
      }
      if (ready_.empty() || stopped()) return {};
      const size_t at = *ready_.begin();
      ready_.erase(ready_.begin());
      ++running_;
      return order_[at];
    }
  }

  // Ends a node; returns the descendants that will not run because of it.
  std::vector<std::string> finish(const std::string& id, Outcome outcome) {
    const std::lock_guard lock(mutex_);
    --running_;
    done_.insert(id);
    std::vector<std::string> dropped;
    if (outcome == Outcome::kFailed) {
      if (options_.fail_fast) fail_fast_hit_ = true;
      drop_descendants(id, dropped);
    } else {
      for (const std::string& child : children_[id]) {
        if (--waiting_[child] == 0 && !done_.contains(child)) ready_.insert(position_[child]);
      }
    }
    changed_.notify_all();
    return dropped;
  }

  std::vector<std::string> left_over() const {
    std::vector<std::string> out;
    for (const std::string& id : order_) {
      if (!done_.contains(id)) out.push_back(id);
    }
    return out;
  }

 private:
  bool stopped() const { return fail_fast_hit_ || (options_.cancelled != nullptr && *options_.cancelled); }

  void drop_descendants(const std::string& id, std::vector<std::string>& dropped) {
    for (const std::string& child : children_[id]) {
      if (!done_.insert(child).second) continue;
      ready_.erase(position_[child]);
      dropped.push_back(child);
      drop_descendants(child, dropped);
    }
  }

  const SchedulerOptions& options_;
  std::vector<std::string> order_;
  std::map<std::string, size_t> position_;
  std::map<std::string, size_t> waiting_;  // parents not yet done
  std::map<std::string, std::vector<std::string>> children_;
  std::set<size_t> ready_;
  std::set<std::string> done_;  // run or dropped
  size_t running_ = 0;
  bool fail_fast_hit_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace

void run_schedule(const Schedule& schedule, const SchedulerOptions& options, const std::function<Outcome(const std::string& id, int thread)>& execute,
                  const std::function<void(const std::string& id, const std::string& cause)>& skip) {
  Work work(schedule, options);
  const auto worker = [&](int thread) {
    for (std::string id = work.take(); !id.empty(); id = work.take()) {
      const Outcome outcome = execute(id, thread);
      for (const std::string& dropped : work.finish(id, outcome)) skip(dropped, id);
    }
  };
  std::vector<std::thread> threads;
  for (int thread = 1; thread < options.threads; ++thread) threads.emplace_back(worker, thread);
  worker(0);
  for (std::thread& thread : threads) thread.join();
  for (const std::string& id : work.left_over()) skip(id, {});
}

}  // namespace tidemark::run
