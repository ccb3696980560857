#include "adapter/adapter.h"

#include "base/error.h"

namespace tidemark {

SqlParser& Session::parser() { throw Error("TM4001", "this engine's SQL can't be planned over yet").hint("affected_partitions() and materialized_view need the embedded engine"); }

}  // namespace tidemark
