#include "sql/file_scan.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

std::string text_of(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// One name for each format; empty: not a function that reads files.
std::string canonical_function(const std::string& name) {
  if (name == "read_parquet" || name == "parquet_scan") return "read_parquet";
  if (name == "read_csv" || name == "read_csv_auto") return "read_csv";
  if (name == "read_json" || name == "read_json_auto") return "read_json";
  if (name == "read_ndjson" || name == "read_ndjson_auto" || name == "read_json_objects" || name == "read_ndjson_objects") return name;
  if (name == "read_text" || name == "read_blob" || name == "glob" || name == "sniff_csv") return name;
  return {};
}

// The function that DuckDB takes for FROM 'file'.
std::string function_for_file(const std::string& file) {
  std::string name = to_lower(file);
  for (const char* packed : {".gz", ".zst"}) {
    if (name.ends_with(packed)) name = name.substr(0, name.size() - std::string_view(packed).size());
  }
  if (name.ends_with(".parquet")) return "read_parquet";
  if (name.ends_with(".csv") || name.ends_with(".tsv")) return "read_csv";
  if (name.ends_with(".json") || name.ends_with(".ndjson") || name.ends_with(".jsonl")) return "read_json";
  return {};
}

// A constant string or a list of such; nullopt: not constant.
std::optional<std::vector<std::string>> constant_strings(const Json& expression) {
  const bool is_list = is_function(expression, "list_value") || (is_class(expression, "OPERATOR") && text_of(expression, "type") == "ARRAY_CONSTRUCTOR");
  if (!is_list) {
    const auto text = constant_text(expression);
    return text ? std::optional(std::vector<std::string>{*text}) : std::nullopt;
  }
  std::vector<std::string> out;
  for (const Json& child : expression.at("children")) {
    const auto text = constant_text(child);
    if (!text) return std::nullopt;
    out.push_back(*text);
  }
  return out;
}

std::string quote(const std::string& text) { return "'" + replace_all(text, "'", "''") + "'"; }

std::string quote_name(const std::string& name) { return "\"" + replace_all(name, "\"", "\"\"") + "\""; }

void walk_refs(const Json& node, const std::function<void(const Json&)>& visit) {
  if (node.is_array()) {
    for (const Json& child : node) walk_refs(child, visit);
  } else if (node.is_object()) {
    const std::string type = text_of(node, "type");
    if (type == "TABLE_FUNCTION" || type == "BASE_TABLE") visit(node);
    for (const auto& [key, child] : node.items()) {
      if (child.is_structured()) walk_refs(child, visit);
    }
  }
}

// CTE names hide files of the same name; a file's name has a dot and a suffix, so that a clash takes intent. Not looked for.
void rewrite_refs(Json& node, const std::function<std::optional<Json>(const Json&)>& replace) {
  if (node.is_array()) {
    for (Json& child : node) rewrite_refs(child, replace);
  } else if (node.is_object()) {
    const std::string type = text_of(node, "type");
    if (type == "TABLE_FUNCTION" || type == "BASE_TABLE") {
      if (auto replacement = replace(node)) {
        node = std::move(*replacement);
        return;
      }
    }
    for (auto& [key, child] : node.items()) {
      if (child.is_structured()) rewrite_refs(child, replace);
    }
  }
}

std::string escape_wildcards(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[') {
      out += {'[', c, ']'};
    } else {
      out += c;
    }
  }
  return out;
}

Json string_list(const std::vector<std::string>& values) {
  std::vector<Json> children;
  children.reserve(values.size());
  for (const std::string& value : values) children.push_back(constant_string(value));
  Json list = function_call("list_value", std::move(children));
  list["schema"] = "main";
  return list;
}

// A list of paths; a long one as one text that the engine splits while it binds: a tree node a path would take gigabytes for
// 100,000 of them.
Json path_list(const std::vector<std::string>& paths) {
  constexpr size_t kFew = 200;
  constexpr char kBetween = '\x1f';
  const auto holds = [](const std::string& path) { return path.find(kBetween) != std::string::npos; };
  if (paths.size() <= kFew || std::ranges::any_of(paths, holds)) return string_list(paths);
  const std::string between(1, kBetween);
  return function_call("string_split", {constant_string(join(paths, between)), constant_string(between)});
}

