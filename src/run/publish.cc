#include "run/publish.h"

#include "base/file_system.h"

namespace tidemark::run {

namespace {

bool persists(const Node& node, const char* what) {
  const Json* docs = node.config.find("persist_docs");
  return docs != nullptr && docs->is_object() && docs->value(what, false);
}

void describe(const Node& node, PublishRequest& request) {
  if (persists(node, "relation")) request.description = node.description;
  if (!persists(node, "columns")) return;
  for (const std::string& name : node.column_order) {
    const auto column = node.columns.find(name);
    if (column != node.columns.end() && !column->second.description.empty()) request.column_descriptions.emplace_back(name, column->second.description);
  }
}

Json commit_value(const NodeWork& work) { return Json{{"node", work.node.unique_id}, {"invocation", work.run.context.invocation_id}}; }

// Which partitions the commit replaced, where they are few: so that each can be told when it changed last.
void add_partitions(const PartitionSet& partitions, Json& commit) {
  constexpr size_t kMost = 2000;
  if (partitions.columns.size() != 1 || partitions.values.size() > kMost) return;
  Json values = Json::array();
  for (const std::vector<std::string>& value : partitions.values) values.push_back(value.front());
  commit["partitions"] = Json{{"column", partitions.columns.front()}, {"values", std::move(values)}};
}

}  // namespace

void publish(NodeWork& work, std::unique_ptr<Staged> staged, PublishRequest request) {
  publish(work, std::move(staged), std::move(request), [&work] { return work.node.type == ResourceType::kModel ? work.host.files().commit() : Json(); });
}

void publish(NodeWork& work, std::unique_ptr<Staged> staged, PublishRequest request, const std::function<Json()>& ledger) {
  request.target = work.node.relation();
  describe(work.node, request);
  Json commit = commit_value(work);
  commit["strategy"] = work.result.strategy.empty() ? work.node.config.materialized() : work.result.strategy;
  if (!work.result.reason.empty()) commit["reason"] = work.result.reason;
  if (request.mode == WriteMode::kReplacePartitions && !request.partitions.is_all) add_partitions(request.partitions, commit);
  if (request.commit.is_object()) commit.update(request.commit);
  request.commit = std::move(commit);
  crash_point("run.publish.staged");
  if (Json written = ledger(); !written.is_null()) request.commit["ledger"] = std::move(written);
  crash_point("run.publish.ledger_written");
  work.run.published = true;
  const PublishResult published = work.session().publish(std::move(staged), request);
  crash_point("run.publish.published");
  if (work.session().translates() && work.node.type == ResourceType::kModel) work.host.files().settle();
  work.result.counts.rows_written = published.rows_written;
  if (published.partitions_written >= 0) work.result.counts.partitions_written = published.partitions_written;
}

void publish_side_table(NodeWork& work, const Relation& target, std::unique_ptr<Staged> staged) {
  PublishRequest request;
  request.target = target;
  request.commit = commit_value(work);
  work.run.published = true;
  work.session().publish(std::move(staged), request);
}

void publish_view(NodeWork& work, const Relation& target, const std::string& sql) {
  ViewDefinition view;
  view.sql = sql;
  view.node_id = work.node.unique_id;
  if (persists(work.node, "relation")) view.description = work.node.description;
  // Nothing that it reads has changed in this run: it is what it was, and the engine need not be asked.
  const std::optional<ViewDefinition> before = work.run.published ? std::nullopt : work.session().view(target);
  if (before && before->sql == view.sql && before->node_id == view.node_id && before->description == view.description) return;
  work.run.published = true;
  work.session().create_view(target, view);
}

void create_schema(Session& session, const std::string& database, const std::string& schema) { session.create_schema(database, schema); }

}  // namespace tidemark::run
