// Rows of a query's result.
#pragma once
#include <cstdint>
#include <vector>

#include "adapter/value.h"
#include "sql/column_type.h"

namespace tidemark {

using Row = std::vector<Value>;

struct Table {
  std::vector<ColumnType> columns;
  std::vector<Row> rows;   // each as long as `columns`
  bool truncated = false;  // there were more rows than the limit
};

}  // namespace tidemark