Json option(const std::string& name, Json value) { return comparison("COMPARE_EQUAL", column_ref(name), std::move(value)); }

Json boolean(bool value) { return cast_expression(constant_string(value ? "t" : "f"), Json{{"id", "BOOLEAN"}, {"type_info", nullptr}}); }

Json null_constant() {
  Json out = constant_string("");
  out["value"] = Json{{"type", Json{{"id", "NULL"}, {"type_info", nullptr}}}, {"is_null", true}};
  return out;
}

// {'name': …, 'type': …, 'default_value': NULL}
Json schema_entry(const ColumnType& column) {
  Json entry = function_call("struct_pack", {with_alias(constant_string(column.name), "name"), with_alias(constant_string(column.type), "type"),
                                             with_alias(null_constant(), "default_value")});
  entry["schema"] = "main";
  return entry;
}

Json schema_map(const std::vector<ColumnType>& columns) {
  std::vector<std::string> names;
  std::vector<Json> entries;
  for (const ColumnType& column : columns) {
    names.push_back(column.name);
    entries.push_back(schema_entry(column));
  }
  Json values = function_call("list_value", std::move(entries));
  values["schema"] = "main";
  return function_call("map", {string_list(names), std::move(values)});
}

// {'a': 'BIGINT', …}
Json types_struct(const std::vector<ColumnType>& columns) {
  std::vector<Json> entries;
  for (const ColumnType& column : columns) entries.push_back(with_alias(constant_string(column.type), column.name));
  Json types = function_call("struct_pack", std::move(entries));
  types["schema"] = "main";
  return types;
}

// By name where a header gives names; by place where there is none.
bool reads_by_name(const ScanForm& form) { return form.function == "read_csv" && form.has_header; }

Json text_call(const BoundScan& bound) {
  const ScanForm& form = *bound.form;
  std::vector<std::string> files;
  for (const std::string& file : bound.files) files.push_back(escape_wildcards(file));
  if (!form.header_file.empty()) files.push_back(escape_wildcards(form.header_file));
  std::vector<Json> arguments{path_list(files), option("hive_partitioning", boolean(false))};
  for (const auto& [name, value] : form.options) arguments.push_back(option(name, constant_string(value)));
  if (reads_by_name(form)) {
    arguments.push_back(option("union_by_name", boolean(true)));
    arguments.push_back(option("types", types_struct(form.columns)));
  } else {
    if (form.function == "read_csv") arguments.push_back(option("auto_detect", boolean(false)));
    const bool all = form.function == "read_csv" || bound.columns.empty();
    arguments.push_back(option("columns", types_struct(all ? form.columns : bound.columns)));
  }
  return function_call(form.function, std::move(arguments));
}

}  // namespace

std::string form_arguments(const ScanForm& form) {
  std::string out = ", hive_partitioning = false";
  for (const auto& [name, value] : form.options) out += fmt::format(", {} = {}", name, quote(value));
  std::vector<std::string> types;
  for (const ColumnType& column : form.columns) types.push_back(quote(column.name) + ": " + quote(column.type));
  if (reads_by_name(form)) {
    out += ", union_by_name = true, types = ";
  } else {
    out += form.function == "read_csv" ? ", auto_detect = false, columns = " : ", columns = ";
  }
  return out + "{" + join(types, ", ") + "}";
}

std::string FileScan::key() const {
  std::vector<std::string> parts{function};
  for (const std::string& pattern : patterns) parts.push_back(quote(pattern));
  for (const auto& [name, value] : options) parts.push_back(name + "=" + quote(value));
  return join(parts, " ");
}

