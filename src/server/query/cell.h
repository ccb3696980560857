// Values as the JSON cells of the API: numbers only where a double holds them exactly, everything else as text.
#pragma once
#include <string>

#include "adapter/value.h"

namespace tidemark::server {

inline constexpr size_t kLongestCell = 1 << 20;  // bytes; longer ones are cut

// Appends the cell of a column of DuckDB's type `type`. True where it was cut.
bool append_cell(std::string& out, const Value& value, const std::string& type);
void append_json_string(std::string& out, std::string_view text);

}  // namespace tidemark::server
