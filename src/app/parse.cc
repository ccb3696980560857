#include "app/commands.h"
#include "app/open_project.h"
#include "app/summary.h"
#include "graph/dag.h"

namespace tidemark::app {

int parse(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  const graph::Dag dag(open.manifest());  // cycles are faults of the project
  write_manifest_file(invocation, open);
  announce_project(terminal, open);
  return kExitOk;
}

}  // namespace tidemark::app
