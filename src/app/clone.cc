#include <fmt/format.h>

#include "app/commands.h"
#include "app/selection.h"
#include "app/summary.h"
#include "app/workplace.h"

namespace tidemark::app {

namespace {

std::string text(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// A view over the other run's relation: nothing is copied.
std::string clone_node(Session& session, const Node& node, const Json& other, bool full_refresh) {
  Relation from = node.relation();
  from.database = text(other, "database");
  from.schema = text(other, "schema");
  from.identifier = text(other, "alias");
  const Relation to = node.relation();
  if (from.same_name(to)) return "is the same relation";
  const std::optional<Relation> existing = session.find_relation(to);
  if (existing && !full_refresh) return "exists already";
  session.create_schema(to.database, to.schema);
  if (existing) session.drop(*existing);
  session.create_view(to, {.sql = "select * from " + from.render(), .node_id = node.unique_id, .description = node.description});
  return "";
}

}  // namespace

int clone(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  const Json state = load_state_manifest(invocation.selection.state);
  const graph::Dag dag(open.manifest());
  const std::set<std::string> selected = select(invocation, terminal, open, dag);
  Workplace work(invocation, terminal, open, selected);
  const std::unique_ptr<WarehouseLock> lock = work.lock();
  const std::unique_ptr<Session> session = work.adapter().open_session("clone");
  bool failed = false;
  for (const std::string& id : dag.order()) {
    const NodePtr node = open.manifest().find(id);
    if (!selected.contains(id) || !node->is_refable() || node->is_ephemeral()) continue;
    if (!state.contains("nodes") || !state["nodes"].contains(id)) {
      terminal.events.warn("CloneSkipped", fmt::format("{} is not in the other manifest", id));
      continue;
    }
    try {
      const std::string why_not = clone_node(*session, *node, state["nodes"][id], invocation.full_refresh);
      terminal.events.info("CloneFinished", why_not.empty() ? fmt::format("Cloned {}", node->relation().render())
                                                            : fmt::format("Left {}: it {}", node->relation().render(), why_not));
    } catch (const Error& error) {
      failed = true;
      terminal.events.error("CloneFinished", fmt::format("Could not clone {}\n{}", id, render_error(error)));
    }
  }
  return failed ? kExitNodeFailed : kExitOk;
}

}  // namespace tidemark::app
