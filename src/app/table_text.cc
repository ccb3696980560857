#include "app/table_text.h"

#include <charconv>
#include <cmath>

#include "base/strings.h"

namespace tidemark::app {

namespace {

// Columns that a terminal gives to a text: code points, wide ones twice.
size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t code = lead < 0x80 ? lead : lead & (0xFFU >> (length + 1));
    for (size_t k = 1; k < length && i + k < text.size(); ++k) code = (code << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    const bool combining = code >= 0x300 && code < 0x370;
    const bool wide = (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) || (code >= 0xAC00 && code <= 0xD7A3) ||
                      (code >= 0xF900 && code <= 0xFAFF) || (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
                      (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD);
    width += combining ? 0 : wide ? 2 : 1;
    i += length;
  }
  return width;
}

// One line a cell: line ends and tabs are shown as escapes.
std::string cell_text(const Value& value) {
  if (value.is_null()) return {};
  return replace_all(replace_all(replace_all(value.text(), "\n", "\\n"), "\r", "\\r"), "\t", "\\t");
}

std::string padded(const std::string& text, size_t width, bool right) {
  const std::string space(width - std::min(width, display_width(text)), ' ');
  return right ? space + text : text + space;
}

Json value_json(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return nullptr;
    case ValueKind::kBool:
      return value.as_bool();
    case ValueKind::kInteger:
      return value.as_integer();
    case ValueKind::kDouble:
    case ValueKind::kFloat:
      if (std::isfinite(value.as_double())) return value.as_double();
      return value.text();
    case ValueKind::kNumber: {
      const std::string& digits = value.as_string();
      int64_t whole = 0;
      const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
      if (fault == std::errc() && end == digits.data() + digits.size()) return whole;
      if (digits.size() <= 16) return std::stod(digits);
      return digits;
    }
    case ValueKind::kList: {
      Json out = Json::array();
      for (const Value& element : value.elements()) out.push_back(value_json(element));
      return out;
    }
    case ValueKind::kStruct: {
      Json out = Json::object();
      for (const auto& [name, field] : value.fields()) out[name] = value_json(field);
      return out;
    }
    case ValueKind::kMap: {
      Json out = Json::object();
      for (const auto& [key, element] : value.pairs()) out[key.text()] = value_json(element);
      return out;
    }
    default:
      return value.text();
  }
}

}  // namespace

std::string table_text(const Table& table) {
  const size_t columns = table.columns.size();
  std::vector<size_t> widths(columns);
  std::vector<std::vector<std::string>> cells;
  for (size_t c = 0; c < columns; ++c) widths[c] = display_width(table.columns[c].name);
  for (const Row& row : table.rows) {
    std::vector<std::string>& texts = cells.emplace_back();
    for (size_t c = 0; c < columns; ++c) {
      texts.push_back(cell_text(row[c]));
      widths[c] = std::max(widths[c], display_width(texts[c]));
    }
  }
  std::string out;
  const auto add_line = [&](const auto& text) {
    out += "|";
    for (size_t c = 0; c < columns; ++c) out += " " + text(c) + " |";
    out += "\n";
  };
  add_line([&](size_t c) { return padded(table.columns[c].name, widths[c], false); });
  add_line([&](size_t c) { return std::string(widths[c], '-'); });
  for (size_t r = 0; r < cells.size(); ++r) {
    add_line([&](size_t c) { return padded(cells[r][c], widths[c], table.rows[r][c].is_numeric()); });
  }
  return out;
}

Json table_json(const Table& table) {
  Json out = Json::array();
  for (const Row& row : table.rows) {
    Json object = Json::object();
    for (size_t c = 0; c < table.columns.size(); ++c) object[table.columns[c].name] = value_json(row[c]);
    out.push_back(std::move(object));
  }
  return out;
}

}  // namespace tidemark::app
