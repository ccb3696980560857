// Names of columns in lists of them. SQL compares names without case (ASCII).
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "base/strings.h"
#include "sql/column_type.h"

namespace tidemark {

// Null where no column has that name.
inline const ColumnType* find_column(const std::vector<ColumnType>& columns, const std::string& name) {
  const auto found = std::ranges::find_if(columns, [&](const ColumnType& column) { return equals_ignore_case(column.name, name); });
  return found == columns.end() ? nullptr : &*found;
}

inline bool contains_name(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::any_of(names, [&](const std::string& other) { return equals_ignore_case(other, name); });
}

}  // namespace tidemark
