#include "server/query/cell.h"

#include <cmath>

#include <fmt/format.h>

#include "base/json.h"

namespace tidemark::server {

namespace {

bool is_small_integer(const std::string& type) {
  return type == "INTEGER" || type == "SMALLINT" || type == "TINYINT" || type == "UINTEGER" || type == "USMALLINT" || type == "UTINYINT";
}

// Not within a code point.
size_t cut_before(std::string_view text, size_t limit) {
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  return limit;
}

bool append_text(std::string& out, std::string_view text) {
  const bool is_long = text.size() > kLongestCell;
  append_json_string(out, is_long ? text.substr(0, cut_before(text, kLongestCell)) : text);
  return is_long;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  bool is_plain = true;
  for (const char c : text) is_plain = is_plain && static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\';
  if (is_plain) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  out += dump_json(Json(std::string(text)));
}

bool append_cell(std::string& out, const Value& value, const std::string& type) {
  switch (value.kind()) {
    case ValueKind::kNull:
      out += "null";
      return false;
    case ValueKind::kBool:
      out += value.as_bool() ? "true" : "false";
      return false;
    case ValueKind::kInteger:
      if (is_small_integer(type)) {
        fmt::format_to(std::back_inserter(out), "{}", value.as_integer());
      } else {
        fmt::format_to(std::back_inserter(out), "\"{}\"", value.as_integer());
      }
      return false;
    case ValueKind::kDouble:
      if (!std::isfinite(value.as_double())) break;
      fmt::format_to(std::back_inserter(out), "{}", value.as_double());
      return false;
    case ValueKind::kFloat:
      if (!std::isfinite(value.as_double())) break;
      out += value.text();
      return false;
    case ValueKind::kString:
      return append_text(out, value.as_string());
    default:
      break;
  }
  return append_text(out, value.text());
}

}  // namespace tidemark::server
