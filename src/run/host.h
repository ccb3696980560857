// What templates may ask of a run: one Host a worker thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compile/host.h"
#include "run/node_files.h"
#include "run/observed_session.h"
#include "run/state.h"

namespace tidemark::run {

class RunHost : public compile::Host {
 public:
  RunHost(RunState& run, std::string thread_name);
  ~RunHost() override;

  Session& session() override { return observed(); }
  std::optional<Relation> find_relation(const Relation& name) override { return observed().inner().find_relation(name); }
  void relations_changed() override { run_.published = true; }
  bool is_incremental(const Node& node) override;
  compile::AffectedPartitions affected_partitions(const Node& node, const std::string& column) override;
  void log(std::string_view message, bool info) override;
  void print(std::string_view message) override;
  void warn(const Error& warning) override;
  const std::vector<std::string>& selected_resources() const override { return run_.context.selected; }
  std::string thread_name() const override { return thread_name_; }

  // The session without the look at file patterns, for SQL of plans, which names its files.
  Session& inner() { return observed().inner().planning(); }
  // The node that is compiled and run from now on, until the next call; nullptr: none.
  void work_on(const Node* node);
  // Of the node that it works on.
  NodeFiles& files();
  const std::optional<ledger::AffectedPartitions>& last_affected() const { return last_affected_; }

 private:
  ObservedSession& observed();

  RunState& run_;
  std::string thread_name_;
  std::unique_ptr<ObservedSession> session_;
  const Node* node_ = nullptr;
  std::unique_ptr<NodeFiles> files_;
  std::optional<ledger::AffectedPartitions> last_affected_;
};

}  // namespace tidemark::run
