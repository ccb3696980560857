// What a microbatch model must say of itself, checked as dbt does: before anything runs.
#include <algorithm>

#include <fmt/format.h>

#include "base/event_time.h"
#include "resolve/draft.h"
#include "resolve/lookup.h"

namespace tidemark::resolve {

namespace {

bool is_microbatch(const Node& node) {
  return node.type == ResourceType::kModel && node.config.materialized() == "incremental" && node.config.text("incremental_strategy") == "microbatch";
}

Error wrong(const Node& node, const char* key, const std::string& must) {
  return Error("TM1216", fmt::format("config '{}' of microbatch model '{}' must be {}", key, node.name, must));
}

void check_config(const Node& node) {
  const Json& config = node.config.values();
  const auto value = [&](const char* key) { return config.value(key, Json()); };
  if (!value("event_time").is_string()) throw wrong(node, "event_time", "the column that holds the times of its rows").hint("event_time='happened_at'");
  if (!value("begin").is_string() || !parse_event_time(value("begin").get<std::string>()))
    throw wrong(node, "begin", "the time from which on it is built").hint("begin='2024-01-01'");
  if (!value("batch_size").is_string() || !batch_size_from(value("batch_size").get<std::string>())) throw wrong(node, "batch_size", "hour, day, month or year");
  if (!value("lookback").is_null() && !value("lookback").is_number_integer()) throw wrong(node, "lookback", "a number of batches");
  if (!value("concurrent_batches").is_null() && !value("concurrent_batches").is_boolean()) throw wrong(node, "concurrent_batches", "true or false");
  if (!value("unique_key").is_null()) throw wrong(node, "unique_key", "left out: batches are replaced by their event times");
}

bool has_event_time(const Node& node) { return !node.config.text("event_time").empty(); }

bool has_filtered_input(const Workbench& bench, const Lookup& lookup, const Node& node) {
  const std::string& root = bench.root();
  return std::any_of(node.refs.begin(), node.refs.end(),
                     [&](const RefArgs& ref) {
                       const NodePtr input = lookup.find_ref(ref, root, node.package_name);
                       return input && has_event_time(*input);
                     }) ||
         std::any_of(node.sources.begin(), node.sources.end(),
                     [&](const SourceArgs& source) { return has_event_time(*lookup.source(source, root, node.package_name)); });
}

}  // namespace

void check_microbatch(Workbench& bench, const Lookup& lookup) {
  for (const Draft& draft : bench.drafts) {
    const Node& node = *draft.node;
    if (!is_microbatch(node)) continue;
    try {
      check_config(node);
      if (!has_filtered_input(bench, lookup, node)) {
        bench.warnings.push_back(
            Error("TM1217", fmt::format("the microbatch model '{}' has no ref or source with an event_time: each of its batches reads everything", node.name))
                .at(draft.place)
                .hint("set event_time in the configuration of the source or model that it reads"));
      }
    } catch (Error& error) {
      if (error.spans().empty()) error.at(draft.place);
      bench.errors.add(error);
    }
  }
}

}  // namespace tidemark::resolve
