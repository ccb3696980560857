// Finds a project's files by their kind.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "project/project.h"

namespace tidemark::project {

// Fills models, seeds, tests, macros, snapshots, analyses, docs and properties of `project`, whose paths are set. Files
// are read; faults of single files go to `errors`. `shown_root` is put before paths that users see ("" for the root project).
void find_resources(Project& project, const std::string& shown_root, ErrorSink& errors, std::vector<Error>& warnings);

}  // namespace tidemark::project
