#include "run/node_work.h"

namespace tidemark::run {

void materialize_custom(NodeWork& work, const resolve::Macro& macro) {
  work.run.published = true;
  const compile::MaterializationResult made = work.run.context.compiler.run_materialization(macro, work.compiled, work.host);
  work.result.adapter_response = made.response;
  if (!made.relations.empty()) work.result.relation_name = made.relations.front().render();
}

}  // namespace tidemark::run
