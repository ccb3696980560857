// Parts of the parser's trees (sql_parser.h), made and read.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"

namespace tidemark::sql {

// ---- reading
const Json& statement_node(const Json& tree);                  // of a tree with one statement; throws TM4110 where there are more
bool is_class(const Json& expression, std::string_view name);  // "COLUMN_REF", "FUNCTION", …
bool is_function(const Json& expression, std::string_view name);
std::string function_name(const Json& function);  // lower case
// The text of a constant (numbers as digits), of a cast of one, or nullopt.
std::optional<std::string> constant_text(const Json& expression);
size_t location_of(const Json& node);  // byte offset in the SQL text; 0 where not known

// Direct child expressions of an expression, in a fixed order; a subquery's own tree is none.
void for_each_child(const Json& expression, const std::function<void(const Json&)>& visit);
void for_each_child(Json& expression, const std::function<void(Json&)>& visit);
// True where `test` holds for the expression or one below it.
bool any_expression(const Json& expression, const std::function<bool(const Json&)>& test);

// ---- making
Json make_tree(Json node);
Json column_ref(std::string name);
Json column_ref(std::string table, std::string name);
Json constant_string(const std::string& text);
Json constant_integer(int64_t value);
Json function_call(std::string name, std::vector<Json> children);
Json conjunction(std::vector<Json> parts);  // AND; demands one part at least
Json comparison(std::string_view type, Json left, Json right);
Json cast_expression(Json child, const Json& type);
Json with_alias(Json expression, std::string alias);
// SELECT list FROM table [WHERE condition]; other parts empty.
Json select_node(std::vector<Json> list, Json from, Json where = Json());
Json subquery_ref(Json node, std::string alias);
Json star();
Json empty_from();
Json orders_modifier(Json orders);

}  // namespace tidemark::sql
