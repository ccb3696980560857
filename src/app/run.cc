// The line that everything hangs on: Invocation → Project → Manifest → Selection → lock → nodes → artifacts.
#include "run/run.h"

#include <fmt/format.h>

#include "app/commands.h"
#include "app/compiled_files.h"
#include "app/selection.h"
#include "app/summary.h"
#include "app/workplace.h"
#include "artifacts/run_results_json.h"
#include "base/file_system.h"

namespace tidemark::app {

namespace {

bool runs(const std::string& command, const Node& node) {
  switch (node.type) {
    case ResourceType::kModel:
      return (command == "run" || command == "build") && !node.is_ephemeral();
    case ResourceType::kSeed:
      return command == "seed" || command == "build";
    case ResourceType::kSnapshot:
      return command == "snapshot" || command == "build";
    case ResourceType::kTest:
    case ResourceType::kUnitTest:
      return command == "test" || command == "build";
    default:
      return false;
  }
}

void write_results(const Invocation& invocation, const OpenProject& open, const RunResults& results) {
  make_directories(open.target_path);
  artifacts::write_run_results(fs::path(open.target_path) / "run_results.json", metadata(invocation), results, flags_json(invocation, open.target.name));
  write_compiled(results, open.target_path);
}

// Nodes that cannot do without the engine: it is loaded while the rest is made ready.
bool needs_engine(const Manifest& manifest, const std::set<std::string>& ids) {
  return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
    const NodePtr node = manifest.find(id);
    const std::string materialized = node->config.materialized();
    return node->type != ResourceType::kModel || (materialized != "view" && materialized != "materialized_view");
  });
}

int run_selected(const Invocation& invocation, const Terminal& terminal, OpenProject& open, const graph::Dag& dag, const std::set<std::string>& selected) {
  std::set<std::string> ids;
  for (const std::string& id : selected) {
    if (runs(invocation.command, *open.manifest().find(id))) ids.insert(id);
  }
  if (ids.empty()) {
    terminal.events.warn("NothingToDo", "Nothing to do. Try checking your model configs and model specification args");
    write_results(invocation, open, {});
    return kExitOk;
  }
  if (needs_engine(open.manifest(), ids)) preload_engine(open.target);
  defer_to_state(invocation, selected, open);
  Workplace work(invocation, terminal, open, ids);
  const std::unique_ptr<WarehouseLock> lock = work.lock();
  announce_work(terminal, open);
  const RunResults results = run::run_nodes(work.context(), graph::order_subset(dag, open.manifest(), ids, invocation.command == "build"));
  write_results(invocation, open, results);
  announce_end(terminal, open, results);
  return results.any_failed() || terminal.cancelled ? kExitNodeFailed : kExitOk;
}

}  // namespace

int run(const Invocation& invocation, const Terminal& terminal) {
  OpenProject open = open_project(invocation, terminal);
  write_manifest_file(invocation, open);
  announce_project(terminal, open);
  const graph::Dag dag(open.manifest());
  return run_selected(invocation, terminal, open, dag, select(invocation, terminal, open, dag));
}

int run_only(const Invocation& invocation, const Terminal& terminal, const std::set<std::string>& ids) {
  OpenProject open = open_project(invocation, terminal);
  write_manifest_file(invocation, open);
  announce_project(terminal, open);
  const graph::Dag dag(open.manifest());
  std::set<std::string> known;
  for (const std::string& id : ids) {
    if (open.manifest().find(id)) known.insert(id);
  }
  return run_selected(invocation, terminal, open, dag, known);
}

}  // namespace tidemark::app