std::optional<FileScan> file_scan_of(const Json& ref) {
  FileScan scan;
  scan.alias = text_of(ref, "alias");
  scan.offset = location_of(ref);
  if (text_of(ref, "type") == "BASE_TABLE") {
    if (!text_of(ref, "schema_name").empty() || !text_of(ref, "catalog_name").empty()) return std::nullopt;
    const std::string name = text_of(ref, "table_name");
    scan.function = function_for_file(name);
    if (scan.function.empty()) return std::nullopt;
    scan.patterns = {name};
    return scan;
  }
  if (text_of(ref, "type") != "TABLE_FUNCTION") return std::nullopt;
  const Json& function = ref.at("function");
  scan.function = canonical_function(function_name(function));
  if (scan.function.empty()) return std::nullopt;
  for (const Json& child : function.at("children")) {
    const bool named = is_class(child, "COMPARISON") && text_of(child, "type") == "COMPARE_EQUAL" && is_class(child.at("left"), "COLUMN_REF");
    if (named) {
      scan.options[to_lower(child["left"]["column_names"].back().get<std::string>())] = constant_text(child.at("right")).value_or("?");
      continue;
    }
    if (const std::string alias = text_of(child, "alias"); !alias.empty()) {
      scan.options[to_lower(alias)] = constant_text(child).value_or("?");
      continue;
    }
    scan.patterns = constant_strings(child).value_or(std::vector<std::string>());
  }
  return scan;
}

std::vector<FileScan> find_file_scans(const Json& tree) {
  std::vector<FileScan> out;
  walk_refs(tree, [&](const Json& ref) {
    if (auto scan = file_scan_of(ref)) out.push_back(std::move(*scan));
  });
  std::stable_sort(out.begin(), out.end(), [](const FileScan& a, const FileScan& b) { return a.offset < b.offset; });
  return out;
}

Json scan_ref(const BoundScan& bound, const std::string& alias) {
  std::vector<std::string> files;
  for (const std::string& file : bound.files) files.push_back(escape_wildcards(file));
  std::vector<Json> arguments{path_list(files), option("hive_partitioning", boolean(false))};
  if (!bound.columns.empty() && !bound.form) arguments.push_back(option("schema", schema_map(bound.columns)));
  Json ref = Json::object();
  ref["type"] = "TABLE_FUNCTION";
  ref["alias"] = alias;
  ref["sample"] = nullptr;
  ref["function"] = bound.form ? text_call(bound) : function_call("read_parquet", std::move(arguments));
  ref["column_name_alias"] = Json::array();
  ref["with_ordinality"] = "WITHOUT_ORDINALITY";
  return ref;
}

std::string file_literal(const std::string& path) { return quote(escape_wildcards(path)); }

std::string scan_sql(const BoundScan& bound, const std::vector<std::string>& virtual_columns) {
  std::vector<std::string> items;
  if (bound.files.empty()) {
    for (const ColumnType& column : bound.columns) items.push_back(fmt::format("CAST(NULL AS {}) AS {}", column.type, quote_name(column.name)));
    for (const std::string& name : virtual_columns)
      items.push_back(fmt::format("CAST(NULL AS {}) AS {}", name == "filename" ? "VARCHAR" : name == "file_index" ? "UBIGINT" : "BIGINT", quote_name(name)));
    return "SELECT " + join(items, ", ") + " WHERE false";
  }
  std::vector<std::string> files, schema;
  for (const std::string& file : bound.files) files.push_back(file_literal(file));
  for (const ColumnType& column : bound.columns) {
    items.push_back(quote_name(column.name));
    schema.push_back(fmt::format("{0}: {{'name': {0}, 'type': {1}, 'default_value': NULL}}", quote(column.name), quote(column.type)));
  }
  for (const std::string& name : virtual_columns) items.push_back(name);
  return fmt::format("SELECT {} FROM read_parquet([{}], hive_partitioning = false, schema = MAP {{{}}})", join(items, ", "), join(files, ", "),
                     join(schema, ", "));
}

Json bind_file_scans(const Json& tree, const std::function<std::optional<BoundScan>(const FileScan&)>& bind) {
  Json out = tree;
  rewrite_refs(out, [&](const Json& ref) -> std::optional<Json> {
    const auto scan = file_scan_of(ref);
    if (!scan || !scan->is_parquet() || scan->patterns.empty()) return std::nullopt;
    const auto bound = bind(*scan);
    if (!bound) return std::nullopt;
    Json replaced = scan_ref(*bound, scan->alias);
    if (ref.contains("column_name_alias")) replaced["column_name_alias"] = ref["column_name_alias"];
    for (const auto& [name, value] : scan->options) {
      const std::string text = to_lower(value);
      if (name == "filename" && (text == "t" || text == "true" || text == "1")) replaced["function"]["children"].push_back(option("filename", boolean(true)));
    }
    return replaced;
  });
  return out;
}

}  // namespace tidemark::sql
