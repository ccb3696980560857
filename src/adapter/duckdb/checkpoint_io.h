// Checkpoints of table logs, read and written by the engine.
#pragma once
#include <memory>

#include "adapter/duckdb/database.h"
#include "lake/parquet_io.h"

namespace tidemark::duckdb {

// Connects to `database` (which must outlive it) at the first call only. One thread at a time.
// Faults: TM4113 a file that cannot be read or written, TM4121 a file that is no checkpoint.
std::unique_ptr<lake::ParquetIo> make_checkpoint_io(Database& database);

}  // namespace tidemark::duckdb
