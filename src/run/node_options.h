// The configuration of a node as materializations read it: texts become lists and words become values, or an Error says why not.
#pragma once
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "manifest/node.h"

namespace tidemark::run {

// partition_by: a column, a list of columns, or {field: column}. TM6102 where it is anything else.
std::vector<std::string> partition_columns(const Node& node);
// +layout: folders
bool partitions_are_folders(const Node& node);
// The config where it is set, else the flag.
bool wants_full_refresh(const Node& node, bool flag);
bool enforces_contract(const Node& node);

// How staged files are laid out: clustered by the partition columns, or in folders of theirs.
struct Layout {
  std::vector<std::string> cluster_by;
  std::vector<std::string> partition_folders;
};
Layout layout_of(const Node& node);

enum class IncrementalStrategy { kAppend, kMerge, kDeleteInsert, kInsertOverwrite };
std::string_view to_string(IncrementalStrategy strategy);

struct IncrementalOptions {
  IncrementalStrategy strategy = IncrementalStrategy::kAppend;
  std::vector<std::string> unique_key;
  std::vector<std::string> update_columns;
  std::vector<std::string> exclude_columns;
  std::vector<std::string> predicates;
};
// TM6103 unknown strategy, TM6102 columns both to update and to exclude.
IncrementalOptions incremental_options(const Node& node);

}  // namespace tidemark::run
