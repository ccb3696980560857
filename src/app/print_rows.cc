#include "app/print_rows.h"

#include <ostream>

#include <fmt/format.h>

#include "app/table_text.h"

namespace tidemark::app {

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

}  // namespace tidemark::app
