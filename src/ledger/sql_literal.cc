#include "ledger/sql_literal.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace tidemark::ledger {

namespace {

// A text with zero bytes is pieced together: statements end at one.
std::string quoted(const std::string& text) {
  std::vector<std::string> pieces;
  for (const std::string& piece : split(text, '\0')) pieces.push_back("'" + replace_all(piece, "'", "''") + "'");
  return pieces.size() == 1 ? pieces.front() : "(" + join(pieces, " || chr(0) || ") + ")";
}

}  // namespace

bool has_literals(const std::string& type) {
  for (const char* nested : {"STRUCT", "MAP", "UNION", "INTERVAL", "BIT", "VARIANT", "GEOMETRY"}) {
    if (type.starts_with(nested)) return false;
  }
  return !type.ends_with("]");
}

std::string sql_literal(const Value& value, const std::string& type) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return "NULL";
    case ValueKind::kBool:
    case ValueKind::kInteger:
    case ValueKind::kNumber:
      return value.text();
    case ValueKind::kString:
      return type == "UUID" ? fmt::format("CAST('{}' AS UUID)", value.text()) : quoted(value.as_string());
    case ValueKind::kDate:
      return fmt::format("DATE '{}'", value.text());
    case ValueKind::kTimestamp:
      if (type == "TIMESTAMP") return fmt::format("TIMESTAMP '{}'", value.text());
      break;
    default:
      break;
  }
  return fmt::format("CAST({} AS {})", quoted(value.text()), type);
}

}  // namespace tidemark::ledger
