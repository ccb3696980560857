#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/strings.h"
#include "manifest/relation.h"
#include "sql/binder.h"
#include "sql/hive.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

std::string text_of(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> name_parts(const Json& ref) {
  std::vector<std::string> parts;
  for (const char* key : {"catalog_name", "schema_name", "table_name"}) {
    if (std::string part = text_of(ref, key); !part.empty()) parts.push_back(std::move(part));
  }
  return parts;
}

std::string rendered(const std::vector<std::string>& parts) {
  std::vector<std::string> quoted;
  for (const std::string& part : parts) quoted.push_back(quote_identifier(part));
  return join(quoted, ".");
}

void refuse_extras(const Json& ref) {
  if (const auto sample = ref.find("sample"); sample != ref.end() && !sample->is_null()) unsupported("unsupported_clause", "TABLESAMPLE");
  if (const auto at = ref.find("at_clause"); at != ref.end() && !at->is_null()) unsupported("unsupported_clause", "AT");
  if (text_of(ref, "with_ordinality") == "WITH_ORDINALITY") unsupported("unsupported_clause", "WITH ORDINALITY");
}

JoinKind join_kind(const std::string& type) {
  if (type == "INNER") return JoinKind::kInner;
  if (type == "LEFT") return JoinKind::kLeft;
  if (type == "RIGHT") return JoinKind::kRight;
  if (type == "OUTER" || type == "FULL") return JoinKind::kFull;
  if (type == "SEMI") return JoinKind::kSemi;
  if (type == "ANTI") return JoinKind::kAnti;
  unsupported("unsupported_clause", type + " JOIN");
}

ScopeColumn& column_in(Scope& scope, size_t first, size_t last, const std::string& name) {
  ScopeColumn* found = nullptr;
  for (size_t i = first; i < last; ++i) {
    for (ScopeColumn& column : scope.tables[i].columns) {
      if (!equals_ignore_case(column.name, name) || column.merged) continue;
      if (found != nullptr) unsupported("ambiguous_name", name);
      found = &column;
    }
  }
  if (found == nullptr) unsupported("unknown_name", name);
  return *found;
}

// Unless it is told not to, the engine reads folder names where all files have the same ones.
bool reads_folder_names(const FileScan& scan) {
  const auto said = scan.options.find("hive_partitioning");
  if (said == scan.options.end()) return true;
  const std::string text = to_lower(said->second);
  return text == "t" || text == "true" || text == "1";
}

}  // namespace

std::vector<std::string> strings_of(const Json& list) { return list.is_array() ? list.get<std::vector<std::string>>() : std::vector<std::string>(); }

Source Binder::as_table(RelPtr rel, std::vector<std::string> names, const Json& ref, std::vector<std::string> qualifiers) {
  const std::string alias = text_of(ref, "alias");
  if (!alias.empty()) qualifiers = {alias};
  const auto aliases = ref.contains("column_name_alias") ? strings_of(ref["column_name_alias"]) : std::vector<std::string>();
  if (aliases.size() > names.size()) unsupported("unsupported_clause", "more column aliases than columns");
  ScopeTable table{std::move(qualifiers), {}};
  for (size_t i = 0; i < names.size(); ++i) table.columns.push_back({i < aliases.size() ? aliases[i] : names[i], rel->columns[i].id, false, false});
  Source out{std::move(rel), {}};
  out.scope.tables.push_back(std::move(table));
  return out;
}

Source Binder::bind_from(const Json& ref, const EnvironmentPtr& environment) {
  const std::string type = text_of(ref, "type");
  refuse_extras(ref);
  if (type == "EMPTY") return {make({}), {}};
  if (type == "BASE_TABLE") return bind_base_table(ref, environment);
  if (type == "JOIN") return bind_join(ref, environment);
  if (type == "SUBQUERY") {
    std::vector<std::string> names;
    RelPtr rel = bind_node(ref.at("subquery").at("node"), environment, names);
    return as_table(std::move(rel), std::move(names), ref, {});
  }
  if (type == "TABLE_FUNCTION") {
    if (const auto scan = file_scan_of(ref)) return bind_file_scan(*scan, ref);
    return bind_opaque(ref);
  }
  if (type == "EXPRESSION_LIST") return bind_opaque(ref);
  unsupported("unsupported_clause", type);
}

