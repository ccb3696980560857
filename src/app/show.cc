#include <ostream>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/selection.h"
#include "app/table_text.h"
#include "app/workplace.h"
#include "base/clock.h"
#include "base/strings.h"
#include "run/error_place.h"

namespace tidemark::app {

namespace {

bool has_rows(const Node& node) {
  return node.type == ResourceType::kModel || node.type == ResourceType::kSeed || node.type == ResourceType::kSnapshot || node.type == ResourceType::kTest ||
         node.type == ResourceType::kAnalysis;
}

void print_rows(const Invocation& invocation, const Terminal& terminal, const std::string& name, const Table& table) {
  if (invocation.output == OutputFormat::kJson) {
    Json out = Json::object();
    if (!name.empty()) out["node"] = name;
    out["show"] = table_json(table);
    terminal.out << dump_json(out, 2) << '\n';
    return;
  }
  if (!invocation.quiet) terminal.events.info("ShowNode", name.empty() ? "Previewing inline node:" : fmt::format("Previewing node '{}':", name));
  terminal.out << table_text(table) << std::flush;
}

Table rows_of(const compile::Compiled& compiled, Session& session, int64_t limit) {
  try {
    return session.query(compiled.node->compiled_code, limit);
  } catch (const Error& error) {
    throw run::at_model(error, compiled);
  }
}

bool is_table(const Node& node) {
  return node.type == ResourceType::kSeed || node.type == ResourceType::kSnapshot ||
         (node.type == ResourceType::kModel && !node.is_ephemeral() && node.config.materialized() != "view");
}

// Milliseconds since the epoch.
int64_t time_of(const std::string& text) {
  if (const auto time = parse_iso_utc(text)) return to_epoch_ms(*time);
  throw Error("TM1913", fmt::format("'{}' is no time", text)).hint("--at-time '2024-01-31 12:00:00', in UTC, or with an offset: 2024-01-31T12:00:00+02:00");
}

// A session over the past that the flags name; nullptr: the present.
std::unique_ptr<Session> open_past(const Invocation& invocation, Adapter& adapter, const NodePtr& only) {
  ReadPoint point;
  if (!invocation.at_time.empty()) point.time_ms = time_of(invocation.at_time);
  if (invocation.at_version) {
    if (!only || !is_table(*only)) throw Error("TM1914", "--at-version is for one model that is a table").hint("--select it alone");
    point.versions.emplace_back(only->relation(), *invocation.at_version);
  }
  return invocation.at_time.empty() && !invocation.at_version ? nullptr : adapter.open_session_at("past", point);
}

// Shows what `rows` gives; false, with the fault told, where it gives none.
bool show_rows(const Invocation& invocation, const Terminal& terminal, const std::string& name, const std::function<Table()>& rows) {
  try {
    print_rows(invocation, terminal, name, rows());
    return true;
  } catch (const Error& error) {
    terminal.events.error("RunResultError",
                          (name.empty() ? "Error in inline query\n" : fmt::format("Error in node {}\n", name)) + std::string(trim(render_error(error))),
                          Json{{"code", error.code()}});
    return false;
  }
}

}  // namespace

int show(const Invocation& invocation, const Terminal& terminal) {
  OpenProject open = open_project(invocation, terminal);
  write_manifest_file(invocation, open);
  if (!invocation.inline_sql.empty()) {
    preload_engine(open.target);
    Workplace work(invocation, terminal, open, {});
    const std::unique_ptr<compile::Host> host = run::make_host(work.context());
    const std::unique_ptr<Session> past = open_past(invocation, work.adapter(), nullptr);
    const bool shown = show_rows(invocation, terminal, "", [&] {
      return rows_of(work.compiler().compile_inline(invocation.inline_sql, *host), past ? *past : host->session(), invocation.limit);
    });
    return shown ? kExitOk : kExitNodeFailed;
  }
  if (invocation.selection.select.empty() && invocation.selection.selector.empty()) {
    throw Error("TM1910", "show needs something to show").hint("--select a model, or --inline \"select …\"");
  }
  const graph::Dag dag(open.manifest());
  std::set<std::string> selected = select(invocation, terminal, open, dag);
  std::erase_if(selected, [&](const std::string& id) { return !has_rows(*open.manifest().find(id)); });
  // Tests come along with what they test; they are shown where they are asked for.
  if (std::any_of(selected.begin(), selected.end(), [&](const std::string& id) { return open.manifest().find(id)->type != ResourceType::kTest; })) {
    std::erase_if(selected, [&](const std::string& id) { return open.manifest().find(id)->type == ResourceType::kTest; });
  }
  preload_engine(open.target);
  defer_to_state(invocation, selected, open);
  Workplace work(invocation, terminal, open, selected);
  const std::unique_ptr<compile::Host> host = run::make_host(work.context());
  const std::unique_ptr<Session> past = open_past(invocation, work.adapter(), selected.size() == 1 ? open.manifest().find(*selected.begin()) : nullptr);
  // What is published, for seeds and for the past; what the node's SQL gives now, for all others.
  const auto rows = [&](const Node& node) {
    Session& session = past ? *past : host->session();
    if (node.type == ResourceType::kSeed || (past && is_table(node))) return session.query("select * from " + node.relation().render(), invocation.limit);
    return rows_of(work.compiler().compile(node, *host), session, invocation.limit);
  };
  bool failed = false;
  for (const std::string& id : graph::order_subset(dag, open.manifest(), selected, false).order) {
    const NodePtr node = open.manifest().find(id);
    if (terminal.cancelled) break;
    failed = !show_rows(invocation, terminal, node->name, [&] { return rows(*node); }) || failed;
  }
  return failed || terminal.cancelled ? kExitNodeFailed : kExitOk;
}

}  // namespace tidemark::app
