#include "plan/plan.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/strings.h"

namespace tidemark::plan {

namespace {

std::string bytes_text(int64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  const char* unit = "";
  for (const char* next : {"kB", "MB", "GB", "TB"}) {
    value /= 1000;
    unit = next;
    if (value < 999.5) break;
  }
  return fmt::format("{:.{}f} {}", value, value < 9.95 ? 1 : 0, unit);
}

std::string count_text(int64_t count, std::string_view one, std::string_view many) { return fmt::format("{} {}", count, count == 1 ? one : many); }

std::string estimate_text(const Estimate& estimate) {
  std::vector<std::string> parts;
  if (estimate.files >= 0) parts.push_back(count_text(estimate.files, "file", "files"));
  if (estimate.bytes >= 0) parts.push_back(bytes_text(estimate.bytes));
  if (estimate.rows > 0) parts.push_back(count_text(estimate.rows, "row", "rows"));
  return parts.empty() ? "not known" : join(parts, ", ");
}

Json estimate_json(const Estimate& estimate) {
  const auto number = [](int64_t value) { return value < 0 ? Json() : Json(value); };
  return Json{{"files", number(estimate.files)}, {"bytes", number(estimate.bytes)}, {"rows", number(estimate.rows)}};
}

char sign_of(ledger::ChangeKind kind) {
  switch (kind) {
    case ledger::ChangeKind::kAdded:
      return '+';
    case ledger::ChangeKind::kRemoved:
      return '-';
    case ledger::ChangeKind::kTouched:
      return '=';
    default:
      return '~';
  }
}

std::string change_text(const ledger::FileChange& change) {
  std::string out =
      fmt::format("    {} {} ({}, {})", sign_of(change.kind), change.path, ledger::to_string(change.kind), bytes_text(static_cast<int64_t>(change.bytes)));
  if (!change.old_path.empty()) out += ", was " + change.old_path;
  return out + "\n";
}

size_t shown(size_t size, int limit) { return limit < 0 ? size : std::min(size, static_cast<size_t>(limit)); }

std::string more_text(size_t size, size_t shown) { return size > shown ? fmt::format("    … and {} more\n", size - shown) : ""; }

std::string partitions_text(const PlanStep& step, int list_limit) {
  if (step.all_partitions) return fmt::format("  partitions: all of {}\n", step.partition_column);
  if (!step.partitions_known) return fmt::format("  partitions: those of {} that the changed files hold, found while it runs\n", step.partition_column);
  const size_t count = shown(step.partitions.size(), list_limit);
  std::string list = join({step.partitions.begin(), step.partitions.begin() + static_cast<ptrdiff_t>(count)}, ", ");
  if (count < step.partitions.size()) list += fmt::format(", … and {} more", step.partitions.size() - count);
  return fmt::format("  partitions: {} of {}{}\n", step.partitions.size(), step.partition_column, list.empty() ? "" : ": " + list);
}

std::string reading_text(const PlanStep& step) {
  if (step.estimate.files < 0) return "";
  std::string out = "  reads: " + estimate_text(step.estimate);
  const bool maintained = step.strategy == Strategy::kMerge || step.strategy == Strategy::kPartitions || step.strategy == Strategy::kUpper;
  if (maintained || step.rebuild_estimate.files > step.estimate.files) out += fmt::format(" (a rebuild: {})", estimate_text(step.rebuild_estimate));
  return out + "\n";
}

}  // namespace

std::string_view to_string(Strategy strategy) {
  switch (strategy) {
    case Strategy::kAsWritten:
      return "as written";
    case Strategy::kUnchanged:
      return "unchanged";
    case Strategy::kMerge:
      return "merge";
    case Strategy::kPartitions:
      return "partitions";
    case Strategy::kUpper:
      return "upper";
    case Strategy::kRebuild:
      return "rebuild";
  }
  return "";
}

Json to_json(const Plan& plan) {
  Json steps = Json::array();
  for (const PlanStep& step : plan.steps) {
    Json changes = Json::array();
    for (const ledger::FileChange& change : step.changes) {
      changes.push_back(Json{{"change", ledger::to_string(change.kind)},
                             {"path", change.path},
                             {"old_path", change.old_path.empty() ? Json() : Json(change.old_path)},
                             {"bytes", change.bytes}});
    }
    steps.push_back(Json{{"node", step.node_id},
                         {"name", step.node_name},
                         {"materialized", step.materialized},
                         {"strategy", to_string(step.strategy)},
                         {"reason", step.reason ? Json{{"code", step.reason.code}, {"text", step.reason.text()}, {"advice", step.reason.advice()}} : Json()},
                         {"changed_files", std::move(changes)},
                         {"files_total", step.files_total < 0 ? Json() : Json(step.files_total)},
                         {"partition_column", step.partition_column.empty() ? Json() : Json(step.partition_column)},
                         {"all_partitions", step.all_partitions},
                         {"partitions", step.partitions_known ? Json(step.partitions) : Json()},
                         {"estimate", estimate_json(step.estimate)},
                         {"rebuild_estimate", estimate_json(step.rebuild_estimate)},
                         {"after", step.after},
                         {"decided_at_run_time", step.decided_at_run_time},
                         {"decided_by", step.decided_by.empty() ? Json() : Json(step.decided_by)}});
    if (!step.note.empty()) steps.back()["note"] = step.note;
  }
  return Json{{"steps", std::move(steps)}};
}

std::string to_text(const PlanStep& step, int list_limit) {
  std::string out = fmt::format("{} ({}): {}", step.node_name, step.materialized, to_string(step.strategy));
  if (step.reason) out += " – " + step.reason.text();
  out += '\n';
  if (step.reason && step.strategy == Strategy::kRebuild && !step.reason.advice().empty()) out += "  advice: " + step.reason.advice() + "\n";
  if (!step.changes.empty()) {
    out += fmt::format("  changed files: {} of {}\n", step.changes.size(), step.files_total);
    const size_t count = shown(step.changes.size(), list_limit);
    for (size_t i = 0; i < count; ++i) out += change_text(step.changes[i]);
    out += more_text(step.changes.size(), count);
  }
  if (!step.partition_column.empty() && step.strategy != Strategy::kUnchanged) out += partitions_text(step, list_limit);
  out += reading_text(step);
  if (!step.after.empty()) out += fmt::format("  and what changes in {}, found while it runs\n", join(step.after, ", "));
  if (!step.note.empty()) out += "  " + step.note + "\n";
  if (step.decided_at_run_time)
    out += fmt::format("  decided while it runs: its template asks the database{}\n", step.decided_by.empty() ? "" : " (" + step.decided_by + ")");
  return out;
}

std::string to_text(const Plan& plan, int list_limit) {
  std::string out;
  size_t idle = 0;
  for (const PlanStep& step : plan.steps) {
    idle += step.strategy == Strategy::kUnchanged ? 1 : 0;
    out += to_text(step, list_limit);
  }
  return out + fmt::format("\nPlan: {}, {} unchanged.\n", count_text(static_cast<int64_t>(plan.steps.size()), "step", "steps"), idle);
}

}  // namespace tidemark::plan
