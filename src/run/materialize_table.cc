#include "run/contract.h"
#include "run/node_options.h"
#include "run/publish.h"

namespace tidemark::run {

void rebuild_table(NodeWork& work, const std::string& sql) {
  const Layout layout = layout_of(work.node);
  work.host.files().begin();
  const std::string query = with_contract(work, sql);
  work.note_reads();
  std::unique_ptr<Staged> staged = work.session().stage({.sql = query, .cluster_by = layout.cluster_by, .partition_folders = layout.partition_folders});
  work.note_reads();
  check_constraints(work, *staged);
  PublishRequest request;
  request.mode = WriteMode::kReplace;
  request.cluster_by = layout.cluster_by;
  request.partition_folders = layout.partition_folders;
  publish(work, std::move(staged), std::move(request));
}

void materialize_table(NodeWork& work) { rebuild_table(work, work.sql()); }

}  // namespace tidemark::run
