// The SQL of dbt's snapshots: rows of a source with the time in which each held.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "manifest/node.h"

namespace tidemark::run {

enum class HardDeletes { kIgnore, kInvalidate, kNewRecord };

struct SnapshotOptions {
  bool by_check = false;                // else by updated_at
  std::string updated_at;               // an SQL expression over the source; of `check` it may be empty: then `now`
  std::vector<std::string> unique_key;  // SQL expressions over the source
  std::vector<std::string> check_cols;  // empty: all
  HardDeletes hard_deletes = HardDeletes::kIgnore;
  std::string valid_to_current;  // an SQL expression; empty: NULL
  std::string valid_from = "dbt_valid_from";
  std::string valid_to = "dbt_valid_to";
  std::string updated = "dbt_updated_at";
  std::string scd_id = "dbt_scd_id";
  std::string is_deleted = "dbt_is_deleted";
};
// TM6131 for what is missing or not known.
SnapshotOptions snapshot_options(const Node& node);

// The first build: every row of the source holds from its updated_at on. `now` is an SQL literal.
std::string first_snapshot_sql(const SnapshotOptions& options, const std::string& source, const std::string& now);

// The rows that a merge by scd_id brings into `table` (a FROM-clause text): new states, and old ones that end. `table_columns` are those
// that it has, `source_columns` those of the source; the result has `table_columns` and, after them, the new ones.
std::string next_snapshot_sql(const SnapshotOptions& options, const std::string& source, const std::vector<ColumnType>& source_columns,
                              const std::string& table, const std::vector<ColumnType>& table_columns, const std::string& now);

}  // namespace tidemark::run
