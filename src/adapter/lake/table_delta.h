// What commits took from a table and brought, by its data files.
#pragma once
#include <filesystem>
#include <optional>

#include "adapter/adapter.h"
#include "adapter/lake/table_reader.h"

namespace tidemark::lake_adapter {

// See Session::delta().
std::optional<TableDelta> delta_of(TableReader& tables, const std::filesystem::path& folder, int64_t since, int64_t committed_at_ms);

}  // namespace tidemark::lake_adapter
