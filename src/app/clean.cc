#include <fmt/format.h>

#include "app/commands.h"
#include "app/open_project.h"
#include "base/file_system.h"

namespace tidemark::app {

namespace {

// `path` with links resolved as far as it exists.
fs::path real(const fs::path& path) { return fs::weakly_canonical(fs::absolute(path)); }

bool is_inside(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

// The project's own files, and the folders that hold them, are never cleaned.
void require_cleanable(const project::Project& project, const std::string& target) {
  const fs::path root = real(".");
  const fs::path path = real(target);
  if (path == root || !is_inside(path, root)) {
    throw Error("TM1920", fmt::format("clean-targets names '{}', which is not a folder inside the project", target))
        .at(project.source
                ? SourceSpan{project.source, project.source->text.find(target) == std::string::npos ? 0 : project.source->text.find(target), target.size()}
                : SourceSpan{})
        .hint("nothing was removed");
  }
  for (const auto* paths :
       {&project.model_paths, &project.seed_paths, &project.test_paths, &project.macro_paths, &project.snapshot_paths, &project.analysis_paths}) {
    for (const std::string& source : *paths) {
      const fs::path kept = real(source);
      if (path == kept || is_inside(path, kept) || is_inside(kept, path)) {
        throw Error("TM1921", fmt::format("clean-targets names '{}', which holds files of the project ({})", target, source)).hint("nothing was removed");
      }
    }
  }
}

}  // namespace

int clean(const Invocation& invocation, const Terminal& terminal) {
  const ProjectFiles files = open_project_files(invocation, terminal);
  for (const std::string& target : files.project->clean_targets) require_cleanable(*files.project, target);
  for (const std::string& target : files.project->clean_targets) {
    std::error_code fault;
    const bool is_link = fs::is_symlink(target, fault);
    const auto removed = is_link ? static_cast<uintmax_t>(fs::remove(target, fault)) : fs::remove_all(target, fault);
    if (fault) throw Error("TM4902", fmt::format("cannot remove '{}': {}", target, fault.message()));
    terminal.events.info("CleanPath", removed > 0 ? fmt::format("Cleaned {}", target) : fmt::format("Nothing in {}", target));
  }
  terminal.events.info("FinishedCleanPaths", "Finished cleaning all paths.");
  return kExitOk;
}

}  // namespace tidemark::app
