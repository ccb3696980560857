// A small result that the server makes itself: metadata, SHOW, DESCRIBE.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "server/query/cell.h"
#include "sql/column_type.h"

namespace tidemark::server {

// Columns of text of these names.
inline std::vector<ColumnType> texts(std::initializer_list<const char*> names) {
  std::vector<ColumnType> out;
  for (const char* name : names) out.push_back({name, "VARCHAR"});
  return out;
}

struct LocalRows {
  std::vector<ColumnType> columns;
  std::vector<std::string> lines;  // as the spill has them

  explicit LocalRows(std::vector<ColumnType> given) : columns(std::move(given)) {}
  // As many as there are columns; numbers as their digits, truth values as true and false.
  void add(const std::vector<std::optional<std::string>>& cells) {
    std::string line = "[";
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += ',';
      if (!cells[i]) {
        line += "null";
      } else if (columns[i].type == "BOOLEAN") {
        line += *cells[i];
      } else {
        append_json_string(line, *cells[i]);
      }
    }
    lines.push_back(line + ']');
  }
};

}  // namespace tidemark::server
