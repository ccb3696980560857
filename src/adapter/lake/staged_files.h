// Parquet files that no table refers to yet, in a folder of their own below the warehouse. Removed with the object,
// except those that were moved into a table.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "adapter/duckdb/parquet_io.h"
#include "adapter/lake/table_scan.h"

namespace tidemark::lake_adapter {

struct WriteLayout {
  std::vector<std::string> cluster_by;
  std::vector<std::string> partition_folders;
};

class StagedFiles {
 public:
  // `select` has the types that the files get. `folder` is not there yet.
  static StagedFiles write(duckdb::Connection& connection, const std::string& select, std::filesystem::path folder, const WriteLayout& layout);

  StagedFiles() = default;
  StagedFiles(StagedFiles&& other) noexcept;
  StagedFiles& operator=(StagedFiles&& other) noexcept;
  ~StagedFiles();

  const std::vector<duckdb::ParquetFile>& files() const { return files_; }
  int64_t rows() const;
  int64_t bytes() const;
  std::vector<ScanFile> scan_files() const;

  // Renames the files into a table's folder, partition folders kept, and makes their names durable there. Until release()
  // they are still this object's and are removed with it.
  void move_into(const std::filesystem::path& table_folder);
  // Paths relative to the table's folder, in the order of files(); after move_into().
  const std::vector<std::string>& table_paths() const { return table_paths_; }
  void release();  // they belong to the table now

 private:
  void discard() noexcept;

  std::filesystem::path folder_;  // empty: none
  std::vector<duckdb::ParquetFile> files_;
  std::vector<std::string> table_paths_;
};

}  // namespace tidemark::lake_adapter
