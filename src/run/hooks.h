// Statements around nodes and around a whole run.
#pragma once
#include <string>
#include <vector>

#include "run/node_work.h"

namespace tidemark::run {

// The node's "pre-hook" or "post-hook" texts, rendered and executed, those of one side of the transaction.
void run_hooks(NodeWork& work, const std::string& key, bool inside_transaction);

// on-run-start or on-run-end nodes in the order in which they run: the root project's last at the start, packages' before.
std::vector<NodePtr> project_hooks(const resolve::Resolved& project, const std::string& when);

// Renders and executes one of them. `extra`: results, schemas, database_schemas.
void run_project_hook(NodeWork& work, const Json& extra);

// What on-run-end hooks see of the run.
Json results_for_hooks(const RunResults& results);

}  // namespace tidemark::run
