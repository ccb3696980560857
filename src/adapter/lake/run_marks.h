// What brackets a run on a warehouse: its lock, and the versions of all tables when it ends.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "adapter/lake/warehouse.h"

namespace tidemark::lake_adapter {

std::unique_ptr<WarehouseLock> take_lock(const std::filesystem::path& warehouse, const LockRequest& request);
void record_table_versions(Warehouse& warehouse, const std::string& invocation_id);

}  // namespace tidemark::lake_adapter
