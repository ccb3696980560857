#include "app/summary.h"

#include <cmath>

#include <fmt/format.h>

#include "artifacts/manifest_json.h"
#include "base/strings.h"
#include "run/events.h"

namespace tidemark::app {

namespace {

std::string counted(size_t count, const std::string& word) {
  if (count == 1 || word.empty()) return fmt::format("{} {}", count, word);
  return fmt::format("{} {}", format_count(count), word.ends_with("is") ? word.substr(0, word.size() - 2) + "es" : word + "s");
}

bool is_error(RunStatus status) { return status == RunStatus::kError || status == RunStatus::kRuntimeError; }

struct Tally {
  size_t pass = 0, warn = 0, error = 0, skip = 0, partial = 0;
};

Tally tally(const RunResults& results) {
  Tally out;
  for (const NodeResult& result : results.results) {
    switch (result.status) {
      case RunStatus::kSuccess:
      case RunStatus::kPass:
      case RunStatus::kNoOp:
        ++out.pass;
        break;
      case RunStatus::kWarn:
        ++out.warn;
        break;
      case RunStatus::kSkipped:
        ++out.skip;
        break;
      case RunStatus::kPartialSuccess:
        ++out.partial;
        break;
      case RunStatus::kError:
      case RunStatus::kFail:
      case RunStatus::kRuntimeError:
        ++out.error;
        break;
    }
  }
  return out;
}

std::string indented(const std::string& text) { return "  " + replace_all(std::string(trim(text)), "\n", "\n  "); }

std::string fault_text(const NodeResult& result, const OpenProject& open) {
  const Node& node = *result.node;
  const char* what = is_error(result.status) ? "Error" : result.status == RunStatus::kWarn ? "Warning" : "Failure";
  std::string out = fmt::format("{} in {} {} ({})", what, to_string(node.type), node.name, node.original_file_path);
  if (!result.message.empty()) out += "\n" + indented(result.message);
  if (node.type == ResourceType::kTest && result.compiled && !is_error(result.status)) {
    out += fmt::format("\n\n  compiled code at {}", artifacts::compiled_path(node, open.target_path));
  }
  return out;
}

}  // namespace

std::string found_text(const Manifest& manifest) {
  std::map<ResourceType, size_t> counts;
  for (const auto* group : {&manifest.nodes, &manifest.sources, &manifest.exposures, &manifest.unit_tests}) {
    for (const auto& [id, node] : *group) ++counts[node->type];
  }
  std::vector<std::string> parts;
  for (const auto& [type, word] : {std::pair{ResourceType::kModel, "model"},
                                   {ResourceType::kSeed, "seed"},
                                   {ResourceType::kSnapshot, "snapshot"},
                                   {ResourceType::kAnalysis, "analysis"},
                                   {ResourceType::kTest, "data test"},
                                   {ResourceType::kUnitTest, "unit test"},
                                   {ResourceType::kOperation, "operation"},
                                   {ResourceType::kSource, "source"},
                                   {ResourceType::kExposure, "exposure"}}) {
    if (counts[type] > 0) parts.push_back(counted(counts[type], word));
  }
  parts.push_back(counted(manifest.macros.size(), "macro"));
  return "Found " + join(parts, ", ");
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<int64_t>(seconds);
  return fmt::format("{} hours {} minutes and {:.2f} seconds ({:.2f}s)", whole / 3600, whole / 60 % 60, std::fmod(seconds, 60), seconds);
}

std::string tally_text(const RunResults& results) {
  const Tally t = tally(results);
  std::string out = fmt::format("PASS={} WARN={} ERROR={} SKIP={}", t.pass, t.warn, t.error, t.skip);
  if (t.partial > 0) out += fmt::format(" PARTIAL={}", t.partial);
  return out + fmt::format(" TOTAL={}", results.results.size());
}

void announce_project(const Terminal& terminal, const OpenProject& open) { terminal.events.info("FoundStats", found_text(open.manifest())); }

void announce_work(const Terminal& terminal, const OpenProject& open) {
  terminal.events.info("Formatting", "");
  terminal.events.info("ConcurrencyLine",
                       fmt::format("Concurrency: {} (target='{}')", counted(static_cast<size_t>(open.target.threads), "thread"), open.target.name),
                       Json{{"num_threads", open.target.threads}, {"target_name", open.target.name}});
  terminal.events.info("Formatting", "");
}

void announce_end(const Terminal& terminal, const OpenProject& open, const RunResults& results) {
  run::EventSink& events = terminal.events;
  const Tally t = tally(results);
  const std::string ran = run::count_resources(results);
  events.info("Formatting", "");
  events.info("FinishedRunningStats", fmt::format("Finished running {} in {}.", ran.empty() ? "nothing" : ran, duration_text(results.elapsed)),
              Json{{"execution_time", results.elapsed}});
  events.info("Formatting", "");
  const bool failed = t.error + t.partial > 0;
  if (terminal.cancelled) {
    events.error("RunCancelled", fmt::format("Cancelled: {} of {} finished", t.pass + t.warn, counted(results.results.size(), "node")));
  } else if (!failed && t.warn == 0) {
    events.info("RunSuccess", "Completed successfully");
  } else {
    const std::string text = fmt::format("Completed with {}, {}, and {}:", counted(t.error, "error"),
                                         counted(t.partial, t.partial == 1 ? "partial success" : "partial successe"), counted(t.warn, "warning"));
    events.emit({"EndOfRunSummary", failed ? run::Level::kError : run::Level::kWarn, text});
  }
  for (const NodeResult& result : results.results) {
    const bool warned = result.status == RunStatus::kWarn;
    if (!warned && !counts_as_failure(result.status)) continue;
    events.info("Formatting", "");
    events.emit({warned ? "RunResultWarning" : "RunResultError", warned ? run::Level::kWarn : run::Level::kError, fault_text(result, open),
                 Json{{"unique_id", result.node->unique_id}, {"status", to_string(result.status)}}});
  }
  events.info("Formatting", "");
  events.info("StatsLine", "Done. " + tally_text(results),
              Json{{"stats", {{"pass", t.pass}, {"warn", t.warn}, {"error", t.error}, {"skip", t.skip}, {"total", results.results.size()}}}});
}

}  // namespace tidemark::app
