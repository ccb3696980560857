// materialized_view: a table that is kept equal to its SELECT over the files observed.
#include "run/node_work.h"

namespace tidemark::run {

void materialize_maintained(NodeWork& work) {
  work.result.strategy = "rebuild";
  rebuild_table(work, work.sql());
}

}  // namespace tidemark::run
