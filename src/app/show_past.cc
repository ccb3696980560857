// show --at-version, --at-time: what tables held.
#include <fmt/format.h>

#include "app/commands.h"
#include "app/print_rows.h"
#include "app/selection.h"
#include "app/workplace.h"
#include "base/clock.h"
#include "graph/dag.h"

namespace tidemark::app {

namespace {

int64_t time_of(const std::string& text) {
  if (const auto time = parse_iso_utc(text)) return to_epoch_ms(*time);
  throw Error("TM1911", fmt::format("--at-time: '{}' is not a time", text)).hint("2026-01-31, 2026-01-31T12:30:00 or 2026-01-31T12:30:00.5+02:00; UTC where no offset is given");
}

// Tables among the selected nodes, in the order of the graph.
std::vector<NodePtr> tables(const Invocation& invocation, const Terminal& terminal, const OpenProject& open) {
  const graph::Dag dag(open.manifest());
  std::vector<NodePtr> out;
  for (const std::string& id : graph::order_subset(dag, open.manifest(), select(invocation, terminal, open, dag), false).order) {
    const NodePtr node = open.manifest().find(id);
    if (node->type == ResourceType::kModel || node->type == ResourceType::kSeed || node->type == ResourceType::kSnapshot) out.push_back(node);
  }
  return out;
}

}  // namespace

int show_past(const Invocation& invocation, const Terminal& terminal, const OpenProject& open) {
  const bool is_inline = !invocation.inline_sql.empty();
  const std::vector<NodePtr> nodes = is_inline ? std::vector<NodePtr>() : tables(invocation, terminal, open);
  ReadPoint point;
  if (!invocation.at_time.empty()) point.time_ms = time_of(invocation.at_time);
  if (invocation.at_version) {
    if (nodes.size() != 1) throw Error("TM1912", "--at-version is the version of one table").hint("--select one model; --at-time reads all tables as they were");
    point.versions.emplace_back(nodes[0]->relation(), *invocation.at_version);
  }
  preload_engine(open.target);
  Workplace work(invocation, terminal, open, {});
  const std::unique_ptr<Session> past = work.adapter().open_session_at("show", point);
  if (is_inline) {
    const std::unique_ptr<compile::Host> host = run::make_host(work.context());
    const compile::Compiled compiled = work.compiler().compile_inline(invocation.inline_sql, *host);
    print_rows(invocation, terminal, "", past->query(compiled.node->compiled_code, invocation.limit));
  }
  for (const NodePtr& node : nodes) print_rows(invocation, terminal, node->name, past->query("select * from " + node->relation().render(), invocation.limit));
  return kExitOk;
}

}  // namespace tidemark::app
