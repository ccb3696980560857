#include "app/workplace.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace tidemark::app {

namespace {

int64_t time_flag(const std::string& text, const char* flag) {
  if (const auto time = parse_event_time(text)) return *time;
  throw Error("TM1406", fmt::format("{} is '{}', which is no time", flag, text)).hint("2024-01-31, or 2024-01-31T12:00:00");
}

std::optional<EventWindow> event_range(const Invocation& invocation) {
  if (invocation.event_time_start.empty() && invocation.event_time_end.empty()) return std::nullopt;
  if (invocation.event_time_start.empty() || invocation.event_time_end.empty()) throw Error("TM1406", "--event-time-start and --event-time-end go together");
  const EventWindow range{time_flag(invocation.event_time_start, "--event-time-start"), time_flag(invocation.event_time_end, "--event-time-end")};
  if (range.begin >= range.end) throw Error("TM1406", "--event-time-start must be before --event-time-end");
  return range;
}

run::RunOptions run_options(const Invocation& invocation, const project::Target& target) {
  run::RunOptions out;
  out.threads = target.threads;
  out.full_refresh = invocation.full_refresh;
  out.fail_fast = invocation.fail_fast;
  out.empty = invocation.empty;
  out.store_failures = invocation.store_failures;
  out.warn_error = invocation.warn_error;
  out.show_seed = invocation.show_seed;
  out.now = to_event_time(invocation.batches_until.value_or(invocation.started_at));
  if (!invocation.sample.empty()) out.sample = sample_window(invocation.sample, to_event_time(invocation.started_at));
  out.event_range = event_range(invocation);
  out.retried = invocation.retried;
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
               .bind_patterns = warehouse_.bind_patterns} {
  const fs::path ledgers = warehouse_.ledgers->folder();
  observation_.forms().keep_in((ledgers.filename() == "ledgers" ? ledgers.parent_path() : ledgers) / "sources");
}

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
