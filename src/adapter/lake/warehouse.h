// What all sessions of one lake adapter share.
#pragma once
#include <mutex>

#include "adapter/duckdb/checkpoint_io.h"
#include "adapter/duckdb/database.h"
#include "adapter/lake/catalogue.h"
#include "adapter/lake/lake_adapter.h"
#include "adapter/lake/layout.h"
#include "adapter/lake/table_reader.h"

namespace tidemark::lake_adapter {

// Checkpoints of all sessions, one at a time.
class CheckpointIo : public lake::ParquetIo {
 public:
  explicit CheckpointIo(duckdb::Database& database) : io_(duckdb::make_checkpoint_io(database)) {}
  std::vector<Json> read_checkpoint(const std::filesystem::path& file) override {
    const std::lock_guard lock(mutex_);
    return io_->read_checkpoint(file);
  }
  int64_t write_checkpoint(const std::filesystem::path& file, const std::vector<Json>& actions) override {
    const std::lock_guard lock(mutex_);
    return io_->write_checkpoint(file, actions);
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<lake::ParquetIo> io_;
};

struct Warehouse {
  explicit Warehouse(LakeOptions given, const ReadPoint* past = nullptr);

  LakeOptions options;
  bool is_past = false;
  Layout layout;
  duckdb::Database database;  // opened by the first statement
  CheckpointIo checkpoints;
  TableReader tables;
  Catalogue catalogue;

  // The relation in this warehouse; throws Error TM4201 where it is in another database.
  Relation resolve(const Relation& name) const;
  // Throws Error TM4222 where the past is read.
  void require_present() const;
};

}  // namespace tidemark::lake_adapter