Source Binder::bind_base_table(const Json& ref, const EnvironmentPtr& environment) {
  const std::vector<std::string> parts = name_parts(ref);
  if (parts.size() == 1) {
    for (EnvironmentPtr at = environment; at; at = at->outer) {
      if (at->name != to_lower(parts[0])) continue;
      std::vector<std::string> names;
      const auto outside = std::exchange(outside_, {});
      RelPtr rel = bind_node(*at->query, at->outer, names);
      outside_ = outside;
      for (size_t i = 0; i < at->column_aliases.size() && i < names.size(); ++i) names[i] = at->column_aliases[i];
      return as_table(std::move(rel), std::move(names), ref, {parts[0]});
    }
  }
  if (const auto sql = catalogue_.view_sql(parts)) {
    const std::string key = rendered(parts);
    if (!views_open_.insert(key).second) unsupported("unsupported_clause", "the view " + key + " reads itself");
    auto& tree = views_[key];
    if (!tree) tree = std::make_shared<const Json>(catalogue_.parser().parse(*sql));
    const auto kept = tree;
    std::vector<std::string> names;
    const auto outside = std::exchange(outside_, {});
    RelPtr rel = bind_node(statement_node(*kept), nullptr, names);
    outside_ = outside;
    views_open_.erase(key);
    return as_table(std::move(rel), std::move(names), ref, parts);
  }
  if (const auto scan = file_scan_of(ref)) return bind_file_scan(*scan, ref);
  Rel rel;
  rel.op = Op::kTable;
  rel.table = parts;
  const std::string key = rendered(parts);
  if (!described_.contains(key)) described_[key] = catalogue_.describe("SELECT * FROM " + key);
  std::vector<std::string> names;
  for (const ColumnType& column : described_[key]) {
    rel.columns.push_back(make_column(column.name, column.type));
    names.push_back(column.name);
  }
  return as_table(make(std::move(rel)), std::move(names), ref, parts);
}

std::shared_ptr<const std::map<std::string, Json>> Binder::type_trees(const std::vector<Column>& columns) {
  std::set<std::string> types;
  for (const Column& column : columns) types.insert(column.type);
  std::vector<std::string> casts;
  for (const std::string& type : types) casts.push_back(fmt::format("CAST(NULL AS {})", type));
  const Json tree = without_locations(catalogue_.parser().parse("SELECT " + join(casts, ", ")));
  auto out = std::make_shared<std::map<std::string, Json>>();
  size_t at = 0;
  for (const std::string& type : types) (*out)[type] = statement_node(tree).at("select_list").at(at++).at("cast_type");
  return out;
}

