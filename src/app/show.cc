#include <fmt/format.h>

#include "app/commands.h"
#include "app/print_rows.h"
#include "app/selection.h"
#include "app/workplace.h"
#include "run/error_place.h"

namespace tidemark::app {

namespace {

bool has_rows(const Node& node) {
  return node.type == ResourceType::kModel || node.type == ResourceType::kSeed || node.type == ResourceType::kSnapshot || node.type == ResourceType::kTest ||
         node.type == ResourceType::kAnalysis;
}

Table rows_of(const compile::Compiled& compiled, compile::Host& host, int64_t limit) {
  try {
    return host.session().query(compiled.node->compiled_code, limit);
  } catch (const Error& error) {
    throw run::at_model(error, compiled);
  }
}

Table rows_of(Workplace& work, const Node& node, compile::Host& host, int64_t limit) {
  if (node.type == ResourceType::kSeed) return host.session().query("select * from " + node.relation().render(), limit);
  return rows_of(work.compiler().compile(node, host), host, limit);
}

}  // namespace

int show(const Invocation& invocation, const Terminal& terminal) {
  OpenProject open = open_project(invocation, terminal);
  write_manifest_file(invocation, open);
  if (invocation.at_version || !invocation.at_time.empty()) return show_past(invocation, terminal, open);
  if (!invocation.inline_sql.empty()) {
    preload_engine(open.target);
    Workplace work(invocation, terminal, open, {});
    const std::unique_ptr<compile::Host> host = run::make_host(work.context());
    print_rows(invocation, terminal, "", rows_of(work.compiler().compile_inline(invocation.inline_sql, *host), *host, invocation.limit));
    return kExitOk;
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
  for (const std::string& id : graph::order_subset(dag, open.manifest(), selected, false).order) {
    const NodePtr node = open.manifest().find(id);
    print_rows(invocation, terminal, node->name, rows_of(work, *node, *host, invocation.limit));
  }
  return kExitOk;
}

}  // namespace tidemark::app
