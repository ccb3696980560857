#include "sql/sql_parser.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/strings.h"

namespace tidemark {
namespace {

using Scope = std::set<std::string>;  // names of CTEs that hide tables, lower case

std::string quoted_where_needed(const std::string& name) {
  bool plain = !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
               std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  return plain ? name : "\"" + replace_all(name, "\"", "\"\"") + "\"";
}

std::string text_of(const Json& node, const char* key) {
  auto it = node.find(key);
  return it != node.end() && it->is_string() ? it->get<std::string>() : "";
}

void add_table(const Json& node, const Scope& scope, std::set<std::string>& names) {
  std::vector<std::string> parts;
  for (const char* key : {"catalog_name", "schema_name", "table_name"}) {
    if (std::string part = text_of(node, key); !part.empty()) parts.push_back(quoted_where_needed(part));
  }
  if (parts.size() == 1 && scope.contains(to_lower(text_of(node, "table_name")))) return;
  names.insert(join(parts, "."));
}

void collect(const Json& node, Scope scope, std::set<std::string>& names) {
  if (node.is_array()) {
    for (const auto& item : node) collect(item, scope, names);
    return;
  }
  if (!node.is_object()) return;
  std::string type = text_of(node, "type");
  if (type == "BASE_TABLE") add_table(node, scope, names);
  if (type == "RECURSIVE_CTE_NODE") scope.insert(to_lower(text_of(node, "cte_name")));
  if (auto ctes = node.find("cte_map"); ctes != node.end() && ctes->contains("map")) {
    // A CTE sees those before it; what follows sees all.
    for (const auto& entry : (*ctes)["map"]) {
      collect(entry["value"], scope, names);
      scope.insert(to_lower(text_of(entry, "key")));
    }
  }
  for (const auto& [key, value] : node.items()) {
    if (key != "cte_map") collect(value, scope, names);
  }
}

bool is_default(const nlohmann::json& value) {
  return value.is_null() || value == false || (value.is_string() && value.get_ref<const std::string&>().empty()) || (value.is_structured() && value.empty());
}

nlohmann::json canonical(const Json& node) {
  if (node.is_array()) {
    nlohmann::json copy = nlohmann::json::array();
    for (const auto& item : node) copy.push_back(canonical(item));
    return copy;
  }
  if (!node.is_object()) return node;
  nlohmann::json copy = nlohmann::json::object();
  for (const auto& [key, value] : node.items()) {
    if (key == "query_location") continue;
    nlohmann::json child = canonical(value);
    if (!is_default(child)) copy[key] = std::move(child);
  }
  // A bare list of VALUES prints as a subquery of this name, and is read as one.
  const auto is = [](const nlohmann::json& object, const char* key, const char* text) {
    return object.is_object() && object.contains(key) && object[key] == text;
  };
  if (is(copy, "type", "SUBQUERY") && is(copy, "alias", "valueslist")) {
    const nlohmann::json from = copy["subquery"]["node"]["from_table"];
    if (is(from, "type", "EXPRESSION_LIST")) return from;
  }
  return copy;
}

}  // namespace

std::string canonical_text(const Json& tree) { return canonical(tree).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

Json without_locations(const Json& tree) {
  if (tree.is_array()) {
    Json copy = Json::array();
    for (const auto& item : tree) copy.push_back(without_locations(item));
    return copy;
  }
  if (!tree.is_object()) return tree;
  Json copy = Json::object();
  for (const auto& [key, value] : tree.items()) {
    if (key != "query_location") copy[key] = without_locations(value);
  }
  return copy;
}

std::vector<std::string> table_names_of(const Json& tree) {
  std::set<std::string> names;
  collect(tree, {}, names);
  return {names.begin(), names.end()};
}

}  // namespace tidemark
