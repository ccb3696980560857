#include "run/node_options.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::run {

namespace {

Error wrong_config(const std::string& key, const std::string& wanted) { return Error("TM6102", fmt::format("config '{}' must be {}", key, wanted)); }

std::string column_of(const Json& item) {
  if (item.is_string()) return item.get<std::string>();
  if (item.is_object() && item.contains("field") && item["field"].is_string()) return item["field"].get<std::string>();
  throw wrong_config("partition_by", "a column, a list of columns, or {field: column}");
}

IncrementalStrategy strategy_of(const Node& node, bool has_key) {
  const std::string word = node.config.text("incremental_strategy", "default");
  if (word == "default") return has_key ? IncrementalStrategy::kDeleteInsert : IncrementalStrategy::kAppend;
  for (const IncrementalStrategy strategy :
       {IncrementalStrategy::kAppend, IncrementalStrategy::kMerge, IncrementalStrategy::kDeleteInsert, IncrementalStrategy::kInsertOverwrite}) {
    if (word == to_string(strategy)) return strategy;
  }
  throw Error("TM6103", fmt::format("incremental strategy '{}' is not known", word)).hint("one of: append, merge, delete+insert, insert_overwrite");
}

}  // namespace

std::vector<std::string> partition_columns(const Node& node) {
  const Json* value = node.config.find("partition_by");
  std::vector<std::string> columns;
  if (value == nullptr) return columns;
  if (!value->is_array()) return {column_of(*value)};
  for (const Json& item : *value) columns.push_back(column_of(item));
  return columns;
}

bool partitions_are_folders(const Node& node) {
  const std::string layout = node.config.text("layout", "files");
  if (layout == "files" || layout == "folders") return layout == "folders";
  throw wrong_config("layout", "'files' or 'folders'");
}

bool wants_full_refresh(const Node& node, bool flag) { return node.config.flag("full_refresh", flag); }

bool enforces_contract(const Node& node) {
  const Json* contract = node.config.find("contract");
  return contract != nullptr && contract->is_object() && contract->value("enforced", false);
}

Layout layout_of(const Node& node) {
  std::vector<std::string> columns = partition_columns(node);
  if (partitions_are_folders(node)) return {{}, std::move(columns)};
  if (columns.empty()) columns = node.config.list("cluster_by");
  return {std::move(columns), {}};
}

std::string_view to_string(IncrementalStrategy strategy) {
  switch (strategy) {
    case IncrementalStrategy::kAppend:
      return "append";
    case IncrementalStrategy::kMerge:
      return "merge";
    case IncrementalStrategy::kDeleteInsert:
      return "delete+insert";
    case IncrementalStrategy::kInsertOverwrite:
      return "insert_overwrite";
  }
  return "append";
}

IncrementalOptions incremental_options(const Node& node) {
  IncrementalOptions options;
  options.unique_key = node.config.list("unique_key");
  options.strategy = strategy_of(node, !options.unique_key.empty());
  options.update_columns = node.config.list("merge_update_columns");
  options.exclude_columns = node.config.list("merge_exclude_columns");
  if (!options.update_columns.empty() && !options.exclude_columns.empty())
    throw Error("TM6102", "merge_update_columns and merge_exclude_columns exclude each other").hint("give one of them");
  options.predicates = node.config.list(node.config.has("incremental_predicates") ? "incremental_predicates" : "predicates");
  return options;
}

}  // namespace tidemark::run
