// target/compiled and target/run: the SQL of nodes as files.
#pragma once
#include <string>

#include "manifest/run_results.h"

namespace tidemark::app {

// <target>/compiled/<package>/<path of the node>
void write_compiled(const Node& node, const std::string& code, const std::string& target_path);
// The compiled SQL of all results that have one; of those that ran also in <target>/run.
void write_compiled(const RunResults& results, const std::string& target_path);

}  // namespace tidemark::app
