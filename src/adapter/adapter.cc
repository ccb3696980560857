#include "adapter/adapter.h"

#include "base/error.h"

namespace tidemark {

std::vector<TableCommit> Session::history(const Relation&, int64_t) { return {}; }

SqlParser& Session::parser() {
  throw Error("TM4001", "this engine's SQL can't be planned over yet").hint("affected_partitions() and materialized_view need the embedded engine");
}

std::unique_ptr<Staged> Session::stage_table(const Table&) { throw Error("TM4001", "this engine reads files itself"); }

CompactResult Session::compact(const CompactRequest&) { return {}; }

std::unique_ptr<Session> Adapter::open_session_at(const std::string&, const ReadPoint&) {
  throw Error("TM4222", capabilities().engine + " keeps no earlier versions of tables").hint("tables of `type: lake` can be read as they were");
}

}  // namespace tidemark
