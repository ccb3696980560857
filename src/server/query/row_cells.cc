#include "server/query/row_cells.h"

#include "base/json.h"

namespace tidemark::server {

namespace {

// Behind the text that begins at `at`.
size_t end_of_text(std::string_view row, size_t at) {
  for (++at; at < row.size() && row[at] != '"'; ++at) {
    if (row[at] == '\\') ++at;
  }
  return std::min(at + 1, row.size());
}

}  // namespace

std::string RowCell::text() const {
  if (!is_text()) return std::string(json);
  if (json.find('\\') == std::string_view::npos) return std::string(json.substr(1, json.size() - 2));
  return Json::parse(json).get<std::string>();
}

void split_row(std::string_view row, std::vector<RowCell>& cells) {
  cells.clear();
  size_t at = 1;  // behind '['
  while (at < row.size() && row[at] != ']') {
    const size_t end = row[at] == '"' ? end_of_text(row, at) : std::min(row.find_first_of(",]", at), row.size());
    cells.push_back({row.substr(at, end - at)});
    at = end < row.size() && row[end] == ',' ? end + 1 : end;
  }
}

}  // namespace tidemark::server
