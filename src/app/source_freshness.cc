#include <fmt/format.h>

#include "adapter/table.h"
#include "app/commands.h"
#include "app/selection.h"
#include "app/summary.h"
#include "app/workplace.h"
#include "artifacts/sources_json.h"
#include "base/file_system.h"
#include "resolve/external_source.h"

namespace tidemark::app {

namespace {

using artifacts::FreshnessResult;

WallTime from_micros(int64_t micros) { return WallTime(std::chrono::microseconds(micros)); }

// The newest row by the field that says when it was loaded; times without a zone are UTC.
WallTime newest_row(const Workplace& work, compile::Host& host, const Node& source) {
  std::string sql = fmt::format("select max({}) from {{{{ source('{}', '{}') }}}}", source.loaded_at_field, source.source_name, source.name);
  if (source.freshness.contains("filter") && source.freshness["filter"].is_string()) sql += " where " + source.freshness["filter"].get<std::string>();
  const Table table = host.session().query(work.compiler().compile_inline(sql, host).node->compiled_code);
  const Value& value = table.rows.at(0).at(0);
  switch (value.kind()) {
    case ValueKind::kTimestamp:
    case ValueKind::kTimestampTz:
      return from_micros(value.as_moment().micros);
    case ValueKind::kDate:
      return from_micros(value.as_integer() * 86'400'000'000);
    case ValueKind::kNull:
      throw Error("TM6310", fmt::format("source '{}.{}' has no row with a value in {}", source.source_name, source.name, source.loaded_at_field));
    default:
      throw Error("TM6311", fmt::format("{} of source '{}.{}' is no date or time", source.loaded_at_field, source.source_name, source.name));
  }
}

// Files say themselves when they came.
WallTime newest_file(ledger::Observation& observation, const Node& source, const std::string& glob) {
  int64_t newest = -1;
  for (const ledger::SourceFile& file : observation.files({glob})) newest = std::max(newest, file.stat.mtime_ns);
  if (newest < 0) throw Error("TM6312", fmt::format("source '{}.{}' has no file that matches '{}'", source.source_name, source.name, glob));
  return WallTime(Nanoseconds(newest));
}

bool is_older(double age_seconds, const Json& freshness, const char* threshold) {
  const auto found = freshness.find(threshold);
  if (found == freshness.end() || !found->is_object() || !(*found).value("count", Json()).is_number()) return false;
  const std::string period = found->value("period", "day");
  const double unit = period == "minute" ? 60 : period == "hour" ? 3600 : 86400;
  return age_seconds > (*found)["count"].get<double>() * unit;
}

FreshnessResult measure(Workplace& work, compile::Host& host, const NodePtr& source) {
  FreshnessResult out;
  out.source = source;
  out.thread = "Thread-1";
  const Stopwatch watch;
  Timing timing{"execute", wall_now(), {}};
  try {
    const auto files = resolve::external_files(*source);
    if (!source->loaded_at_field.empty()) {
      out.max_loaded_at = newest_row(work, host, *source);
    } else if (files && !files->glob.empty()) {
      out.max_loaded_at = newest_file(work.context().observation, *source, files->glob);
    } else {
      throw Error("TM6313", fmt::format("source '{}.{}' has no loaded_at_field", source->source_name, source->name));
    }
    out.snapshotted_at = wall_now();
    out.age_seconds = std::chrono::duration<double>(out.snapshotted_at - out.max_loaded_at).count();
    out.status = is_older(out.age_seconds, source->freshness, "error_after")  ? "error"
                 : is_older(out.age_seconds, source->freshness, "warn_after") ? "warn"
                                                                              : "pass";
  } catch (const Error& error) {
    out.status = "runtime error";
    out.error = render_error(error);
  }
  timing.completed = wall_now();
  out.timing.push_back(timing);
  out.execution_time = watch.seconds();
  return out;
}

void tell(const Terminal& terminal, const FreshnessResult& result) {
  const std::string name = result.source->source_name + "." + result.source->name;
  const bool bad = result.status == "error" || result.status == "runtime error";
  std::string text = result.status == "runtime error" ? fmt::format("ERROR freshness of {}\n{}", name, result.error)
                                                      : fmt::format("{} freshness of {}: newest {} ({:.1f} hours old)",
                                                                    bad                       ? "ERROR STALE"
                                                                    : result.status == "warn" ? "WARN"
                                                                                              : "PASS",
                                                                    name, format_iso_utc(result.max_loaded_at), result.age_seconds / 3600);
  terminal.events.emit({"LogFreshnessResult",
                        bad                       ? run::Level::kError
                        : result.status == "warn" ? run::Level::kWarn
                                                  : run::Level::kInfo,
                        std::move(text), Json{{"unique_id", result.source->unique_id}, {"status", result.status}}});
}

}  // namespace

int source_freshness(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  write_manifest_file(invocation, open);
  announce_project(terminal, open);
  const graph::Dag dag(open.manifest());
  std::set<std::string> selected = select(invocation, terminal, open, dag);
  std::erase_if(selected, [&](const std::string& id) {
    const NodePtr node = open.manifest().find(id);
    return node->type != ResourceType::kSource || !node->freshness.is_object();
  });
  const Stopwatch watch;
  Workplace work(invocation, terminal, open, selected);
  const std::unique_ptr<compile::Host> host = run::make_host(work.context());
  std::vector<FreshnessResult> results;
  bool failed = false;
  for (const std::string& id : selected) {
    if (terminal.cancelled) break;
    results.push_back(measure(work, *host, open.manifest().find(id)));
    tell(terminal, results.back());
    failed = failed || results.back().status == "error" || results.back().status == "runtime error";
  }
  if (selected.empty()) terminal.events.warn("NothingToDo", "Nothing to do: no selected source has a freshness");
  artifacts::write_sources(fs::path(open.target_path) / "sources.json", metadata(invocation), results, watch.seconds());
  terminal.events.info("FreshnessCheckComplete", "Done.");
  return failed || terminal.cancelled ? kExitNodeFailed : kExitOk;
}

}  // namespace tidemark::app