Source Binder::bind_file_scan(const FileScan& scan, const Json& ref) {
  if (scan.patterns.empty()) unsupported("dynamic_files", scan.function);
  if (!scan.is_parquet() && !scan.is_text()) unsupported("file_format", scan.function);
  Rel rel;
  rel.op = Op::kFiles;
  rel.scan = scan;
  rel.scan.alias.clear();
  std::vector<std::string> visible_virtuals;
  for (const auto& [name, value] : scan.options) {
    const std::string text = to_lower(value);
    const bool off = text == "f" || text == "false" || text == "0";
    if (name == "union_by_name" || name == "hive_partitioning" || off) continue;
    const bool on = text == "t" || text == "true" || text == "1";
    if ((name == "filename" || (name == "file_row_number" && scan.is_parquet())) && on) {
      visible_virtuals.push_back(name);
      continue;
    }
    if (scan.is_parquet() || value == "?") unsupported("scan_option", name);
  }
  const std::vector<ColumnType> columns = catalogue_.file_columns(scan);
  if (scan.is_text()) rel.scan.form = catalogue_.file_form(scan);
  if (columns.empty() || (scan.is_text() && !rel.scan.form)) unsupported("no_files", join(scan.patterns, ", "));
  std::vector<std::string> names;
  for (const ColumnType& column : columns) {
    rel.columns.push_back(make_column(column.name, column.type));
    names.push_back(column.name);
  }
  static const std::vector<ColumnType> kVirtual = {{"filename", "VARCHAR"}, {"file_row_number", "BIGINT"}, {"file_index", "UBIGINT"}};
  std::vector<std::string> order = visible_virtuals;
  for (const ColumnType& column : kVirtual) {
    if (column.name == "file_row_number" && !scan.is_parquet()) continue;
    if (std::find(order.begin(), order.end(), column.name) == order.end()) order.push_back(column.name);
  }
  for (const std::string& name : order) {
    const bool shadowed = std::any_of(columns.begin(), columns.end(), [&](const ColumnType& c) { return equals_ignore_case(c.name, name); });
    if (shadowed) continue;
    const auto kind = std::find_if(kVirtual.begin(), kVirtual.end(), [&](const ColumnType& c) { return c.name == name; });
    rel.columns.push_back(make_column(name, kind->type));
    rel.columns.back().is_virtual = true;
    names.push_back(name);
  }
  rel.types = type_trees(rel.columns);
  std::vector<ColumnType> folders = reads_folder_names(scan) ? hive_columns(catalogue_.file_paths(scan)) : std::vector<ColumnType>();
  if (!folders.empty()) return with_folder_columns(scan, make(std::move(rel)), columns.size(), folders, visible_virtuals, ref);
  Source out = as_table(make(std::move(rel)), names, ref, scan.alias.empty() ? std::vector<std::string>{scan.function} : std::vector<std::string>{scan.alias});
  auto& table = out.scope.tables[0].columns;
  for (size_t i = columns.size(); i < table.size(); ++i) {
    table[i].hidden = std::find(visible_virtuals.begin(), visible_virtuals.end(), names[i]) == visible_virtuals.end();
  }
  return out;
}

// The scan's columns, those of folder names after the files' own, which they hide.
Source Binder::with_folder_columns(const FileScan& scan, RelPtr files, size_t own, const std::vector<ColumnType>& folders,
                                   const std::vector<std::string>& visible_virtuals, const Json& ref) {
  const auto filename =
      std::find_if(files->columns.begin(), files->columns.end(), [](const Column& column) { return column.is_virtual && column.name == "filename"; });
  if (filename == files->columns.end()) unsupported("hive_partitions", "a column named filename");
  std::vector<std::string> values;
  for (const ColumnType& folder : folders) values.push_back(hive_value_sql(folder, "f." + column_name(filename->id)));
  const Json tree = without_locations(catalogue_.parser().parse("SELECT " + join(values, ", ")));
  const Json by_name = reference(filename->id);
  const std::function<void(Json&)> bind = [&](Json& node) {
    if (is_class(node, "COLUMN_REF")) {
      node = by_name;
      return;
    }
    for_each_child(node, bind);
  };
  Rel rel;
  rel.op = Op::kProject;
  rel.inputs = {files};
  std::vector<std::string> names;
  std::vector<bool> hidden;
  const auto add = [&](Column column, Json expr, bool is_hidden) {
    names.push_back(column.name);
    hidden.push_back(is_hidden);
    rel.columns.push_back(std::move(column));
    rel.exprs.push_back(std::move(expr));
  };
  for (size_t i = 0; i < own; ++i) {
    const bool shadowed =
        std::any_of(folders.begin(), folders.end(), [&](const ColumnType& folder) { return equals_ignore_case(folder.name, files->columns[i].name); });
    if (!shadowed) add(make_column(files->columns[i].name, files->columns[i].type), reference(files->columns[i].id), false);
  }
  for (size_t i = 0; i < folders.size(); ++i) {
    Json value = statement_node(tree).at("select_list").at(i);
    bind(value);
    add(make_column(folders[i].name, folders[i].type), std::move(value), false);
  }
  for (size_t i = own; i < files->columns.size(); ++i) {
    const bool visible = std::find(visible_virtuals.begin(), visible_virtuals.end(), files->columns[i].name) != visible_virtuals.end();
    add(make_column(files->columns[i].name, files->columns[i].type), reference(files->columns[i].id), !visible);
  }
  Source out = as_table(make(std::move(rel)), names, ref, scan.alias.empty() ? std::vector<std::string>{scan.function} : std::vector<std::string>{scan.alias});
  for (size_t i = 0; i < hidden.size(); ++i) out.scope.tables[0].columns[i].hidden = hidden[i];
  return out;
}

