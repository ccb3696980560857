#include <ostream>

#include "app/commands.h"
#include "app/selection.h"
#include "app/workplace.h"
#include "plan/plan.h"

namespace tidemark::app {

// The plan of one model, with everything named.
int explain(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  const NodePtr node = find_node(open.manifest(), invocation.model);
  if (node->is_ephemeral()) throw Error("TM1912", "'" + node->name + "' is ephemeral: it is a part of the models that refer to it, and not computed itself");
  const graph::Dag dag(open.manifest());
  Workplace work(invocation, terminal, open, {node->unique_id});
  work.context().command = "run";  // what is explained
  const plan::Plan plan = run::plan_nodes(work.context(), graph::order_subset(dag, open.manifest(), {node->unique_id}, false));
  constexpr int kAll = -1;
  terminal.out << (invocation.output == OutputFormat::kJson ? dump_json(plan::to_json(plan), 2) + "\n" : plan::to_text(plan, kAll));
  return kExitOk;
}

}  // namespace tidemark::app
