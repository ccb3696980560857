// The current version of each table, read from its log once and brought up to date when asked for again. Thread-safe.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/lake/table_scan.h"
#include "base/file_system.h"
#include "lake/snapshot.h"

namespace tidemark::lake_adapter {

// A snapshot as statements see it. Files refer to the snapshot's texts.
struct TableVersion {
  lake::SnapshotPtr snapshot;
  std::vector<ScanColumn> columns;
  std::vector<ScanFile> files;

  int64_t version() const { return snapshot->version; }
  const std::string& id() const { return snapshot->metadata.id; }
  TableState state() const;
};

using TableVersionPtr = std::shared_ptr<const TableVersion>;

TableVersionPtr table_version(lake::SnapshotPtr snapshot);

// The past that is read instead of the current versions.
struct Past {
  std::map<std::filesystem::path, int64_t> versions;  // by the table's folder
  std::optional<int64_t> time_ms;                     // of all other tables
};

class TableReader {
 public:
  // `parquet` reads and writes checkpoints; may be null.
  explicit TableReader(lake::ParquetIo* parquet = nullptr) : parquet_(parquet) {}
  void set_past(Past past) { past_ = std::move(past); }  // before anything is read

  // Null where there is no table. In the past: throws TM4321, TM4322 where there was none yet.
  TableVersionPtr find(const std::filesystem::path& folder);
  // Throws Error TM4202 where there is no table.
  TableVersionPtr current(const std::filesystem::path& folder);

  lake::ParquetIo* parquet() const { return parquet_; }

 private:
  struct Known {
    TableVersionPtr table;
    FileStat entry;  // of the log entry of its version: another one where the table was made anew
  };

  lake::SnapshotRequest request_for(const std::filesystem::path& folder) const;
  bool is_past(const std::filesystem::path& folder) const { return past_.time_ms || past_.versions.contains(folder); }

  lake::ParquetIo* parquet_;
  Past past_;
  std::mutex mutex_;
  std::map<std::filesystem::path, Known> known_;
};

// Description of one column; empty where it has none.
std::string column_comment(const lake::Field& field);

}  // namespace tidemark::lake_adapter
