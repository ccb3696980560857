#include <fmt/format.h>

#include "app/commands.h"
#include "app/open_project.h"
#include "base/file_system.h"

namespace tidemark::app {

namespace {

Json last_results(const ProjectFiles& files, const Invocation& invocation) {
  const fs::path folder = invocation.selection.state.empty() ? fs::path(files.target_path) : fs::path(invocation.selection.state);
  const fs::path path = folder / "run_results.json";
  if (!stat_file(path)) throw Error("TM1950", fmt::format("there is no {} to retry", path.string())).hint("run or build first");
  return parse_json(read_file(path), path.string(), "TM1041");
}

std::set<std::string> unfinished(const Json& results) {
  static const std::set<std::string> kAgain{"error", "fail", "skipped", "runtime error", "partial success"};
  std::set<std::string> out;
  for (const Json& result : results.value("results", Json::array())) {
    if (kAgain.contains(result.value("status", ""))) out.insert(result.value("unique_id", ""));
  }
  return out;
}

std::vector<EventWindow> windows(const Json& given) {
  std::vector<EventWindow> out;
  for (const Json& pair : given) {
    const auto begin = parse_event_time(pair.at(0).get<std::string>()), end = parse_event_time(pair.at(1).get<std::string>());
    if (begin && end) out.push_back({*begin, *end});
  }
  return out;
}

// Of microbatch models that were done in part: their batches. What was not done at all is run as if for the first time.
std::map<std::string, BatchResults> unfinished_batches(const Json& results) {
  std::map<std::string, BatchResults> out;
  for (const Json& result : results.value("results", Json::array())) {
    const Json given = result.value("batch_results", Json());
    if (!given.is_object()) continue;
    BatchResults batches{windows(given.value("successful", Json::array())), windows(given.value("failed", Json::array()))};
    if (!batches.successful.empty() && !batches.failed.empty()) out[result.value("unique_id", "")] = std::move(batches);
  }
  return out;
}

// The last invocation's flags where this one does not say otherwise.
Invocation as_before(const Invocation& invocation, const Json& args) {
  Invocation out = invocation;
  out.command = args.value("which", "run");
  out.full_refresh = invocation.full_refresh || args.value("full_refresh", false);
  out.store_failures = args.value("store_failures", false);
  out.empty = args.value("empty", false);
  out.sample = args.value("sample", "");
  out.event_time_start = args.value("event_time_start", "");
  out.event_time_end = args.value("event_time_end", "");
  if (invocation.vars.empty() && args.contains("vars") && args["vars"].is_object()) out.vars = args["vars"];
  if (invocation.target.empty()) out.target = args.value("target", "");
  if (invocation.profile.empty()) out.profile = args.value("profile", "");
  return out;
}

}  // namespace

int retry(const Invocation& invocation, const Terminal& terminal) {
  const ProjectFiles files = open_project_files(invocation, terminal);
  const Json results = last_results(files, invocation);
  Invocation again = as_before(invocation, results.value("args", Json::object()));
  again.retried = unfinished_batches(results);
  again.batches_until = parse_iso_utc(results.value("metadata", Json::object()).value("generated_at", ""));
  static const std::set<std::string> kCommands{"run", "build", "test", "seed", "snapshot"};
  if (!kCommands.contains(again.command)) throw Error("TM1951", fmt::format("the last command, '{}', can't be retried", again.command));
  const std::set<std::string> ids = unfinished(results);
  if (ids.empty()) {
    terminal.events.warn("NothingToDo", "Nothing to do: in the last run nothing failed");
    return kExitOk;
  }
  return run_only(again, terminal, ids);
}

}  // namespace tidemark::app
