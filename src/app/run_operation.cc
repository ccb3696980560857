#include <fmt/format.h>

#include "app/commands.h"
#include "app/workplace.h"

namespace tidemark::app {

namespace {

void require_macro(const OpenProject& open, const std::string& name) {
  const size_t dot = name.find('.');
  for (const auto& [id, macro] : open.manifest().macros) {
    if (dot == std::string::npos ? macro.name == name : macro.package_name + "." + macro.name == name) return;
  }
  std::vector<std::string> known;
  for (const auto& [id, macro] : open.manifest().macros) known.push_back(macro.name);
  Error error("TM2114", fmt::format("there is no macro '{}' to run", name));
  const std::string near = nearest_name(dot == std::string::npos ? name : name.substr(dot + 1), known);
  if (!near.empty()) error.hint(fmt::format("did you mean '{}'?", near));
  throw error;
}

}  // namespace

int run_operation(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  Workplace work(invocation, terminal, open, {});
  require_macro(open, invocation.macro);
  const std::unique_ptr<compile::Host> host = run::make_host(work.context());
  try {
    work.compiler().run_operation(invocation.macro, invocation.macro_args, *host);
  } catch (const Error& error) {
    // The command could be run, and what it ran failed: as a node's fault.
    terminal.events.error("RunningOperationCaughtError",
                          fmt::format("Encountered an error while running operation '{}':\n{}", invocation.macro, render_error(error)),
                          Json{{"code", error.code()}});
    return kExitNodeFailed;
  }
  return terminal.cancelled ? kExitNodeFailed : kExitOk;
}

}  // namespace tidemark::app
