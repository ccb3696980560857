#include "run/node_run.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "run/data_test.h"
#include "run/error_place.h"
#include "run/hooks.h"
#include "run/node_options.h"
#include "run/node_work.h"
#include "run/unit_test.h"

namespace tidemark::run {

namespace {

constexpr int kAttempts = 2;  // where a source file changes while it is read

using Materialize = void (*)(NodeWork&);

Materialize built_in(const Node& node) {
  if (node.type == ResourceType::kSeed) return materialize_seed;
  if (node.type == ResourceType::kSnapshot) return materialize_snapshot;
  static const std::pair<const char*, Materialize> kBuiltIn[] = {
      {"view", materialize_view}, {"table", materialize_table}, {"incremental", materialize_incremental}, {"materialized_view", materialize_maintained}};
  if (compile::is_microbatch(node)) return materialize_microbatch;
  const std::string wanted = node.config.materialized();
  std::vector<std::string> names;
  for (const auto& [name, function] : kBuiltIn) {
    if (wanted == name) return function;
    names.emplace_back(name);
  }
  Error error("TM6101", fmt::format("materialization '{}' is not known", wanted));
  const std::string near = nearest_name(wanted, names);
  throw error.hint(near.empty() ? "view, table, incremental, materialized_view, ephemeral, or one that the project defines" : "did you mean '" + near + "'?");
}

void run_header(NodeWork& work) {
  const Json& changes = work.compiled.config_changes;
  const std::string header =
      changes.contains("sql_header") && changes["sql_header"].is_string() ? changes["sql_header"].get<std::string>() : work.node.config.text("sql_header", "");
  if (!trim(header).empty()) work.session().execute(header);
}

void warn_of_grants(const NodeWork& work) {
  const Json* grants = work.node.config.find("grants");
  if (grants == nullptr || !grants->is_object() || grants->empty()) return;
  work.host.warn(Error("TM6140", fmt::format("the grants of '{}' are left out: files have none", work.node.name)));
}

// The last batch has been written; of other nodes: true.
bool is_complete(const NodeResult& result) {
  if (!result.batches || result.batches->failed.empty()) return true;
  return !result.batches->successful.empty() && result.batches->successful.back() > result.batches->failed.back();
}

void materialize(NodeWork& work) {
  warn_of_grants(work);
  const std::string name = work.node.type == ResourceType::kSeed ? "seed" : work.node.config.materialized();
  const compile::Compiler& compiler = work.run.context.compiler;
  if (compiler.is_custom_materialization(name)) return materialize_custom(work, *compiler.find_materialization(name));
  const Materialize function = built_in(work.node);
  run_hooks(work, "pre-hook", false);
  run_hooks(work, "pre-hook", true);
  run_header(work);
  function(work);
  if (!is_complete(work.result)) return;
  run_hooks(work, "post-hook", true);
  run_hooks(work, "post-hook", false);
}

void execute(NodeWork& work, const Json& extra) {
  switch (work.node.type) {
    case ResourceType::kTest:
      return run_data_test(work);
    case ResourceType::kOperation:
      return run_project_hook(work, extra);
    case ResourceType::kUnitTest:
      return run_unit_test(work);
    default:
      return materialize(work);
  }
}

Timing begin_timing(const char* name) { return {name, wall_now(), {}}; }

void end_timing(NodeResult& result, Timing timing) {
  timing.completed = wall_now();
  result.timing.push_back(std::move(timing));
}

class NodeRun {
 public:
  NodeRun(RunState& run, RunHost& host, const NodePtr& node, const Json& extra) : run_(run), host_(host), node_(node), extra_(extra) {
    result_.node = node;
    result_.thread = host.thread_name();
    if (node->is_refable()) result_.relation_name = node->relation().render();
  }

