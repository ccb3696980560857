#include "sql/tree.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::sql {

namespace {

std::string text_of(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Keys under which expressions hold one child, several, or pairs.
constexpr const char* kSingle[] = {"child",       "left",       "right",    "input",       "lower",        "upper", "filter", "else_expr",
                                   "filter_expr", "start_expr", "end_expr", "offset_expr", "default_expr", "expr",  "lhs"};
constexpr const char* kLists[] = {"children", "partitions"};

template <class Node, class Visit>
void visit_orders(Node& orders, const Visit& visit) {
  for (auto& order : orders) visit(order["expression"]);
}

template <class Node, class Visit>
void visit_children(Node& expression, const Visit& visit) {
  if (!expression.is_object()) return;
  if (auto checks = expression.find("case_checks"); checks != expression.end()) {
    for (auto& check : *checks) {
      visit(check["when_expr"]);
      visit(check["then_expr"]);
    }
  }
  for (const char* key : kLists) {
    if (auto list = expression.find(key); list != expression.end() && list->is_array()) {
      for (auto& child : *list) visit(child);
    }
  }
  for (const char* key : kSingle) {
    if (auto child = expression.find(key); child != expression.end() && child->is_object()) visit(*child);
  }
  if (auto list = expression.find("orders"); list != expression.end() && list->is_array()) visit_orders(*list, visit);
  if (auto list = expression.find("arg_orders"); list != expression.end() && list->is_array()) visit_orders(*list, visit);
  if (auto modifier = expression.find("order_bys"); modifier != expression.end() && modifier->is_object()) {
    if (auto list = modifier->find("orders"); list != modifier->end() && list->is_array()) visit_orders(*list, visit);
  }
}

Json expression_base(const char* class_name, const char* type) { return Json{{"class", class_name}, {"type", type}, {"alias", ""}}; }

}  // namespace

const Json& statement_node(const Json& tree) {
  const auto statements = tree.find("statements");
  if (statements == tree.end() || statements->size() != 1) throw Error("TM4110", "one SELECT statement is expected here");
  return (*statements)[0].at("node");
}

bool is_class(const Json& expression, std::string_view name) {
  const auto found = expression.find("class");
  return found != expression.end() && found->is_string() && found->get_ref<const std::string&>() == name;
}

std::string function_name(const Json& function) { return to_lower(text_of(function, "function_name")); }

bool is_function(const Json& expression, std::string_view name) { return is_class(expression, "FUNCTION") && function_name(expression) == name; }

std::optional<std::string> constant_text(const Json& expression) {
  if (is_class(expression, "CAST")) return constant_text(expression.at("child"));
  if (!is_class(expression, "CONSTANT")) return std::nullopt;
  const Json& value = expression.at("value");
  if (value.value("is_null", false)) return std::nullopt;
  const auto found = value.find("value");
  if (found == value.end()) return std::nullopt;
  return found->is_string() ? found->get<std::string>() : found->dump();
}

size_t location_of(const Json& node) {
  const auto found = node.find("query_location");
  if (found == node.end() || !found->is_number_unsigned()) return 0;
  const uint64_t at = found->get<uint64_t>();
  return at > (uint64_t{1} << 40) ? 0 : static_cast<size_t>(at);
}

void for_each_child(const Json& expression, const std::function<void(const Json&)>& visit) { visit_children(expression, visit); }
void for_each_child(Json& expression, const std::function<void(Json&)>& visit) { visit_children(expression, visit); }

bool any_expression(const Json& expression, const std::function<bool(const Json&)>& test) {
  if (test(expression)) return true;
  bool found = false;
  for_each_child(expression, [&](const Json& child) { found = found || any_expression(child, test); });
  return found;
}

Json make_tree(Json node) {
  Json tree = Json::object();
  tree["error"] = false;
  tree["statements"] = Json::array({Json{{"node", std::move(node)}, {"named_param_map", Json::array()}}});
  return tree;
}

Json column_ref(std::string name) {
  Json out = expression_base("COLUMN_REF", "COLUMN_REF");
  out["column_names"] = Json::array({std::move(name)});
  return out;
}

Json column_ref(std::string table, std::string name) {
  Json out = expression_base("COLUMN_REF", "COLUMN_REF");
  out["column_names"] = Json::array({std::move(table), std::move(name)});
  return out;
}

Json constant_string(const std::string& text) {
  Json out = expression_base("CONSTANT", "VALUE_CONSTANT");
  out["value"] = Json{{"type", Json{{"id", "VARCHAR"}, {"type_info", nullptr}}}, {"is_null", false}, {"value", text}};
  return out;
}

Json constant_integer(int64_t value) {
  Json out = expression_base("CONSTANT", "VALUE_CONSTANT");
  const bool small = value >= INT32_MIN && value <= INT32_MAX;
  out["value"] = Json{{"type", Json{{"id", small ? "INTEGER" : "BIGINT"}, {"type_info", nullptr}}}, {"is_null", false}, {"value", value}};
  return out;
}

Json function_call(std::string name, std::vector<Json> children) {
  Json out = expression_base("FUNCTION", "FUNCTION");
  out["function_name"] = std::move(name);
  out["schema"] = "";
  out["children"] = Json(std::move(children));
  if (out["children"].is_null()) out["children"] = Json::array();
  out["filter"] = nullptr;
  out["order_bys"] = orders_modifier(Json::array());
  out["distinct"] = false;
  out["is_operator"] = false;
  out["export_state"] = false;
  out["catalog"] = "";
  return out;
}

Json conjunction(std::vector<Json> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  Json out = expression_base("CONJUNCTION", "CONJUNCTION_AND");
  out["children"] = Json(std::move(parts));
  return out;
}

Json comparison(std::string_view type, Json left, Json right) {
  Json out = expression_base("COMPARISON", "");
  out["type"] = type;
  out["left"] = std::move(left);
  out["right"] = std::move(right);
  return out;
}

Json cast_expression(Json child, const Json& type) {
  Json out = expression_base("CAST", "OPERATOR_CAST");
  out["child"] = std::move(child);
  out["cast_type"] = type;
  out["try_cast"] = false;
  return out;
}

Json with_alias(Json expression, std::string alias) {
  expression["alias"] = std::move(alias);
  return expression;
}

Json select_node(std::vector<Json> list, Json from, Json where) {
  Json out = Json::object();
  out["type"] = "SELECT_NODE";
  out["modifiers"] = Json::array();
  out["cte_map"] = Json{{"map", Json::array()}};
  out["select_list"] = Json(std::move(list));
  out["from_table"] = std::move(from);
  out["where_clause"] = std::move(where);
  out["group_expressions"] = Json::array();
  out["group_sets"] = Json::array();
  out["aggregate_handling"] = "STANDARD_HANDLING";
  out["having"] = nullptr;
  out["sample"] = nullptr;
  out["qualify"] = nullptr;
  return out;
}

Json subquery_ref(Json node, std::string alias) {
  Json out = Json::object();
  out["type"] = "SUBQUERY";
  out["alias"] = std::move(alias);
  out["sample"] = nullptr;
  out["subquery"] = Json{{"node", std::move(node)}, {"named_param_map", Json::array()}};
  out["column_name_alias"] = Json::array();
  return out;
}

Json star() {
  Json out = expression_base("STAR", "STAR");
  out["relation_name"] = "";
  out["exclude_list"] = Json::array();
  out["replace_list"] = Json::array();
  out["columns"] = false;
  return out;
}

Json empty_from() { return Json{{"type", "EMPTY"}, {"alias", ""}, {"sample", nullptr}}; }

Json orders_modifier(Json orders) { return Json{{"type", "ORDER_MODIFIER"}, {"orders", std::move(orders)}}; }

}  // namespace tidemark::sql