Source Binder::bind_opaque(const Json& ref) {
  Rel rel;
  rel.op = Op::kOpaque;
  // VALUES print as a subquery only.
  rel.tree = text_of(ref, "type") == "EXPRESSION_LIST" ? subquery_ref(select_node({star()}, ref), text_of(ref, "alias")) : ref;
  std::vector<std::string> names;
  const std::string sql = catalogue_.parser().print(make_tree(select_node({star()}, rel.tree)));
  for (const ColumnType& column : catalogue_.describe(sql)) {
    rel.columns.push_back(make_column(column.name, column.type));
    names.push_back(column.name);
  }
  Json plain = ref;
  plain["column_name_alias"] = Json::array();  // the names are those after renaming
  const std::string function = ref.contains("function") ? function_name(ref["function"]) : std::string();
  return as_table(make(std::move(rel)), names, plain, {function});
}

Source Binder::bind_join(const Json& ref, const EnvironmentPtr& environment) {
  const std::string shape = text_of(ref, "ref_type");
  if (shape != "REGULAR" && shape != "CROSS") unsupported("unsupported_clause", shape + " JOIN");
  Source left = bind_from(ref.at("left"), environment);
  Source right = bind_from(ref.at("right"), environment);
  Rel rel;
  rel.op = Op::kJoin;
  rel.join = shape == "CROSS" ? JoinKind::kInner : join_kind(text_of(ref, "join_type"));
  rel.inputs = {left.rel, right.rel};
  const size_t cut = left.scope.tables.size();
  Scope scope = left.scope;
  scope.tables.insert(scope.tables.end(), right.scope.tables.begin(), right.scope.tables.end());
  const auto using_columns = ref.contains("using_columns") ? strings_of(ref["using_columns"]) : std::vector<std::string>();
  Json condition;
  if (!using_columns.empty()) {
    if (rel.join == JoinKind::kRight || rel.join == JoinKind::kFull) unsupported("unsupported_clause", "RIGHT or FULL JOIN USING");
    std::vector<Json> parts;
    for (const std::string& name : using_columns) {
      const int left_id = column_in(scope, 0, cut, name).id;
      ScopeColumn& other = column_in(scope, cut, scope.tables.size(), name);
      parts.push_back(comparison("COMPARE_EQUAL", reference(left_id), reference(other.id)));
      other.merged = true;
    }
    condition = conjunction(std::move(parts));
  } else if (const auto given = ref.find("condition"); given != ref.end() && given->is_object()) {
    Resolution names;
    names.scope = &scope;
    names.environment = environment;
    condition = resolve(*given, names);
  }
  rel.exprs = {condition};
  rel.columns = left.rel->columns;
  if (rel.join == JoinKind::kSemi || rel.join == JoinKind::kAnti) {
    scope.tables.resize(cut);
  } else {
    rel.columns.insert(rel.columns.end(), right.rel->columns.begin(), right.rel->columns.end());
  }
  return {make(std::move(rel)), std::move(scope)};
}

}  // namespace tidemark::sql
