#include "run/host.h"

#include "run/node_options.h"

namespace tidemark::run {

RunHost::RunHost(RunState& run, std::string thread_name) : run_(run), thread_name_(std::move(thread_name)) {}

RunHost::~RunHost() {
  if (session_) run_.watch.remove(session_->inner());
}

ObservedSession& RunHost::observed() {
  if (!session_) {
    session_ = std::make_unique<ObservedSession>(run_.context.adapter.open_session(thread_name_), run_.bindings);
    run_.watch.add(session_->inner());
    if (node_ != nullptr) run_.watch.works_for(session_->inner(), node_->unique_id);
  }
  return *session_;
}

void RunHost::work_on(const Node* node) {
  node_ = node;
  files_.reset();
  last_affected_.reset();
  if (session_) run_.watch.works_for(session_->inner(), node == nullptr ? std::string() : node->unique_id);
}

NodeFiles& RunHost::files() {
  if (node_ == nullptr) throw Error("TM9601", "no node is being worked on");
  if (!files_) files_ = std::make_unique<NodeFiles>(run_, *this, inner(), *node_);
  return *files_;
}

bool RunHost::is_incremental(const Node& node) {
  if (node.config.materialized() != "incremental" || wants_full_refresh(node, run_.context.options.full_refresh)) return false;
  const std::optional<Relation> found = find_relation(node.relation());
  return found && found->type == RelationType::kTable;
}

compile::AffectedPartitions RunHost::affected_partitions(const Node& node, const std::string& column) {
  // A table that is made anew needs all of them, and so does a node that is rendered for its own sake.
  if (!is_incremental(node)) return {};
  if (node_ == nullptr || node_->unique_id != node.unique_id) {
    NodeFiles files(run_, *this, inner(), node);
    ledger::AffectedPartitions affected = files.affected(column);
    return {affected.is_all, inner().own_literals(affected.values)};
  }
  last_affected_ = files().affected(column);
  return {last_affected_->is_all, inner().own_literals(last_affected_->values)};
}

void RunHost::log(std::string_view message, bool info) {
  run_.context.events.emit({"LogLine", info ? Level::kInfo : Level::kDebug, std::string(message), Json{{"thread", thread_name_}}});
}

void RunHost::print(std::string_view message) { run_.context.events.info("PrintLine", std::string(message)); }

void RunHost::warn(const Error& warning) { run_.context.events.warn("Warning", render_error(warning, "warning"), Json{{"code", warning.code()}}); }

}  // namespace tidemark::run
