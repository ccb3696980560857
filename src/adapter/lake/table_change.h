// What a write does to a table's data files: copy-on-write by file. Planned against one version of the table and computed
// by the engine; nothing becomes visible here.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/lake/layout.h"
#include "adapter/lake/staged_files.h"
#include "adapter/lake/table_scan.h"

namespace tidemark::lake_adapter {

// A version of a table; of a table that is not there yet: version -1, no columns, no files.
struct TargetTable {
  int64_t version = -1;
  std::vector<ScanColumn> columns;
  std::vector<ScanFile> files;
};

struct StagedRows {
  std::vector<ScanColumn> columns;
  const StagedFiles* files = nullptr;
};

struct TableChange {
  std::vector<size_t> removed;       // indexes into TargetTable::files
  std::vector<StagedFiles> written;  // files made from rows of removed files and of the staged ones
  bool adds_staged = true;           // the staged files become the table's as they are
  int64_t rows_deleted = 0;
  int64_t partitions = -1;  // replaced; -1: not counted
};

struct ChangeRequest {
  const PublishRequest* publish = nullptr;
  std::vector<ScanColumn> columns;  // of the table afterwards, partition columns marked
  WriteLayout layout;
  uint64_t free_space_reserve = 0;  // bytes
  // Where set, instead of the mode: rows for which this condition over `delete_alias` is true are deleted, staged ones added.
  std::string delete_where;
  std::string delete_alias;
};

TableChange plan_change(duckdb::Connection& connection, const Layout& layout, const TargetTable& before, const StagedRows& staged,
                        const ChangeRequest& request);

// The columns `after` taken from a source that has `from`: cast where types differ, NULL where missing. Case of names ignored.
std::string conform_list(const std::vector<ScanColumn>& after, const std::vector<ScanColumn>& from, const std::string& qualifier = "");

// Refuses (TM4207) to write `bytes` where less than that and the reserve is free.
void require_free_space(const std::filesystem::path& folder, uint64_t bytes, uint64_t reserve);

}  // namespace tidemark::lake_adapter
