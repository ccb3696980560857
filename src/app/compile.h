// Rendering the selected nodes without running them: what compile and docs generate share.
#pragma once
#include "app/open_project.h"
#include "manifest/run_results.h"

namespace tidemark::app {

// Writes target/compiled, manifest.json and run_results.json. A node's fault is its result, and is told.
RunResults compile_selected(const Invocation& invocation, const Terminal& terminal, OpenProject& open);

}  // namespace tidemark::app
