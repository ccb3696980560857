#include "adapter/duckdb/sql_parser.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapter/duckdb/database.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "sql/sql_parser.h"

namespace tidemark::duckdb {
namespace {

Json logical_type(const char* id) { return Json{{"id", id}, {"type_info", nullptr}}; }

// {"class": "CONSTANT", ...} of a text.
Json text_constant(const std::string& text) {
  return Json{
      {"class", "CONSTANT"}, {"type", "VALUE_CONSTANT"}, {"alias", ""}, {"value", {{"type", logical_type("VARCHAR")}, {"is_null", false}, {"value", text}}}};
}

bool is_type(const Json& node, const char* type) {
  auto it = node.find("type");
  return it != node.end() && it->is_string() && *it == type;
}

// A DOUBLE prints as digits with a point, which read back as DECIMAL; a cast from text is exact and keeps its type.
void repair_double(Json& node) {
  if (!is_type(node, "VALUE_CONSTANT")) return;
  const Json& value = node["value"];
  if (value["is_null"] == true || value["type"]["id"] != "DOUBLE") return;
  std::string text = Value::real(value["value"].get<double>()).text();
  Json cast{{"class", "CAST"},  {"type", "OPERATOR_CAST"}, {"alias", node["alias"]}, {"child", text_constant(text)}, {"cast_type", logical_type("DOUBLE")},
            {"try_cast", false}};
  node = std::move(cast);
}

// A CROSS product prints as a comma, which binds looser than the joins beside it.
void repair_cross(Json& node) {
  if (!is_type(node, "JOIN") || node["ref_type"] != "CROSS") return;
  node["ref_type"] = "REGULAR";
  node["join_type"] = "INNER";
  node["condition"] = Json{{"class", "CAST"},  {"type", "OPERATOR_CAST"}, {"alias", ""}, {"child", text_constant("t")}, {"cast_type", logical_type("BOOLEAN")},
                           {"try_cast", false}};
}

void repair(Json& node) {
  if (node.is_object()) {
    repair_double(node);
    repair_cross(node);
  }
  if (node.is_structured()) {
    for (auto& child : node) repair(child);
  }
}

class DuckParser final : public SqlParser {
 public:
  DuckParser(Connection& connection, Describe describe) : connection_(connection), describe_(std::move(describe)) {}

  Json parse(const std::string& sql) override {
    Json tree = serialize(sql);
    if (tree["error"] == true) {
      connection_.check_syntax(sql);
      throw Error("TM4130", "this SQL has no tree: " + tree.value("error_message", "")).at({make_source("<sql>", sql), 0, 0});
    }
    if (tree["statements"].empty()) throw Error("TM4110", "there is no SQL statement").at({make_source("<sql>", sql), 0, 0});
    return tree;
  }

  std::string print(const Json& tree) override {
    Json repaired = tree;
    repair(repaired);
    std::string text = connection_.scalar("SELECT json_deserialize_sql($1::JSON)", {Value::string(dump_json(repaired))}).text();
    Json again = serialize(text);
    if (canonical_text(again) != canonical_text(repaired)) {
      throw Error("TM4131", "the engine does not print this query so that it means the same again: " + text);
    }
    return text;
  }

  std::vector<ColumnType> describe(const std::string& sql) override { return describe_ ? describe_(sql) : connection_.describe(sql); }

  Json with_column_names(const Json& tree, const std::vector<ColumnType>& columns) override {
    Json named = tree;
    Json& node = named["statements"][0]["node"];
    if (!is_type(node, "SELECT_NODE")) return named;
    Json& list = node["select_list"];
    if (list.size() != columns.size()) return named;
    for (const auto& item : list) {
      if (is_type(item, "STAR")) return named;
    }
    for (size_t i = 0; i < columns.size(); ++i) list[i]["alias"] = columns[i].name;
    return named;
  }

  std::vector<std::string> table_names(const std::string& sql) override { return table_names_of(parse(sql)); }

  std::optional<FunctionInfo> function(const std::string& name) override {
    if (functions_.empty()) load_functions();
    auto it = functions_.find(to_lower(name));
    if (it == functions_.end()) return std::nullopt;
    return it->second;
  }

 private:
  Json serialize(const std::string& sql) {
    std::string text = connection_.scalar("SELECT json_serialize_sql($1::VARCHAR)", {Value::string(sql)}).text();
    return parse_json(text, "<tree>", "TM4130");
  }

  void load_functions() {
    Table table = connection_.query(
        "SELECT lower(function_name), function_type, stability, list(DISTINCT coalesce(return_type, '')), any_value(macro_definition) "
        "FROM duckdb_functions() GROUP BY ALL ORDER BY 1, 2");
    static const std::map<std::string, FunctionKind> kinds = {{"scalar", FunctionKind::kScalar},          {"aggregate", FunctionKind::kAggregate},
                                                              {"macro", FunctionKind::kScalarMacro},      {"table", FunctionKind::kTable},
                                                              {"table_macro", FunctionKind::kTableMacro}, {"pragma", FunctionKind::kPragma}};
    for (const auto& row : table.rows) {
      FunctionInfo info;
      info.name = row[0].as_string();
      info.kind = kinds.at(row[1].as_string());
      std::string stability = row[2].text();
      info.stability = stability == "VOLATILE"                  ? FunctionStability::kVolatile
                       : stability == "CONSISTENT_WITHIN_QUERY" ? FunctionStability::kConsistentWithinQuery
                                                                : FunctionStability::kConsistent;
      for (const auto& type : row[3].elements()) info.return_types.push_back(type.text());
      if (!row[4].is_null()) info.macro_body = row[4].text();
      add(std::move(info));
    }
  }

  // A name may be of several kinds and stabilities: aggregates come before tables (both may be called `range`), the less stable wins.
  void add(FunctionInfo info) {
    auto [it, fresh] = functions_.emplace(info.name, info);
    if (fresh) return;
    FunctionInfo& known = it->second;
    if (info.kind == FunctionKind::kAggregate) known.kind = info.kind;
    known.stability = std::max(known.stability, info.stability);
    known.return_types.insert(known.return_types.end(), info.return_types.begin(), info.return_types.end());
  }

  Connection& connection_;
  Describe describe_;  // empty: the connection's own
  std::map<std::string, FunctionInfo> functions_;
};

}  // namespace

std::unique_ptr<SqlParser> make_sql_parser(Connection& connection, Describe describe) { return std::make_unique<DuckParser>(connection, std::move(describe)); }

}  // namespace tidemark::duckdb
