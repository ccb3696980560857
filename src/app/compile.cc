#include "app/compile.h"

#include <ostream>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/compiled_files.h"
#include "app/selection.h"
#include "app/summary.h"
#include "app/workplace.h"
#include "artifacts/manifest_json.h"
#include "artifacts/run_results_json.h"
#include "base/file_system.h"

namespace tidemark::app {

namespace {

bool has_code(const Node& node) {
  return node.type == ResourceType::kModel || node.type == ResourceType::kSnapshot || node.type == ResourceType::kTest || node.type == ResourceType::kAnalysis;
}

void print_code(const Invocation& invocation, const Terminal& terminal, const std::string& name, const std::string& code) {
  if (invocation.output == OutputFormat::kJson) {
    Json out = Json::object();
    if (!name.empty()) out["node"] = name;
    out["compiled"] = code;
    terminal.out << dump_json(out, 2) << '\n';
    return;
  }
  if (!invocation.quiet) terminal.events.info("CompiledNode", name.empty() ? "Compiled inline node is:" : fmt::format("Compiled node '{}' is:", name));
  terminal.out << code << '\n' << std::flush;
}

NodeResult compile_node(const Workplace& work, compile::Host& host, const NodePtr& node) {
  NodeResult result;
  result.node = node;
  result.thread = "Thread-1";
  result.relation_name = node->is_refable() && !node->is_ephemeral() ? node->relation().render() : "";
  const Stopwatch watch;
  Timing timing{"compile", wall_now(), {}};
  try {
    const compile::Compiled compiled = work.compiler().compile(*node, host);
    result.compiled_code = compiled.node->compiled_code;
    result.compiled = true;
  } catch (const Error& error) {
    result.status = RunStatus::kError;
    result.message = render_error(error);
  }
  timing.completed = wall_now();
  result.timing.push_back(timing);
  result.execution_time = watch.seconds();
  return result;
}

int compile_inline(const Invocation& invocation, const Terminal& terminal, const OpenProject& open) {
  Workplace work(invocation, terminal, open, {});
  const std::unique_ptr<compile::Host> host = run::make_host(work.context());
  print_code(invocation, terminal, "", work.compiler().compile_inline(invocation.inline_sql, *host).node->compiled_code);
  return kExitOk;
}

void write_compile_artifacts(const Invocation& invocation, const OpenProject& open, const RunResults& results) {
  artifacts::ManifestArtifact artifact;
  artifact.metadata = metadata(invocation);
  artifact.manifest = &open.manifest();
  artifact.target_path = open.target_path;
  for (const NodeResult& result : results.results) {
    if (!result.compiled) continue;
    auto compiled = std::make_shared<CompiledNode>();
    compiled->node = result.node;
    compiled->compiled_code = result.compiled_code;
    artifact.compiled[result.node->unique_id] = compiled;
    write_compiled(*result.node, result.compiled_code, open.target_path);
  }
  artifacts::write_manifest(fs::path(open.target_path) / "manifest.json", artifact);
  artifacts::write_run_results(fs::path(open.target_path) / "run_results.json", metadata(invocation), results, flags_json(invocation, open.target.name));
}

}  // namespace

RunResults compile_selected(const Invocation& invocation, const Terminal& terminal, OpenProject& open) {
  const graph::Dag dag(open.manifest());
  std::set<std::string> selected = select(invocation, terminal, open, dag);
  std::erase_if(selected, [&](const std::string& id) { return !has_code(*open.manifest().find(id)); });
  defer_to_state(invocation, selected, open);
  Workplace work(invocation, terminal, open, selected);
  const std::unique_ptr<compile::Host> host = run::make_host(work.context());
  const Stopwatch watch;
  RunResults results;
  for (const std::string& id : graph::order_subset(dag, open.manifest(), selected, false).order) {
    if (terminal.cancelled) break;
    results.results.push_back(compile_node(work, *host, open.manifest().find(id)));
  }
  results.elapsed = watch.seconds();
  write_compile_artifacts(invocation, open, results);
  for (const NodeResult& result : results.results) {
    if (!result.compiled) terminal.events.error("RunResultError", result.message, Json{{"unique_id", result.node->unique_id}});
  }
  return results;
}

int compile(const Invocation& invocation, const Terminal& terminal) {
  OpenProject open = open_project(invocation, terminal);
  write_manifest_file(invocation, open);
  announce_project(terminal, open);
  if (!invocation.inline_sql.empty()) return compile_inline(invocation, terminal, open);
  const RunResults results = compile_selected(invocation, terminal, open);
  // Tests come along with what they test; they are printed where nothing else was asked for.
  const bool chosen = !invocation.selection.select.empty() || !invocation.selection.selector.empty();
  const bool only_tests =
      std::all_of(results.results.begin(), results.results.end(), [](const NodeResult& result) { return result.node->type == ResourceType::kTest; });
  for (const NodeResult& result : results.results) {
    if (!result.compiled || !chosen || (!only_tests && result.node->type == ResourceType::kTest)) continue;
    print_code(invocation, terminal, result.node->name, result.compiled_code);
  }
  return results.any_failed() || terminal.cancelled ? kExitNodeFailed : kExitOk;
}

}  // namespace tidemark::app
