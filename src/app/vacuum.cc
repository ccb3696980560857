#include <fmt/format.h>

#include "app/commands.h"
#include "app/workplace.h"
#include "base/strings.h"

namespace tidemark::app {

namespace {

std::string files_text(int64_t files, int64_t bytes) {
  return fmt::format("{} {}, {}", files, files == 1 ? "file" : "files", format_bytes(static_cast<uint64_t>(bytes)));
}

}  // namespace

int vacuum(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  Workplace work(invocation, terminal, open, {});
  // a dry run writes nothing, so it needs no turn
  const std::unique_ptr<WarehouseLock> lock = invocation.dry_run ? nullptr : work.lock();
  const VacuumReport report = work.vacuum(invocation.retain_hours, invocation.dry_run);
  int64_t files = 0;
  for (const VacuumReport::Part& part : report.parts) {
    files += part.files;
    terminal.events.info("VacuumPart", fmt::format("{}: {}", part.name, files_text(part.files, part.bytes)),
                         Json{{"name", part.name}, {"files", part.files}, {"bytes", part.bytes}});
  }
  for (const std::string& path : report.paths) terminal.events.debug("VacuumFile", path);
  const std::string what = files == 0 ? "nothing" : files_text(files, report.bytes());
  terminal.events.info("VacuumFinished", fmt::format("{} {} of {}", invocation.dry_run ? "Would remove" : "Removed", what, work.place()),
                       Json{{"files", files}, {"bytes", report.bytes()}, {"dry_run", invocation.dry_run}});
  return kExitOk;
}

}  // namespace tidemark::app
