// Database, schema and alias of what a node makes: generate_database_name() and its siblings.
#pragma once
#include "resolve/draft.h"

namespace tidemark::resolve {

// Sets database, schema and alias of the node by its configuration.
void name_relation(const Workbench& bench, Node& node);
// Which parts of its name are quoted, in node.quoting: a source's own rule, else the project's.
void quote_relation(const Workbench& bench, Node& node);

}  // namespace tidemark::resolve
