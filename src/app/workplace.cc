#include "app/workplace.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace tidemark::app {

namespace {

run::RunOptions run_options(const Invocation& invocation, const project::Target& target) {
  run::RunOptions out;
  out.threads = target.threads;
  out.full_refresh = invocation.full_refresh;
  out.fail_fast = invocation.fail_fast;
  out.empty = invocation.empty;
  out.store_failures = invocation.store_failures;
  out.warn_error = invocation.warn_error;
  out.show_seed = invocation.show_seed;
  out.sample = invocation.sample;
  out.event_time_start = invocation.event_time_start;
  out.event_time_end = invocation.event_time_end;
  return out;
}

}  // namespace

Workplace::Workplace(const Invocation& invocation, const Terminal& terminal, const OpenProject& open, const std::set<std::string>& selected)
    : invocation_(invocation),
      terminal_(terminal),
      warehouse_(open_warehouse(open.target)),
      compiler_(open.resolved),
      context_{.adapter = *warehouse_.adapter,
               .compiler = compiler_,
               .observation = observation_,
               .ledgers = *warehouse_.ledgers,
               .events = terminal.events,
               .cancelled = terminal.cancelled,
               .options = run_options(invocation, open.target),
               .invocation_id = invocation.id,
               .command = invocation.command,
               .selected = {selected.begin(), selected.end()},
               .bind_patterns = warehouse_.bind_patterns} {}

VacuumReport Workplace::vacuum(double retain_hours, bool dry_run) {
  if (!warehouse_.vacuum) throw Error("TM6020", fmt::format("there is nothing to vacuum in {}: it keeps no old versions", place()));
  return warehouse_.vacuum(retain_hours, dry_run);
}

std::unique_ptr<WarehouseLock> Workplace::lock() {
  LockRequest request;
  request.command = join(invocation_.arguments, " ");
  request.timeout_seconds = invocation_.lock_timeout;
  request.cancelled = &terminal_.cancelled;
  request.on_wait = [this](const std::string& holder) {
    terminal_.events.info("LockWait", fmt::format("Waiting for the warehouse {}, at most {:g} s: held by {}", place(), invocation_.lock_timeout, holder),
                          Json{{"holder", holder}});
  };
  return warehouse_.adapter->lock(request);
}

}  // namespace tidemark::app
