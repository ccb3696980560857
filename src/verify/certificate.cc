#include "verify/certificate.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/strings.h"

namespace tidemark::verify {

namespace {

Json differences_json(const Comparison& comparison) {
  Json out = Json::array();
  for (const PartitionDifference& difference : comparison.differences) {
    out.push_back(Json{{"partition", difference.partition}, {"missing", difference.missing}, {"extra", difference.extra}, {"different", difference.different}});
  }
  return out;
}

Json changes_json(const std::vector<ledger::FileChange>& changes) {
  Json out = Json::array();
  for (const ledger::FileChange& change : changes) {
    Json entry{{"change", ledger::to_string(change.kind)}, {"path", change.path}, {"bytes", change.bytes}};
    if (!change.old_path.empty()) entry["old_path"] = change.old_path;
    out.push_back(std::move(entry));
  }
  return out;
}

std::string count(int64_t number, const char* one, const char* many) { return fmt::format("{} {}", number, number == 1 ? one : many); }

std::string summary(const Certificate& c) {
  const std::string rows = count(c.comparison.published_rows, "row", "rows");
  const std::string scope = c.partitions < 0 ? "" : " of " + count(c.partitions, "partition", "partitions");
  switch (c.verdict) {
    case Verdict::kExact:
      return fmt::format("{}{} equal to the truth bit for bit", rows, scope);
    case Verdict::kEqual:
      return fmt::format("{}{} equal to the truth, doubles within {:g}", rows, scope, c.relative_tolerance);
    case Verdict::kStale:
      return count(static_cast<int64_t>(c.changes.size()), "source file has", "source files have") + " changed since it was computed";
    case Verdict::kDrift:
      return fmt::format("{} from the truth", c.partition_columns.empty()
                                                  ? "the table differs"
                                                  : count(static_cast<int64_t>(c.comparison.differences.size()), "partition differs", "partitions differ"));
    default:
      return c.note;
  }
}

std::string difference_text(const PartitionDifference& difference) {
  std::vector<std::string> parts;
  if (difference.missing > 0) parts.push_back(count(difference.missing, "row missing", "rows missing"));
  if (difference.extra > 0) parts.push_back(count(difference.extra, "row too many", "rows too many"));
  if (difference.different > 0) parts.push_back(count(difference.different, "row with other numbers", "rows with other numbers"));
  return fmt::format("{}{}", difference.partition.empty() ? "" : join(difference.partition, ", ") + ": ", join(parts, ", "));
}

template <class Items, class Text>
void add_lines(std::string& out, const Items& items, size_t limit, const Text& text) {
  size_t shown = 0;
  for (const auto& item : items) {
    if (shown++ == limit) {
      out += fmt::format("    … and {} more\n", items.size() - limit);
      return;
    }
    out += "    " + text(item) + "\n";
  }
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kExact:
      return "exact";
    case Verdict::kEqual:
      return "equal";
    case Verdict::kStale:
      return "stale";
    case Verdict::kDrift:
      return "drift";
    case Verdict::kLeftOut:
      return "left out";
    case Verdict::kError:
      return "error";
  }
  return "";
}

bool is_failure(Verdict verdict) { return verdict == Verdict::kStale || verdict == Verdict::kDrift || verdict == Verdict::kError; }

Json to_json(const Certificate& c) {
  Json inputs = Json::array();
  for (const InputFile& file : c.inputs) inputs.push_back(Json{{"path", file.path}, {"bytes", file.bytes}, {"xxh128", file.hash}});
  return Json{{"model", c.model},
              {"relation", c.relation},
              {"materialized", c.materialized},
              {"verdict", to_string(c.verdict)},
              {"note", c.note},
              {"checked", c.checked},
              {"partitions_checked", c.partitions < 0 ? Json() : Json(c.partitions)},
              {"relative_tolerance", c.relative_tolerance},
              {"table_version", c.table_version},
              {"committed_at", c.committed_at_ms < 0 ? Json() : Json(format_iso_utc(WallTime(std::chrono::milliseconds(c.committed_at_ms))))},
              {"engine", c.engine},
              {"published_rows", c.comparison.published_rows},
              {"truth_rows", c.comparison.truth_rows},
              {"partition_columns", c.partition_columns},
              {"differences", differences_json(c.comparison)},
              {"changed_files", changes_json(c.changes)},
              {"inputs", std::move(inputs)},
              {"truth_xxh128", c.truth_hash},
              {"result_hash", c.result_hash},
              {"started_at", format_iso_utc(c.started_at)},
              {"seconds", c.seconds}};
}

std::string to_text(const Certificate& c, size_t list_limit) {
  std::string out = fmt::format("{:<9}{}: {} ({:.2f}s)\n", to_string(c.verdict), c.name, summary(c), c.seconds);
  if (c.verdict == Verdict::kStale) {
    add_lines(out, c.changes, list_limit, [](const ledger::FileChange& change) {
      return fmt::format("{} {}{}", ledger::to_string(change.kind), change.path, change.old_path.empty() ? "" : " (was " + change.old_path + ")");
    });
  }
  add_lines(out, c.comparison.differences, list_limit, difference_text);
  return out;
}

}  // namespace tidemark::verify
