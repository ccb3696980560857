// The cells of a spilled row, found without making a document of it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::server {

struct RowCell {
  std::string_view json;  // as it stands in the row
  bool is_null() const { return json == "null"; }
  bool is_text() const { return json.starts_with('"'); }
  std::string text() const;  // of a text: its value; else as it stands
};

// Of one line as SpillWriter was given it: an array of null, true, false, numbers and texts. The cells point into it.
void split_row(std::string_view row, std::vector<RowCell>& cells);

}  // namespace tidemark::server
