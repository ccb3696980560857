#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "run/hooks.h"
#include "run/node_run.h"
#include "run/publish.h"
#include "run/run.h"
#include "run/scheduler.h"

namespace tidemark::run {

namespace {

class Run {
 public:
  Run(RunContext& context, const graph::SubgraphOrder& order) : state_(context), context_(context) {
    const Manifest& manifest = context.compiler.project().manifest;
    for (const std::string& id : order.order) {
      NodePtr node = manifest.find(id);
      if (!node || !is_runnable(*node) || node->type == ResourceType::kOperation) continue;
      nodes_[id] = node;
      schedule_.order.push_back(id);
    }
    for (const std::string& id : schedule_.order) schedule_.parents[id] = runnable_parents(order, id);
    before_ = project_hooks(context.compiler.project(), "on-run-start");
    after_ = project_hooks(context.compiler.project(), "on-run-end");
    total_ = schedule_.order.size() + before_.size() + after_.size();
  }

  RunResults run() {
    const Stopwatch watch;
    if (schedule_.order.empty()) return {};
    state_.watch.start();
    make_hosts();
    create_schemas();
    if (run_hooks_of(before_, Json::object())) {
      run_schedule();
      const Json seen = after_.empty() ? Json::object() : results_for_hooks(results_);
      if (!context_.cancelled) run_hooks_of(after_, seen);
    } else {
      for (const std::string& id : schedule_.order) skip(id, {}, "an on-run-start hook failed");
    }
    record_versions();
    results_.elapsed = watch.seconds();
    return std::move(results_);
  }

 private:
  // Those that run, found through nodes that do not (ephemeral models, sources).
  std::vector<std::string> runnable_parents(const graph::SubgraphOrder& order, const std::string& id) const {
    std::set<std::string> found;
    std::set<std::string> seen;
    std::vector<std::string> open{id};
    while (!open.empty()) {
      const auto parents = order.parents.find(open.back());
      open.pop_back();
      if (parents == order.parents.end()) continue;
      for (const std::string& parent : parents->second) {
        if (!seen.insert(parent).second) continue;
        if (nodes_.contains(parent)) {
          found.insert(parent);
        } else {
          open.push_back(parent);
        }
      }
    }
    return {found.begin(), found.end()};
  }

  // A map of versions that can't be written takes nothing from what was published.
  void record_versions() {
    if (!state_.published) return;
    try {
      context_.adapter.record_versions(context_.invocation_id);
    } catch (const Error& error) {
      context_.events.warn("Warning", render_error(error, "warning"), Json{{"code", error.code()}});
    }
  }

  void make_hosts() {
    const int threads = context_.adapter.capabilities().concurrent_sessions ? std::max(1, context_.options.threads) : 1;
    for (int i = 0; i < threads; ++i) hosts_.push_back(std::make_unique<RunHost>(state_, fmt::format("Thread-{}", i + 1)));
  }

  void create_schemas() {
    std::set<std::pair<std::string, std::string>> schemas;
    for (const auto& [id, node] : nodes_) {
      if (node->is_refable()) schemas.insert({node->database, node->schema});
    }
    for (const auto& [database, schema] : schemas) create_schema(hosts_.front()->inner(), database, schema);
  }

  // False where one failed: nothing more is run.
  bool run_hooks_of(const std::vector<NodePtr>& hooks, const Json& extra) {
    for (const NodePtr& hook : hooks) {
      const size_t index = next_index();
      context_.events.emit(node_start(*hook, index, total_));
      NodeResult result = run_node(state_, *hosts_.front(), hook, extra);
      const bool failed = counts_as_failure(result.status);
      finish(std::move(result), index);
      if (failed) return false;
    }
    return true;
  }

  void run_schedule() {
    SchedulerOptions options;
    options.threads = static_cast<int>(hosts_.size());
    options.fail_fast = context_.options.fail_fast;
    options.cancelled = &context_.cancelled;
    run::run_schedule(
        schedule_, options, [this](const std::string& id, int thread) { return execute(id, thread); },
        [this](const std::string& id, const std::string& cause) { skip(id, cause, context_.cancelled ? "cancelled" : "Skipping due to fail_fast"); });
  }

  Outcome execute(const std::string& id, int thread) {
    const NodePtr& node = nodes_.at(id);
    const size_t index = next_index();
    context_.events.emit(node_start(*node, index, total_));
    NodeResult result = run_node(state_, *hosts_[static_cast<size_t>(thread)], node);
    const Outcome outcome = counts_as_failure(result.status) ? Outcome::kFailed : Outcome::kDone;
    finish(std::move(result), index);
    return outcome;
  }

  void finish(NodeResult result, size_t index) {
    context_.events.emit(node_finished(result, index, total_));
    const std::lock_guard lock(mutex_);
    results_.results.push_back(std::move(result));
  }

  void skip(const std::string& id, const std::string& cause, const std::string& reason) {
    NodeResult result;
    result.node = nodes_.at(id);
    result.status = RunStatus::kSkipped;
    result.message = cause.empty() ? reason : fmt::format("skipped because {} failed", cause);
    result.thread = hosts_.front()->thread_name();
    context_.events.emit(node_skipped(*result.node, next_index(), total_));
    const std::lock_guard lock(mutex_);
    results_.results.push_back(std::move(result));
  }

  size_t next_index() {
    const std::lock_guard lock(mutex_);
    return ++index_;
  }

  RunState state_;
  RunContext& context_;
  std::map<std::string, NodePtr> nodes_;
  Schedule schedule_;
  std::vector<NodePtr> before_;
  std::vector<NodePtr> after_;
  std::vector<std::unique_ptr<RunHost>> hosts_;
  std::mutex mutex_;
  size_t index_ = 0;
  size_t total_ = 0;
  RunResults results_;
};

}  // namespace

RunResults run_nodes(RunContext& context, const graph::SubgraphOrder& order) { return Run(context, order).run(); }

namespace {

// The state must outlive the host, so it is a base that comes first.
struct OwnState {
  explicit OwnState(RunContext& context) : state(context) {}
  RunState state;
};
struct LoneHost : private OwnState, public RunHost {
  explicit LoneHost(RunContext& context) : OwnState(context), RunHost(state, "MainThread") { state.watch.start(); }
};

}  // namespace

std::unique_ptr<compile::Host> make_host(RunContext& context) { return std::make_unique<LoneHost>(context); }

}  // namespace tidemark::run
