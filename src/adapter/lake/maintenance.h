// What keeps a warehouse small and quick: vacuum and compaction. Neither changes rows that anybody may read.
#pragma once
#include <filesystem>

#include "adapter/lake/warehouse.h"

namespace tidemark::lake_adapter {

VacuumReport vacuum_warehouse(Warehouse& warehouse, const VacuumRequest& request);
CompactResult compact_table(Warehouse& warehouse, duckdb::Connection& connection, const CompactRequest& request);

// Staged files of processes that are gone.
void remove_staged_leftovers(const std::filesystem::path& warehouse);

}  // namespace tidemark::lake_adapter
