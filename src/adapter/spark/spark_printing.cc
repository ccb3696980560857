#include "adapter/spark/spark_printing.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "adapter/spark/spark_reading.h"
#include "adapter/spark/spark_values.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "sql/columns.h"
#include "sql/tree.h"

namespace tidemark::spark {
namespace {

using sql::is_class;

[[noreturn]] void refuse(const std::string& what) { throw Error("TM4420", fmt::format("{} has no form in Spark's SQL here", what)); }

std::string text_of(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_present(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && !found->is_null() && !(found->is_structured() && found->empty());
}

std::string type_text(const Json& type) {
  const std::string id = text_of(type, "id");
  if (id == "DECIMAL" && is_present(type, "type_info"))
    return fmt::format("decimal({},{})", type["type_info"]["width"].get<int>(), type["type_info"]["scale"].get<int>());
  return spark_type(id);
}

std::string digits_with_point(std::string digits, int scale) {
  const bool negative = digits.starts_with('-');
  if (negative) digits.erase(0, 1);
  if (static_cast<int>(digits.size()) <= scale) digits.insert(0, static_cast<size_t>(scale) + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  return (negative ? "-" : "") + digits;
}

std::string constant(const Json& expression) {
  const Json& value = expression.at("value");
  if (value.value("is_null", false)) return "NULL";
  const std::string type = text_of(value.at("type"), "id");
  const Json& content = value.at("value");
  if (type == "VARCHAR") return quote_text(content.get<std::string>());
  if (type == "BOOLEAN") return content.get<bool>() ? "true" : "false";
  if (type == "TINYINT" || type == "SMALLINT" || type == "INTEGER" || type == "BIGINT") return std::to_string(content.get<int64_t>());
  if (type == "DOUBLE") return fmt::format("CAST('{}' AS DOUBLE)", Value::real(content.get<double>()).text());
  if (type == "DECIMAL" && content.is_number_integer()) return digits_with_point(content.dump(), value["type"]["type_info"]["scale"].get<int>()) + "BD";
  refuse("a constant of type " + type);
}

// "to_days" of a constant → INTERVAL '14' DAY.
std::optional<std::string> interval(const Json& function) {
  static const std::map<std::string, std::string> kUnits{{"to_years", "YEAR"}, {"to_months", "MONTH"},   {"to_days", "DAY"},
                                                         {"to_hours", "HOUR"}, {"to_minutes", "MINUTE"}, {"to_seconds", "SECOND"}};
  const auto unit = kUnits.find(sql::function_name(function));
  if (unit == kUnits.end()) return std::nullopt;
  const Json* at = &function.at("children").at(0);
  while (is_class(*at, "CAST") || sql::is_function(*at, "trunc")) at = is_class(*at, "CAST") ? &at->at("child") : &at->at("children").at(0);
  if (!is_class(*at, "CONSTANT") || at->at("value").value("is_null", false)) refuse("an interval that is computed");
  const Json& number = at->at("value").at("value");
  const std::string digits = number.is_string() ? number.get<std::string>() : number.dump();
  if (!number.is_number_integer() && digits.find_first_not_of("-0123456789") != std::string::npos) refuse("the interval of " + digits);
  return fmt::format("INTERVAL '{}' {}", digits, unit->second);
}

std::string without_brackets(const std::string& pattern) {  // "a[*]b", as file_literal() writes "a*b"
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool escaped = pattern[i] == '[' && i + 2 < pattern.size() && pattern[i + 2] == ']';
    if (escaped) {
      out += pattern[i + 1];
      i += 2;
    } else {
      out += pattern[i];
    }
  }
  return out;
}

std::string glob_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("*?[]{},\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// One path for all of them: "/folder/{a,b}".
std::string path_of(const std::vector<std::string>& files) {
  if (files.size() == 1) return glob_escaped(files[0]);
  size_t common = files[0].rfind('/');
  for (const std::string& file : files) {
    while (common > 0 && file.compare(0, common + 1, files[0], 0, common + 1) != 0) common = files[0].rfind('/', common - 1);
  }
  std::vector<std::string> rest;
  for (const std::string& file : files) rest.push_back(glob_escaped(file.substr(common + 1)));
  return glob_escaped(files[0].substr(0, common + 1)) + "{" + join(rest, ",") + "}";
}

// As a path looks in _metadata.file_path, which is a URI.
std::string uri_path(const std::string& path) {
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool encoded = byte <= 0x20 || byte == 0x7f || std::string_view("\"#%<>?[\\]^`{|}").find(c) != std::string_view::npos;
    out += encoded ? fmt::format("%{:02X}", byte) : std::string(1, c);
  }
  return out;
}

// 0-based place of the row's file in `files`; NULL where it is none of them.
std::string index_of_file(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  for (const std::string& file : files) names.push_back(quote_text(uri_path(file)));
  return fmt::format("nullif(array_position(array({}), regexp_replace(_metadata.file_path, '^file:/+', '/')), 0) - 1", join(names, ", "));
}

struct Scan {
  std::vector<std::string> files;
  std::string pattern;              // where it is one, and nothing is pinned
  std::vector<ColumnType> columns;  // pinned
};

std::vector<std::string> constants(const Json& expression) {
  if (const auto text = sql::constant_text(expression)) return {*text};
  std::vector<std::string> out;
  if (sql::is_function(expression, "string_split")) {  // a long list
    const auto text = sql::constant_text(expression.at("children").at(0)), between = sql::constant_text(expression.at("children").at(1));
    if (!text || !between || between->size() != 1) refuse("a scan of files that are computed");
    return split(*text, between->front());
  }
  if (!sql::is_function(expression, "list_value")) refuse("a scan of files that are computed");
  for (const Json& child : expression.at("children")) {
    const auto text = sql::constant_text(child);
    if (!text) refuse("a scan of files that are computed");
    out.push_back(*text);
  }
  return out;
}

Scan read_scan(const Json& function) {
  if (sql::function_name(function) != "read_parquet") refuse(sql::function_name(function) + "()");
  Scan out;
  const Json& arguments = function.at("children");
  const std::vector<std::string> files = constants(arguments.at(0));
  for (size_t i = 1; i < arguments.size(); ++i) {
    const Json& option = arguments[i];
    if (!is_class(option, "COMPARISON") || !is_class(option.at("left"), "COLUMN_REF")) refuse("an option of read_parquet()");
    if (option["left"]["column_names"][0] != "schema") continue;
    for (const Json& entry : option["right"]["children"][1]["children"]) {
      const auto name = sql::constant_text(entry["children"][0]), type = sql::constant_text(entry["children"][1]);
      if (!name || !type) refuse("a schema of read_parquet()");
      out.columns.push_back({*name, *type});
    }
  }
  if (arguments.size() == 1 && files.size() == 1) {
    out.pattern = files[0];
  } else {
    for (const std::string& file : files) out.files.push_back(without_brackets(file));
  }
  return out;
}

class Printer {
 public:
  explicit Printer(const KindsOf& kinds) : kinds_(kinds) {}

  std::string node(const Json& select) {
    const std::string type = text_of(select, "type");
    if (is_present(select, "cte_map") && !select["cte_map"]["map"].empty()) refuse("WITH");
    std::string out = type == "SELECT_NODE" ? plain(select) : type == "SET_OPERATION_NODE" ? set_operation(select) : "";
    if (out.empty()) refuse(type);
    return out + modifiers(select);
  }

  std::string value(const Json& one) { return expression(one); }

 private:
  // ---- statements

  std::string plain(const Json& select) {
    for (const char* part : {"having", "sample", "qualify"}) {
      if (is_present(select, part) && std::string_view(part) != "having") refuse(part);
    }
    std::string out = is_distinct(select) ? "SELECT DISTINCT " : "SELECT ";
    std::vector<std::string> list;
    for (const Json& item : select.at("select_list")) list.push_back(named(item));
    out += join(list, ", ");
    if (text_of(select["from_table"], "type") != "EMPTY") out += " FROM " + from(select["from_table"], select);
    if (is_present(select, "where_clause")) out += " WHERE " + expression(select["where_clause"]);
    out += groups(select);
    if (is_present(select, "having")) out += " HAVING " + expression(select["having"]);
    return out;
  }

  std::string set_operation(const Json& set) {
    return fmt::format("({}) {}{} ({})", node(set.at("left")), text_of(set, "setop_type"), set.value("setop_all", false) ? " ALL" : "", node(set.at("right")));
  }

  bool is_distinct(const Json& select) {
    for (const Json& modifier : select.at("modifiers")) {
      if (text_of(modifier, "type") != "DISTINCT_MODIFIER") continue;
      if (is_present(modifier, "distinct_on_targets")) refuse("DISTINCT ON");
      return true;
    }
    return false;
  }

  std::string modifiers(const Json& select) {
    std::string out;
    for (const Json& modifier : select.at("modifiers")) {
      const std::string type = text_of(modifier, "type");
      if (type == "ORDER_MODIFIER") {
        if (is_present(modifier, "orders")) out += " ORDER BY " + orders(modifier["orders"]);
      } else if (type == "LIMIT_MODIFIER") {
        if (is_present(modifier, "limit")) out += " LIMIT " + expression(modifier["limit"]);
        if (is_present(modifier, "offset")) out += " OFFSET " + expression(modifier["offset"]);
      } else if (type != "DISTINCT_MODIFIER") {
        refuse(type);
      }
    }
    return out;
  }

  std::string groups(const Json& select) {
    const Json& keys = select.at("group_expressions");
    if (keys.empty()) return "";
    std::vector<std::string> all;
    for (const Json& key : keys) all.push_back(expression(key));
    const Json& sets = select.at("group_sets");
    if (sets.size() == 1 && sets[0].size() == keys.size()) return " GROUP BY " + join(all, ", ");
    std::vector<std::string> lists;
    for (const Json& set : sets) {
      std::vector<std::string> one;
      for (const Json& index : set) one.push_back(all.at(index.get<size_t>()));
      lists.push_back("(" + join(one, ", ") + ")");
    }
    return " GROUP BY GROUPING SETS (" + join(lists, ", ") + ")";
  }

  std::string orders(const Json& list) {
    std::vector<std::string> out;
    for (const Json& order : list) {
      std::string one = expression(order.at("expression"));
      const std::string type = text_of(order, "type"), nulls = text_of(order, "null_order");
      if (type == "DESCENDING") one += " DESC";
      if (type == "ASCENDING") one += " ASC";
      if (nulls == "NULLS FIRST" || nulls == "NULLS LAST") one += " " + nulls;
      out.push_back(std::move(one));
    }
    return join(out, ", ");
  }

  // ---- FROM

  std::string alias(const Json& ref) {
    std::string out = text_of(ref, "alias").empty() ? "" : " AS " + quote_name(text_of(ref, "alias"));
    if (!is_present(ref, "column_name_alias")) return out;
    std::vector<std::string> names;
    for (const Json& name : ref["column_name_alias"]) names.push_back(quote_name(name.get<std::string>()));
    return out + "(" + join(names, ", ") + ")";
  }

  std::string from(const Json& ref, const Json& select) {
    const std::string type = text_of(ref, "type");
    if (is_present(ref, "sample")) refuse("TABLESAMPLE");
    if (type == "SUBQUERY") return "(" + node(ref.at("subquery").at("node")) + ")" + alias(ref);
    if (type == "BASE_TABLE") return table(ref);
    if (type == "JOIN") return join_of(ref, select);
    if (type == "TABLE_FUNCTION") return scan(ref, select);
    if (type == "EXPRESSION_LIST") return values(ref);
    refuse(type);
  }

  std::string table(const Json& ref) {
    if (is_present(ref, "at_clause")) refuse("AT");
    std::vector<std::string> parts;
    for (const char* part : {"catalog_name", "schema_name", "table_name"}) {
      if (!text_of(ref, part).empty()) parts.push_back(quote_name(text_of(ref, part)));
    }
    return join(parts, ".") + alias(ref);
  }

  std::string values(const Json& ref) {
    std::vector<std::string> rows;
    for (const Json& row : ref.at("values")) {
      std::vector<std::string> cells;
      for (const Json& cell : row) cells.push_back(expression(cell));
      rows.push_back("(" + join(cells, ", ") + ")");
    }
    return "(VALUES " + join(rows, ", ") + ")" + alias(ref);
  }

  std::string join_of(const Json& ref, const Json& select) {
    static const std::map<std::string, std::string> kJoins{{"INNER", "INNER JOIN"},   {"LEFT", "LEFT JOIN"},  {"RIGHT", "RIGHT JOIN"},
                                                           {"FULL", "FULL JOIN"},     {"OUTER", "FULL JOIN"}, {"SEMI", "LEFT SEMI JOIN"},
                                                           {"ANTI", "LEFT ANTI JOIN"}};
    const std::string kind = text_of(ref, "ref_type");
    const auto word = kJoins.find(text_of(ref, "join_type"));
    if (word == kJoins.end() || kind != "REGULAR" || is_present(ref, "using_columns"))
      refuse(fmt::format("a join of kind {} {}", kind, text_of(ref, "join_type")));
    return fmt::format("{} {} {} ON {}", from(ref.at("left"), select), word->second, from(ref.at("right"), select), expression(ref.at("condition")));
  }

  // Names of columns that a SELECT refers to.
  static std::set<std::string> names_in(const Json& select) {
    std::set<std::string> out;
    const auto collect = [&](const Json& expression) {
      sql::any_expression(expression, [&](const Json& one) {
        if (is_class(one, "COLUMN_REF")) out.insert(one["column_names"].back().get<std::string>());
        return false;
      });
    };
    for (const Json& item : select.at("select_list")) collect(item);
    if (is_present(select, "where_clause")) collect(select["where_clause"]);
    for (const Json& key : select.at("group_expressions")) collect(key);
    return out;
  }

  std::string scan(const Json& ref, const Json& select) {
    const Scan given = read_scan(ref.at("function"));
    const std::set<std::string> used = names_in(select);
    const auto wants = [&](const char* name) { return used.contains(name) && !find_column(given.columns, name); };
    const auto one = [&](const std::vector<std::string>& list, const std::string& path) {
      std::vector<std::string> all = list;
      if (wants("filename")) all.emplace_back("_metadata.file_path AS filename");
      if (wants("file_row_number")) all.emplace_back("_metadata.row_index AS file_row_number");
      if (wants("file_index")) all.push_back(index_of_file(given.files) + " AS file_index");
      if (all.empty()) all.emplace_back("1 AS c0");
      return fmt::format("SELECT {} FROM parquet.{}", join(all, ", "), quote_name(path));
    };
    if (!given.pattern.empty()) return "(" + one({"*"}, given.pattern) + ")" + alias(ref);
    std::vector<std::string> parts;
    for (const FileKind& kind : kinds_(given.files)) {
      std::vector<std::string> list;
      for (const ColumnType& column : given.columns) list.push_back(pinned(column, find_column(kind.columns, column.name)));
      parts.push_back(one(list, path_of(kind.files)));
    }
    return "(" + join(parts, " UNION ALL ") + ")" + alias(ref);
  }

  static std::string pinned(const ColumnType& column, const ColumnType* there) {
    const std::string name = quote_name(column.name);
    if (there != nullptr && there->type == column.type && there->name == column.name) return name;
    return fmt::format("CAST({} AS {}) AS {}", there == nullptr ? "NULL" : quote_name(there->name), spark_type(column.type), name);
  }

  // ---- expressions

  std::string named(const Json& item) {
    const std::string alias = text_of(item, "alias");
    return expression(item) + (alias.empty() ? "" : " AS " + quote_name(alias));
  }

  std::string list(const Json& children) {
    std::vector<std::string> out;
    for (const Json& child : children) out.push_back(expression(child));
    return join(out, ", ");
  }

  std::string expression(const Json& one) {
    const std::string name = text_of(one, "class");
    if (name == "CONSTANT") return constant(one);
    if (name == "COLUMN_REF") return column(one);
    if (name == "CAST") return cast(one);
    if (name == "COMPARISON") return comparison(one);
    if (name == "CONJUNCTION") return conjunction(one);
    if (name == "OPERATOR") return operation(one);
    if (name == "CASE") return choice(one);
    if (name == "BETWEEN") return fmt::format("({} BETWEEN {} AND {})", expression(one.at("input")), expression(one.at("lower")), expression(one.at("upper")));
    if (name == "FUNCTION") return function(one);
    if (name == "WINDOW") return window(one);
    if (name == "SUBQUERY") return subquery(one);
    if (name == "STAR") return star(one);
    refuse(to_lower(name));
  }

  static std::string column(const Json& one) {
    std::vector<std::string> parts;
    for (const Json& part : one.at("column_names")) parts.push_back(quote_name(part.get<std::string>()));
    return join(parts, ".");
  }

  static std::string star(const Json& one) {
    for (const char* part : {"exclude_list", "replace_list", "expr", "qualified_exclude_list", "rename_list"}) {
      if (is_present(one, part)) refuse("a star with " + std::string(part));
    }
    const std::string relation = text_of(one, "relation_name");
    return relation.empty() ? "*" : quote_name(relation) + ".*";
  }

  std::string cast(const Json& one) {
    const Json& child = one.at("child");
    const std::string type = type_text(one.at("cast_type"));
    if (type == "boolean" && is_class(child, "CONSTANT")) {
      if (const auto text = sql::constant_text(child); text && (*text == "t" || *text == "f")) return *text == "t" ? "true" : "false";
    }
    return fmt::format("{}({} AS {})", one.value("try_cast", false) ? "TRY_CAST" : "CAST", expression(child), type);
  }

  std::string comparison(const Json& one) {
    static const std::map<std::string, std::string> kSigns{{"COMPARE_EQUAL", "="},
                                                           {"COMPARE_NOTEQUAL", "<>"},
                                                           {"COMPARE_LESSTHAN", "<"},
                                                           {"COMPARE_GREATERTHAN", ">"},
                                                           {"COMPARE_LESSTHANOREQUALTO", "<="},
                                                           {"COMPARE_GREATERTHANOREQUALTO", ">="},
                                                           {"COMPARE_NOT_DISTINCT_FROM", "<=>"}};
    const std::string type = text_of(one, "type"), left = expression(one.at("left")), right = expression(one.at("right"));
    if (type == "COMPARE_DISTINCT_FROM") return fmt::format("(NOT ({} <=> {}))", left, right);
    const auto sign = kSigns.find(type);
    if (sign == kSigns.end()) refuse(type);
    return fmt::format("({} {} {})", left, sign->second, right);
  }

  std::string conjunction(const Json& one) {
    std::vector<std::string> parts;
    for (const Json& child : one.at("children")) parts.push_back(expression(child));
    return "(" + join(parts, text_of(one, "type") == "CONJUNCTION_AND" ? " AND " : " OR ") + ")";
  }

  std::string operation(const Json& one) {
    const std::string type = text_of(one, "type");
    const Json& children = one.at("children");
    if (type == "OPERATOR_NOT") return "(NOT " + expression(children[0]) + ")";
    if (type == "OPERATOR_IS_NULL") return "(" + expression(children[0]) + " IS NULL)";
    if (type == "OPERATOR_IS_NOT_NULL") return "(" + expression(children[0]) + " IS NOT NULL)";
    if (type == "OPERATOR_COALESCE") return "coalesce(" + list(children) + ")";
    if (type == "COMPARE_IN" || type == "COMPARE_NOT_IN") {
      Json rest = Json::array();
      for (size_t i = 1; i < children.size(); ++i) rest.push_back(children[i]);
      return fmt::format("({} {}IN ({}))", expression(children[0]), type == "COMPARE_IN" ? "" : "NOT ", list(rest));
    }
    refuse(type);
  }

  std::string choice(const Json& one) {
    std::string out = "CASE";
    for (const Json& check : one.at("case_checks"))
      out += fmt::format(" WHEN {} THEN {}", expression(check.at("when_expr")), expression(check.at("then_expr")));
    if (is_present(one, "else_expr")) out += " ELSE " + expression(one["else_expr"]);
    return out + " END";
  }

  std::string operator_call(const std::string& name, const Json& children) {
    static const std::map<std::string, std::string> kWords{{"~~", "LIKE"}, {"!~~", "NOT LIKE"}, {"~~*", "ILIKE"}, {"!~~*", "NOT ILIKE"}};
    static const std::set<std::string> kSame{"+", "-", "*", "/", "%", "||"};
    const auto word = kWords.find(name);
    const std::string sign = word != kWords.end() ? word->second : name;
    if (word == kWords.end() && !kSame.contains(name)) refuse("the operator " + name);
    if (children.size() == 1) return fmt::format("({}{})", sign, expression(children[0]));
    return fmt::format("({} {} {})", expression(children.at(0)), sign, expression(children.at(1)));
  }

  // Sixteen of its hexadecimal digits as a number.
  std::optional<std::string> half_of_md5(const std::string& name, const Json& children) {
    if (name != "md5_number_lower" && name != "md5_number_upper") return std::nullopt;
    return fmt::format("CAST(conv(substring(md5({}), {}, 16), 16, 10) AS DECIMAL(20,0))", expression(children.at(0)), name == "md5_number_upper" ? 1 : 17);
  }

  std::string function(const Json& one) {
    // What the parser makes of other syntax, and what it gives other arguments.
    static const std::set<std::string> kNotTheSame{"position",        "struct_pack",    "row",   "list_sort", "list_extract",      "array_extract",
                                                   "array_slice",     "struct_extract", "trunc", "timezone",  "regexp_full_match", "like_escape",
                                                   "not_like_escape", "trim",           "ltrim", "rtrim"};
    const std::string name = sql::function_name(one);
    const Json& children = one.at("children");
    if (is_present(one, "order_bys") && is_present(one["order_bys"], "orders")) refuse("an aggregate with ORDER BY");
    if (one.value("is_operator", false) || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
      return operator_call(name, children);
    if (const auto found = interval(one)) return *found;
    if (const auto found = half_of_md5(name, children)) return *found;
    if (kNotTheSame.contains(name) && children.size() != 1) refuse(name + "()");
    if (!text_of(one, "catalog").empty()) refuse("a function of another catalogue");
    std::string out = name == "count_star"   ? "count(*)"
                      : name == "list_value" ? "array(" + list(children) + ")"
                                             : fmt::format("{}({}{})", name, one.value("distinct", false) ? "DISTINCT " : "", list(children));
    if (is_present(one, "filter")) out += " FILTER (WHERE " + expression(one["filter"]) + ")";
    return out;
  }

  std::string window(const Json& one) {
    if (is_present(one, "filter_expr") || is_present(one, "arg_orders") || one.value("distinct", false) || one.value("ignore_nulls", false))
      refuse("a window function with more than arguments");
    if (text_of(one, "exclude_clause") != "NO_OTHER") refuse("EXCLUDE");
    const std::string name = sql::function_name(one);
    std::vector<std::string> arguments;
    for (const Json& child : one.at("children")) arguments.push_back(expression(child));
    for (const char* more : {"offset_expr", "default_expr"}) {
      if (is_present(one, more)) arguments.push_back(expression(one[more]));
    }
    std::vector<std::string> over;
    if (is_present(one, "partitions")) over.push_back("PARTITION BY " + list(one["partitions"]));
    if (is_present(one, "orders")) over.push_back("ORDER BY " + orders(one["orders"]));
    if (const std::string bounds = frame(one); !bounds.empty()) over.push_back(bounds);
    return fmt::format("{} OVER ({})", name == "count_star" ? "count(*)" : fmt::format("{}({})", name, join(arguments, ", ")), join(over, " "));
  }

  std::string bound(const Json& one, const char* which) {
    const std::string word = text_of(one, which);
    if (word == "UNBOUNDED_PRECEDING") return "UNBOUNDED PRECEDING";
    if (word == "UNBOUNDED_FOLLOWING") return "UNBOUNDED FOLLOWING";
    if (word.starts_with("CURRENT_ROW")) return "CURRENT ROW";
    const std::string value = expression(one.at(std::string(which) + "_expr"));
    if (word.starts_with("EXPR_PRECEDING")) return value + " PRECEDING";
    if (word.starts_with("EXPR_FOLLOWING")) return value + " FOLLOWING";
    refuse("the frame " + word);
  }

  // Empty: what a window has where nothing is written, in both.
  std::string frame(const Json& one) {
    const std::string start = text_of(one, "start"), end = text_of(one, "end");
    if (start == "UNBOUNDED_PRECEDING" && end == "CURRENT_ROW_RANGE") return "";
    const auto has = [&](const char* unit) { return start.ends_with(unit) || end.ends_with(unit); };
    if (has("GROUPS")) refuse("a frame of GROUPS");
    // Where both ends are unbounded, rows and ranges are one.
    return fmt::format("{} BETWEEN {} AND {}", has("RANGE") ? "RANGE" : "ROWS", bound(one, "start"), bound(one, "end"));
  }

  std::string subquery(const Json& one) {
    const std::string type = text_of(one, "subquery_type");
    const std::string inner = "(" + node(one.at("subquery").at("node")) + ")";
    if (type == "SCALAR") return inner;
    if (type == "EXISTS") return "EXISTS " + inner;
    if (type == "NOT_EXISTS") return "(NOT EXISTS " + inner + ")";
    if (type == "ANY" && text_of(one, "comparison_type") == "COMPARE_EQUAL") return fmt::format("({} IN {})", expression(one.at("child")), inner);
    refuse("a subquery of kind " + type);
  }

  const KindsOf& kinds_;
};

}  // namespace

std::string spark_text(const Json& tree, const KindsOf& kinds) { return Printer(kinds).node(sql::statement_node(tree)); }

std::string spark_expression(const Json& expression) {
  const KindsOf none;
  return Printer(none).value(expression);
}

}  // namespace tidemark::spark
