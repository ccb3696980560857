#include <algorithm>
#include <map>

#include "compile/strategy.h"
#include "run/batch_plan.h"
#include "run/contributions.h"
#include "run/host.h"
#include "run/maintained_model.h"
#include "run/node_options.h"
#include "run/node_run.h"
#include "run/run.h"

namespace tidemark::run {

namespace {

using plan::PlanStep;
using plan::Strategy;

// What changed since the table's last commit, and how much there is to read at most.
void plan_files(PlanStep& step, NodeFiles& files) {
  int64_t count = 0;
  int64_t bytes = 0;
  const auto add = [&](const ledger::SourceFile& file) {
    ++count;
    bytes += static_cast<int64_t>(file.stat.size);
  };
  for (const ledger::SourceChanges& source : files.changes()) {
    step.changes.insert(step.changes.end(), source.changes.begin(), source.changes.end());
    std::for_each(source.unchanged.begin(), source.unchanged.end(), add);
    std::for_each(source.to_read.begin(), source.to_read.end(), add);
  }
  step.files_total = count;
  step.rebuild_estimate = {count, bytes, -1};
  step.estimate = step.rebuild_estimate;
}

void plan_partitions(PlanStep& step, NodeFiles& files, const std::vector<std::string>& asked) {
  if (asked.empty()) return;
  const ledger::AffectedPartitions affected = files.affected(asked.front());
  step.partition_column = affected.column.empty() ? asked.front() : affected.column;
  step.all_partitions = affected.is_all;
  step.partitions = affected.values;
  step.partitions_known = !affected.is_all;
  if (affected.is_all) step.reason = affected.reason;
  if (!affected.is_all && affected.values.empty() && !files.changed()) {
    step.strategy = Strategy::kUnchanged;
    step.estimate = {0, 0, 0};
  }
}

// Files that are read; bytes of them.
void add_to(plan::Estimate& estimate, const std::vector<ledger::SourceFile>& files) {
  for (const ledger::SourceFile& file : files) {
    ++estimate.files;
    estimate.bytes += static_cast<int64_t>(file.stat.size);
  }
}

bool has_doubles(const plan::Maintenance& maintenance) {
  return std::any_of(maintenance.columns.begin(), maintenance.columns.end(),
                     [](const ColumnType& column) { return column.type == "DOUBLE" || column.type == "FLOAT"; });
}

void plan_maintained(PlanStep& step, RunState& run, RunHost& host, const Node& node, const std::string& sql) {
  const std::optional<Relation> table = host.find_relation(node.relation());
  const bool anew = wants_full_refresh(node, run.context.options.full_refresh) || !table || table->type != RelationType::kTable;
  MaintainedModel model(run, host.inner(), host.files(), node, sql);
  MaintainedDecision decision = model.decide(anew);
  step.strategy = decision.strategy;
  step.reason = decision.reason;
  if (!run.context.adapter.capabilities().exact_doubles && decision.maintenance && has_doubles(*decision.maintenance))
    step.note = "doubles: to about 1e-9 of themselves, by the order in which the engine adds; everything else exactly";
  plan_files(step, host.files());
  switch (decision.strategy) {
    case Strategy::kUnchanged:
      step.estimate = {0, 0, 0};
      return;
    case Strategy::kMerge:
      step.reason = anew ? make_reason(table ? "full_refresh" : "first_build") : contributions_fault(host.inner(), model);
      step.partition_column = decision.maintenance->partition_column;
      if (step.reason) {
        step.strategy = Strategy::kRebuild;
        step.all_partitions = true;
        return;
      }
      step.estimate = {0, 0, -1};
      for (const ledger::SourceChanges& source : host.files().changes()) add_to(step.estimate, source.to_read);
      if (!host.files().changed()) step.strategy = Strategy::kUpper;
      return;
    case Strategy::kPartitions:
      step.partition_column = decision.maintenance->partition_column;
      step.partitions = decision.affected->values;
      step.partitions_known = true;
      step.estimate = {0, 0, -1};
      for (const auto& [key, files] : model.holding(*decision.affected)) add_to(step.estimate, files);
      return;
    default:
      return;
  }
}

void plan_microbatch(PlanStep& step, RunState& run, RunHost& host, const Node& node) {
  const MicrobatchOptions options = microbatch_options(node);
  const BatchPlan batches = plan_batches(run, host, node, options);
  step.strategy = !batches.is_incremental ? Strategy::kRebuild : batches.batches.empty() ? Strategy::kUnchanged : Strategy::kAsWritten;
  step.partition_column = options.event_time;
  step.partitions_known = true;
  for (const EventWindow& batch : batches.batches) step.partitions.push_back(batch_name(options.size, batch.begin));
  step.reason = batches.is_incremental ? make_reason("batches", batches.reason) : make_reason(batches.reason == "first build" ? "first_build" : "full_refresh");
  if (batches.is_incremental) plan_files(step, host.files());
}

PlanStep plan_step(RunState& run, RunHost& host, const Node& node) {
  PlanStep step;
  step.node_id = node.unique_id;
  step.node_name = node.name;
  step.materialized = node.type == ResourceType::kModel ? node.config.materialized() : std::string(to_string(node.type));
  if (node.type != ResourceType::kModel) return step;
  host.work_on(&node);
  if (compile::is_microbatch(node)) {
    plan_microbatch(step, run, host, node);
    return step;
  }
  const compile::Compiled compiled = run.context.compiler.compile(node, host);
  step.decided_at_run_time = compiled.node->decided_at_run_time;
  step.decided_by = compiled.node->decided_by;
  if (step.materialized == "view" || run.context.compiler.is_custom_materialization(step.materialized)) return step;
  if (step.materialized == "materialized_view") {
    plan_maintained(step, run, host, node, compiled.node->compiled_code);
    return step;
  }
  plan_files(step, host.files());
  if (step.materialized != "incremental") return step;
  if (compile::find_strategy(run.context.compiler.project(), node, node.config.text("incremental_strategy", "default")) != nullptr) return step;
  const IncrementalOptions options = incremental_options(node);
  if (!host.is_incremental(node)) {
    step.strategy = Strategy::kRebuild;
  } else if (options.strategy == IncrementalStrategy::kInsertOverwrite) {
    plan_partitions(step, host.files(), compiled.affected_columns);
  }
  return step;
}

// Nodes of this plan whose rows may change, by id; of views, what is behind them.
class Moving {
 public:
  std::vector<std::string> names_before(const Node& node) const {
    std::vector<std::string> out;
    for (const std::string& id : node.depends_on_nodes) {
      const auto found = names_.find(id);
      if (found == names_.end()) continue;
      for (const std::string& name : found->second) {
        if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
      }
    }
    return out;
  }
  void add(const Node& node, const PlanStep& step) {
    if (step.materialized == "view" || step.materialized == "ephemeral") {
      names_[node.unique_id] = names_before(node);
    } else if (step.strategy != Strategy::kUnchanged || !step.after.empty()) {
      names_[node.unique_id] = {node.name};
    }
  }

 private:
  std::map<std::string, std::vector<std::string>> names_;
};

}  // namespace

plan::Plan plan_nodes(RunContext& context, const graph::SubgraphOrder& order) {
  RunState state(context);
  RunHost host(state, "MainThread");
  plan::Plan plan;
  Moving moving;
  for (const std::string& id : order.order) {
    const NodePtr node = context.compiler.project().manifest.find(id);
    if (!node || !is_runnable(*node) || node->type == ResourceType::kTest || node->type == ResourceType::kUnitTest || node->type == ResourceType::kOperation)
      continue;
    PlanStep step = plan_step(state, host, *node);
    if (step.materialized == "materialized_view" && step.strategy != Strategy::kRebuild) step.after = moving.names_before(*node);
    moving.add(*node, step);
    plan.steps.push_back(std::move(step));
  }
  host.work_on(nullptr);
  return plan;
}

}  // namespace tidemark::run
