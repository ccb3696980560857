#include "manifest/relation.h"

#include "base/strings.h"

namespace tidemark {

namespace {

std::string part(const std::string& name, bool quoted, char quote_character) { return quoted ? quote_identifier(name, quote_character) : name; }

}  // namespace

std::string_view to_string(RelationType type) {
  switch (type) {
    case RelationType::kTable:
      return "table";
    case RelationType::kView:
      return "view";
    case RelationType::kMaterializedView:
      return "materialized_view";
    case RelationType::kExternal:
      return "external";
    case RelationType::kCte:
      return "cte";
  }
  return "table";
}

std::optional<RelationType> relation_type_from(std::string_view text) {
  for (const RelationType type : {RelationType::kTable, RelationType::kView, RelationType::kMaterializedView, RelationType::kExternal, RelationType::kCte}) {
    if (to_string(type) == text) return type;
  }
  return std::nullopt;
}

std::string quote_identifier(std::string_view name, char quote_character) {
  std::string out(1, quote_character);
  for (const char c : name) {
    out += c;
    if (c == quote_character) out += c;
  }
  out += quote_character;
  return out;
}

std::string Relation::render() const {
  if (!expression.empty()) return expression;
  std::string out;
  const auto add = [&](const std::string& name, bool quoted) {
    if (name.empty()) return;
    if (!out.empty()) out += '.';
    out += part(name, quoted, quote_character);
  };
  add(database, quote.database);
  add(schema, quote.schema);
  add(identifier, quote.identifier);
  return out;
}

bool Relation::same_name(const Relation& other) const {
  return equals_ignore_case(database, other.database) && equals_ignore_case(schema, other.schema) && equals_ignore_case(identifier, other.identifier);
}

}  // namespace tidemark
