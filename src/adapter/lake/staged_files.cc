#include "adapter/lake/staged_files.h"

#include <set>
#include <system_error>

#include "base/error.h"
#include "base/file_system.h"

namespace tidemark::lake_adapter {

StagedFiles StagedFiles::write(duckdb::Connection& connection, const std::string& select, fs::path folder, const WriteLayout& layout) {
  StagedFiles staged;
  staged.folder_ = std::move(folder);
  make_directories(staged.folder_);
  duckdb::ParquetOptions options;
  options.directory = staged.folder_.string();
  options.order_by = layout.cluster_by;
  options.partition_folders = layout.partition_folders;
  crash_point("lake.stage.before_write");
  staged.files_ = duckdb::write_parquet(connection, select, options);
  crash_point("lake.stage.after_write");
  for (const auto& file : staged.files_) {
    for (const auto& [column, value] : file.partition) {
      if (value.kind() != ValueKind::kString || !value.as_string().empty()) continue;
      throw Error("TM4206", "the column '" + column + "' becomes folders and holds an empty text, which Delta tables cannot tell from NULL there")
          .hint("use partition_by without `layout: folders`, or nullif(" + column + ", '')");
    }
  }
  return staged;
}

StagedFiles::StagedFiles(StagedFiles&& other) noexcept { *this = std::move(other); }

StagedFiles& StagedFiles::operator=(StagedFiles&& other) noexcept {
  if (this == &other) return *this;
  discard();
  folder_ = std::exchange(other.folder_, {});
  files_ = std::exchange(other.files_, {});
  table_paths_ = std::exchange(other.table_paths_, {});
  return *this;
}

StagedFiles::~StagedFiles() { discard(); }

int64_t StagedFiles::rows() const {
  int64_t rows = 0;
  for (const auto& file : files_) rows += file.rows;
  return rows;
}

int64_t StagedFiles::bytes() const {
  int64_t bytes = 0;
  for (const auto& file : files_) bytes += file.bytes;
  return bytes;
}

std::vector<ScanFile> StagedFiles::scan_files() const {
  std::vector<ScanFile> files;
  for (const auto& file : files_) {
    ScanFile scan{.path = file.path, .log_path = {}, .rows = file.rows, .bytes = file.bytes, .partition = {}};
    for (const auto& [column, value] : file.partition) {
      scan.partition[column] = value.is_null() ? std::nullopt : std::optional(value.text());
    }
    files.push_back(std::move(scan));
  }
  return files;
}

void StagedFiles::move_into(const fs::path& table_folder) {
  if (!table_paths_.empty() || files_.empty()) return;
  std::set<fs::path> folders;
  for (auto& file : files_) {
    const fs::path relative = fs::path(file.path).lexically_relative(folder_);
    const fs::path target = table_folder / relative;
    if (relative.has_parent_path()) make_directories(target.parent_path());
    std::error_code fault;
    fs::rename(file.path, target, fault);
    if (fault) throw Error("TM4902", "cannot move " + file.path + " to " + target.string() + ": " + fault.message());
    file.path = target.string();
    table_paths_.push_back(relative.string());
    folders.insert(target.parent_path());
    crash_point("lake.publish.moved_file");
  }
  for (const fs::path& folder : folders) sync_directory(folder);
}

void StagedFiles::release() {
  files_.clear();
  discard();
}

void StagedFiles::discard() noexcept {
  if (folder_.empty()) return;
  std::error_code ignored;  // what stays is swept by the next run
  for (const auto& file : files_) fs::remove(file.path, ignored);
  fs::remove_all(folder_, ignored);
  folder_.clear();
  files_.clear();
}

}  // namespace tidemark::lake_adapter
