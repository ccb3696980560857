#include "run/contract.h"
#include "run/publish.h"

namespace tidemark::run {

void materialize_view(NodeWork& work) { publish_view(work, work.node.relation(), with_contract(work, work.sql())); }

}  // namespace tidemark::run
