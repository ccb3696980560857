// A table, view or other thing that SQL can name.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

enum class RelationType { kTable, kView, kMaterializedView, kExternal, kCte };

std::string_view to_string(RelationType type);  // "table", "view", "materialized_view", "external", "cte"
std::optional<RelationType> relation_type_from(std::string_view text);

// Which parts are quoted when rendered.
struct QuotePolicy {
  bool database = true;
  bool schema = true;
  bool identifier = true;
  bool operator==(const QuotePolicy&) const = default;
};

struct Relation {
  std::string database;    // empty: not rendered
  std::string schema;      // empty: not rendered
  std::string identifier;  // empty: the relation stands for its schema
  std::optional<RelationType> type;
  QuotePolicy quote;
  char quote_character = '"';
  // Where set, rendered in place of the name: a table function over files, a CTE's name, a subquery (--empty, --sample).
  std::string expression;

  std::string render() const;
  bool same_name(const Relation& other) const;  // database, schema and identifier, ASCII case ignored
};

// `name` between quote characters, inner ones doubled.
std::string quote_identifier(std::string_view name, char quote_character = '"');

}  // namespace tidemark
