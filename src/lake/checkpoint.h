// A table's state in one file, so that readers need not replay the whole log.
#pragma once
#include "lake/snapshot.h"

namespace tidemark::lake {

// Writes `<version>.checkpoint.parquet`, `_last_checkpoint` and this program's compact snapshot. Tombstones younger than
// `retain_ms` before now are kept in it. A fault leaves the table as it was: checkpoints are only a help.
void write_checkpoint(const Snapshot& snapshot, ParquetIo& parquet, int64_t retain_ms);
// Only the compact snapshot.
void write_saved_snapshot(const Snapshot& snapshot);

}  // namespace tidemark::lake