  NodeResult run() {
    const Stopwatch watch;
    try {
      for (int attempt = 1;; ++attempt) {
        if (attempt_once(attempt == kAttempts)) break;
      }
    } catch (const Error& error) {
      fail(error);
    } catch (const ErrorList& errors) {
      fail(errors.errors().front());
    } catch (const std::exception& fault) {
      fail(Error("TM9602", fmt::format("'{}' ended by a fault of tidemark: {}", node_->unique_id, fault.what()))
               .hint("please report it, with logs/tidemark.log"));
    }
    host_.work_on(nullptr);
    result_.execution_time = watch.seconds();
    return std::move(result_);
  }

 private:
  // False where a source file changed while it was read and there is another try.
  bool attempt_once(bool last) {
    host_.work_on(node_.get());
    host_.inner().take_scan_counts();  // those of whatever went before
    result_.timing.clear();
    result_.counts = {};
    compile::Compiled compiled;
    try {
      compiled = compile_node();
      Timing timing = begin_timing("execute");
      NodeWork work{run_, host_, *node_, compiled, result_};
      execute(work, extra_);
      work.note_reads();
      end_timing(result_, std::move(timing));
      succeed();
      return true;
    } catch (const Error& error) {
      if (error.code() != "TM5102" || last) throw compiled.node ? at_model(error, compiled) : error;
      run_.context.observation.look_again();
      run_.bindings.forget();
      return false;
    }
  }

  compile::Compiled compile_node() {
    Timing timing = begin_timing("compile");
    compile::CompileOptions options;
    options.empty = run_.context.options.empty;
    compile::Compiled compiled;
    options.sample = run_.context.options.sample;
    if (node_->type == ResourceType::kOperation || node_->type == ResourceType::kUnitTest ||
        compile::is_microbatch(*node_)) {  // batches are compiled one by one
      auto bare = std::make_shared<CompiledNode>();
      bare->node = node_;
      compiled.node = bare;
    } else {
      compiled = run_.context.compiler.compile(*node_, host_, options);
      result_.compiled = node_->type != ResourceType::kSeed;
      result_.compiled_code = compiled.node->compiled_code;
    }
    end_timing(result_, std::move(timing));
    return compiled;
  }

  void succeed() {
    if (node_->type == ResourceType::kTest || node_->type == ResourceType::kUnitTest) return;
    if (result_.message.empty()) result_.message = "OK";
    if (!result_.adapter_response.contains("_message")) result_.adapter_response["_message"] = result_.message;
  }

  void fail(const Error& error) {
    result_.status = RunStatus::kError;
    result_.message = run_.context.cancelled && error.code() == "TM4115" ? "cancelled" : render_error(error);
    result_.failures.reset();
    if (node_->type == ResourceType::kTest) result_.relation_name.clear();
  }

  RunState& run_;
  RunHost& host_;
  const NodePtr& node_;
  const Json& extra_;
  NodeResult result_;
};

}  // namespace

bool NodeWork::full_refresh() const { return wants_full_refresh(node, run.context.options.full_refresh); }

void NodeWork::note_reads() const {
  const std::optional<ScanCounts> counts = host.inner().take_scan_counts();
  if (!counts) return;
  result.counts.files_read = std::max(result.counts.files_read, counts->files);
  result.counts.rows_read = std::max(result.counts.rows_read, counts->rows);
  result.counts.bytes_read = std::max<int64_t>(result.counts.bytes_read, 0) + counts->bytes;
}

NodeResult run_node(RunState& run, RunHost& host, const NodePtr& node, const Json& extra) { return NodeRun(run, host, node, extra).run(); }

bool is_runnable(const Node& node) {
  switch (node.type) {
    case ResourceType::kModel:
      return !node.is_ephemeral();
    case ResourceType::kSeed:
    case ResourceType::kSnapshot:
    case ResourceType::kTest:
    case ResourceType::kUnitTest:
    case ResourceType::kOperation:
      return true;
    default:
      return false;
  }
}

}  // namespace tidemark::run
