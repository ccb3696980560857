#include "run/events.h"

#include <map>

#include <fmt/format.h>

#include "base/strings.h"
#include "compile/compiler.h"

namespace tidemark::run {

namespace {

constexpr size_t kLineWidth = 80;

// Text, dots up to column 80, then [status].
std::string dotted(std::string text, const std::string& status) {
  text += ' ';
  if (text.size() < kLineWidth) text.append(kLineWidth - text.size(), '.');
  return text + " [" + status + "]";
}

Json node_info(const Node& node) {
  return Json{{"unique_id", node.unique_id},
              {"resource_type", to_string(node.type)},
              {"node_name", node.name},
              {"node_path", node.path},
              {"materialized", node.type == ResourceType::kTest ? "test" : node.config.materialized()},
              {"node_relation", {{"database", node.database}, {"schema", node.schema}, {"alias", node.alias}}}};
}

std::string unit_test_name(const Node& node) { return node.extra.value("model", "") + "::" + node.name; }

std::string relation_text(const Node& node) { return node.schema.empty() ? node.alias : node.schema + "." + node.alias; }

Json batch_info(const Node& node, const std::string& batch, size_t index, size_t total) {
  return Json{{"node_info", node_info(node)}, {"batch", batch}, {"batch_index", index}, {"total_batches", total}};
}

std::string result_word(const NodeResult& result) {
  switch (result.status) {
    case RunStatus::kError:
    case RunStatus::kRuntimeError:
      return "ERROR";
    case RunStatus::kFail:
      return fmt::format("FAIL {}", result.failures.value_or(0));
    case RunStatus::kWarn:
      return fmt::format("WARN {}", result.failures.value_or(0));
    case RunStatus::kPass:
      return "PASS";
    case RunStatus::kSkipped:
      return "SKIP";
    case RunStatus::kPartialSuccess:
      return result.message.empty() ? "PARTIAL SUCCESS" : result.message;
    case RunStatus::kNoOp:
      return "NO-OP";
    case RunStatus::kSuccess:
      break;
  }
  return result.message.empty() ? "OK" : result.message;
}

std::string some(int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", format_count(static_cast<uint64_t>(count)), what, count == 1 ? "" : "s");
}

// "9 files read, 274 rows": what is known of what a node read and wrote.
std::string work_done(const NodeCounts& counts) {
  std::vector<std::string> parts;
  if (counts.files_read >= 0) parts.push_back(some(counts.files_read, "file") + " read");
  if (counts.partitions_written >= 0) {
    parts.push_back(some(counts.partitions_written, "partition") + " written");
  } else if (counts.rows_written >= 0) {
    parts.push_back(some(counts.rows_written, "row"));
  }
  return join(parts, ", ");
}

std::string outcome_text(const NodeResult& result) {
  const std::string word = result_word(result);
  const std::string work = result.status == RunStatus::kSuccess ? work_done(result.counts) : "";
  return fmt::format("{}{}{} in {:.2f}s", word, work.empty() ? "" : ": ", work, result.execution_time);
}

std::string finished_text(const NodeResult& result) {
  const Node& node = *result.node;
  const bool failed = result.status == RunStatus::kError || result.status == RunStatus::kRuntimeError;
  if (node.type == ResourceType::kTest || node.type == ResourceType::kUnitTest) {
    std::string word = result_word(result);
    return fmt::format("{} {}", word.substr(0, word.find(' ')), node.type == ResourceType::kTest ? node.name : unit_test_name(node));
  }
  if (failed) return fmt::format("ERROR {} {}", node.type == ResourceType::kSeed ? "loading" : "creating", describe_node(node));
  if (result.status == RunStatus::kPartialSuccess) return fmt::format("PARTIALLY created {}", describe_node(node));
  return fmt::format("OK {} {}", node.type == ResourceType::kSeed ? "loaded" : "created", describe_node(node));
}

Level level_of(RunStatus status) {
  if (counts_as_failure(status)) return Level::kError;
  return status == RunStatus::kWarn ? Level::kWarn : Level::kInfo;
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "info";
}

void EventSink::info(std::string name, std::string message, Json data) { emit({std::move(name), Level::kInfo, std::move(message), std::move(data)}); }
void EventSink::debug(std::string name, std::string message, Json data) { emit({std::move(name), Level::kDebug, std::move(message), std::move(data)}); }
void EventSink::warn(std::string name, std::string message, Json data) { emit({std::move(name), Level::kWarn, std::move(message), std::move(data)}); }
void EventSink::error(std::string name, std::string message, Json data) { emit({std::move(name), Level::kError, std::move(message), std::move(data)}); }

std::string describe_node(const Node& node) {
  const std::string relation = relation_text(node);
  switch (node.type) {
    case ResourceType::kTest:
      return "test " + node.name;
    case ResourceType::kUnitTest:
      return "unit_test " + unit_test_name(node);
    case ResourceType::kSeed:
      return "seed file " + relation;
    case ResourceType::kOperation:
      return "hook: " + node.name;
    case ResourceType::kModel:
      return fmt::format("{} {} model {}", node.language, compile::is_microbatch(node) ? "microbatch" : node.config.materialized(), relation);
    default:
      return fmt::format("{} {}", to_string(node.type), relation);
  }
}

Event node_start(const Node& node, size_t index, size_t total) {
  const std::string text = fmt::format("{} of {} START {}", index, total, describe_node(node));
  return {"NodeStart", Level::kInfo, dotted(text, "RUN"), Json{{"node_info", node_info(node)}, {"index", index}, {"total", total}}};
}

Event node_finished(const NodeResult& result, size_t index, size_t total) {
  const std::string text = fmt::format("{} of {} {}", index, total, finished_text(result));
  Json data{{"node_info", node_info(*result.node)},
            {"index", index},
            {"total", total},
            {"status", to_string(result.status)},
            {"execution_time", result.execution_time}};
  if (!result.strategy.empty()) data["strategy"] = result.strategy;
  if (!result.reason.empty()) data["reason"] = result.reason;
  const NodeCounts& counts = result.counts;
  data["counts"] = Json{{"files_read", counts.files_read},
                        {"bytes_read", counts.bytes_read},
                        {"rows_read", counts.rows_read},
                        {"rows_written", counts.rows_written},
                        {"partitions_written", counts.partitions_written},
                        {"partitions_total", counts.partitions_total}};
  return {"NodeFinished", level_of(result.status), dotted(text, outcome_text(result)), std::move(data)};
}

Event batch_start_line(const Node& node, const std::string& batch, size_t index, size_t total) {
  const std::string text = fmt::format("{} of {} START batch {} of {}", index, total, batch, relation_text(node));
  return {"LogStartBatch", Level::kInfo, "Batch " + dotted(text, "RUN"), batch_info(node, batch, index, total)};
}

Event batch_end_line(const Node& node, const std::string& batch, size_t index, size_t total, const std::string& status, double seconds) {
  const char* word = status == "OK" ? "OK created" : status == "ERROR" ? "ERROR creating" : "SKIP";
  const std::string text = fmt::format("{} of {} {} batch {} of {}", index, total, word, batch, relation_text(node));
  Json data = batch_info(node, batch, index, total);
  data["status"] = to_lower(status);
  data["execution_time"] = seconds;
  return {"LogBatchResult", status == "ERROR" ? Level::kError : Level::kInfo, "Batch " + dotted(text, fmt::format("{} in {:.2f}s", status, seconds)),
          std::move(data)};
}

Event node_skipped(const Node& node, size_t index, size_t total) {
  const bool is_test = node.type == ResourceType::kTest || node.type == ResourceType::kUnitTest;
  const std::string what = is_test ? describe_node(node) : "relation " + node.schema + "." + node.alias;
  const std::string text = fmt::format("{} of {} SKIP {}", index, total, what);
  return {"NodeSkipped", Level::kInfo, dotted(text, "SKIP"), Json{{"node_info", node_info(node)}, {"index", index}, {"total", total}, {"status", "skipped"}}};
}

std::string count_resources(const RunResults& results) {
  std::map<std::string, size_t> counts;
  for (const NodeResult& result : results.results) {
    const Node& node = *result.node;
    std::string word(to_string(node.type));
    if (node.type == ResourceType::kModel) word = node.config.materialized() + " model";
    if (node.type == ResourceType::kTest) word = "data test";
    if (node.type == ResourceType::kUnitTest) word = "unit test";
    if (node.type == ResourceType::kOperation) word = "project hook";
    ++counts[word];
  }
  std::vector<std::string> parts;
  for (const auto& [word, count] : counts) parts.push_back(fmt::format("{} {}{}", count, word, count == 1 ? "" : "s"));
  return join(parts, ", ");
}

}  // namespace tidemark::run
