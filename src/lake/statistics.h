// Statistics of a data file as the log holds them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lake/type.h"

namespace tidemark::lake {

// Of one top-level column; texts as the engine casts them to VARCHAR.
struct ColumnStatistics {
  std::string column;
  std::optional<std::string> min;
  std::optional<std::string> max;
  std::optional<int64_t> nulls;
};

struct FileStatistics {
  int64_t rows = 0;
  std::vector<ColumnStatistics> columns;
};

// JSON text for AddFile::stats. Bounds stay bounds: long texts are cut with the upper bound raised, doubles that are not
// finite and types without an order have none.
std::string encode_statistics(const FileStatistics& statistics, const Schema& schema);
// Rows only, -1 where the text does not tell; cheap.
int64_t rows_of(const std::string& stats);
// Bounds of top-level columns, as text that casts to the column's type.
FileStatistics decode_statistics(const std::string& stats);

}  // namespace tidemark::lake
