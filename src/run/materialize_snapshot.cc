#include "run/node_work.h"

namespace tidemark::run {

void materialize_snapshot(NodeWork& work) { throw Error("TM6130", "snapshots are not supported yet: '" + work.node.name + "'"); }

}  // namespace tidemark::run
