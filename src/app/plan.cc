#include "plan/plan.h"

#include <ostream>

#include "app/commands.h"
#include "app/selection.h"
#include "app/workplace.h"

namespace tidemark::app {

int plan(const Invocation& invocation, const Terminal& terminal) {
  OpenProject open = open_project(invocation, terminal);
  write_manifest_file(invocation, open);
  const graph::Dag dag(open.manifest());
  std::set<std::string> selected = select(invocation, terminal, open, dag);
  std::erase_if(selected, [&](const std::string& id) {
    const NodePtr node = open.manifest().find(id);
    return (node->type != ResourceType::kModel && node->type != ResourceType::kSeed && node->type != ResourceType::kSnapshot) || node->is_ephemeral();
  });
  defer_to_state(invocation, selected, open);
  Workplace work(invocation, terminal, open, selected);
  work.context().command = "run";  // what is planned
  const plan::Plan plan = run::plan_nodes(work.context(), graph::order_subset(dag, open.manifest(), selected, false));
  terminal.out << (invocation.output == OutputFormat::kJson ? dump_json(plan::to_json(plan), 2) + "\n" : plan::to_text(plan));
  return kExitOk;
}

}  // namespace tidemark::app
