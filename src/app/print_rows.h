// Rows that a command was asked for, as text or JSON.
#pragma once
#include <string>

#include "adapter/table.h"
#include "app/app.h"
#include "app/open_project.h"

namespace tidemark::app {

// `name`: of the node; empty for SQL of the command line.
void print_rows(const Invocation& invocation, const Terminal& terminal, const std::string& name, const Table& table);

// show --at-version, --at-time: rows of the selected tables, or of the inline SQL over all tables, as they were.
int show_past(const Invocation& invocation, const Terminal& terminal, const OpenProject& open);

}  // namespace tidemark::app
