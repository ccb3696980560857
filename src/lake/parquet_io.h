// What src/lake needs of Parquet: checkpoints only. Implemented beside the engine and handed in.
#pragma once
#include <filesystem>
#include <vector>

#include "base/json.h"

namespace tidemark::lake {

class ParquetIo {
 public:
  virtual ~ParquetIo() = default;
  // The actions of a checkpoint's rows: [{"add": {…}}, {"metaData": {…}}, …], absent members left out.
  virtual std::vector<Json> read_checkpoint(const std::filesystem::path& file) = 0;
  // Writes actions (each an object with one member: protocol, metaData, txn, add, remove, domainMetadata) as a classic
  // checkpoint, synced to disk. The number of bytes.
  virtual int64_t write_checkpoint(const std::filesystem::path& file, const std::vector<Json>& actions) = 0;
};

}  // namespace tidemark::lake
