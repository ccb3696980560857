// One commit to a table's log, in terms of staged files and scanned columns.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapter/lake/staged_files.h"
#include "adapter/lake/table_reader.h"
#include "base/json.h"

namespace tidemark::lake_adapter {

struct TableCommit {
  std::filesystem::path folder;
  TableVersionPtr before;                 // null: the commit makes the table
  std::vector<size_t> removed;            // indexes into before->files
  std::vector<const StagedFiles*> added;  // moved into the folder already
  std::vector<ScanColumn> columns;        // afterwards
  std::string description;
  std::map<std::string, std::string> column_descriptions;
  bool is_blind_append = false;  // does not depend on what the table holds
  bool lays_out_anew = false;    // the same rows in other files
  std::string operation;         // "WRITE", "MERGE", …: for the log's history
  Json own;                      // null: not a run's commit
};

// The new version; nullopt where somebody else has committed after `before` what this does not fit with: nothing has
// happened then.
std::optional<int64_t> commit_table(const TableCommit& commit, lake::ParquetIo* parquet);

// Descriptions of the columns that have one.
std::map<std::string, std::string> column_comments(const TableVersion& table);

}  // namespace tidemark::lake_adapter
