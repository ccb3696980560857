#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "sql/binder.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

// Functions that give several rows for one.
bool returns_sets(const std::string& name) { return name == "unnest" || name == "generate_subscripts" || name == "regexp_split_to_table"; }

// Functions that name the fields of their result after their arguments.
bool names_fields(const std::string& name) { return name == "struct_pack" || name == "struct_insert" || name == "struct_update" || name == "union_value"; }

void strip(Json& expression) { expression.erase("query_location"); }

std::string shown(const std::vector<std::string>& parts) { return join(parts, "."); }

Json extract_field(Json from, const std::string& field) { return function_call("struct_extract", {std::move(from), constant_string(field)}); }

bool qualifies(const ScopeTable& table, const std::vector<std::string>& parts, size_t count) {
  // `a`, `schema.a`, `database.schema.a` against the end of the table's own names.
  if (count > table.names.size()) return false;
  for (size_t i = 0; i < count; ++i) {
    if (!equals_ignore_case(table.names[table.names.size() - count + i], parts[i])) return false;
  }
  return true;
}

const ScopeColumn* column_of(const ScopeTable& table, const std::string& name) {
  for (const ScopeColumn& column : table.columns) {
    if (equals_ignore_case(column.name, name)) return &column;
  }
  return nullptr;
}

// The one column that an unqualified name means; nullptr: none.
const ScopeColumn* unqualified(const Scope& scope, const std::string& name) {
  const ScopeColumn* visible = nullptr;
  const ScopeColumn* hidden = nullptr;
  for (const ScopeTable& table : scope.tables) {
    const ScopeColumn* column = column_of(table, name);
    if (column == nullptr || column->merged) continue;
    const ScopeColumn*& slot = column->hidden ? hidden : visible;
    if (slot != nullptr) unsupported("ambiguous_name", name);
    slot = column;
  }
  if (visible != nullptr && hidden != nullptr) unsupported("ambiguous_name", name);
  return visible != nullptr ? visible : hidden;
}

}  // namespace

std::optional<Json> Binder::find_in_scope(const std::vector<std::string>& parts, const Scope& scope) {
  // The ways to read a.b.c: longest qualification first. More than one is no way.
  std::vector<std::pair<const ScopeColumn*, size_t>> found;  // and the number of parts it took
  if (const ScopeColumn* column = unqualified(scope, parts[0])) found.emplace_back(column, 1);
  for (size_t count = 1; count < parts.size(); ++count) {
    for (const ScopeTable& table : scope.tables) {
      if (!qualifies(table, parts, count)) continue;
      if (const ScopeColumn* column = column_of(table, parts[count])) found.emplace_back(column, count + 1);
    }
  }
  if (found.empty()) return std::nullopt;
  if (found.size() > 1) unsupported("ambiguous_name", shown(parts));
  Json out = reference(found[0].first->id);
  for (size_t i = found[0].second; i < parts.size(); ++i) out = extract_field(std::move(out), parts[i]);
  return out;
}

Json Binder::resolve_column(const Json& expression, const Resolution& names) {
  const auto parts = expression.at("column_names").get<std::vector<std::string>>();
  if (parts.size() == 1) {
    const auto& lambda = names.lambda_parameters;
    if (std::find(lambda.begin(), lambda.end(), parts[0]) != lambda.end()) return column_ref(parts[0]);
  }
  const Item* alias = nullptr;
  if (names.aliases != nullptr && parts.size() == 1) {
    for (const Item& item : *names.aliases) {
      if (alias == nullptr && !item.name.empty() && equals_ignore_case(item.name, parts[0])) alias = &item;
    }
  }
  std::optional<Json> found = find_in_scope(parts, *names.scope);
  if (found) {
    if (alias != nullptr && names.alias_clash && alias->expr != *found) unsupported("ambiguous_name", parts[0]);
    return *found;
  }
  if (alias != nullptr) return alias->expr;
  if (auto outer = find_outside(parts)) return *outer;
  unsupported("unknown_name", shown(parts));
}

std::optional<Json> Binder::find_outside(const std::vector<std::string>& parts) {
  for (auto scope = outside_.rbegin(); scope != outside_.rend(); ++scope) {
    if (auto found = find_in_scope(parts, **scope)) {
      if (scope != outside_.rbegin()) unsupported("unsupported_expression", "a subquery that refers to columns two levels outside");
      refers_outside_ = true;
      return found;
    }
  }
  return std::nullopt;
}

Json Binder::resolve_subquery(const Json& expression, const Resolution& names) {
  std::vector<std::string> ignored;
  const bool refers = std::exchange(refers_outside_, false);
  outside_.push_back(names.scope);
  RelPtr inner = bind_node(expression.at("subquery").at("node"), names.environment, ignored);
  outside_.pop_back();
  Json out = expression;
  strip(out);
  out["subquery"] = nullptr;
  out["tm_subquery"] = subqueries_.size();
  if (refers_outside_) correlated_.insert(subqueries_.size());
  refers_outside_ = refers;
  subqueries_.push_back(std::move(inner));
  if (auto child = out.find("child"); child != out.end() && child->is_object()) *child = resolve(*child, names);
  return out;
}

Json Binder::resolve(const Json& expression, const Resolution& names) {
  if (is_class(expression, "COLUMN_REF")) return resolve_column(expression, names);
  if (is_class(expression, "SUBQUERY")) return resolve_subquery(expression, names);
  for (const char* refused : {"STAR", "PARAMETER", "POSITIONAL_REFERENCE", "DEFAULT"}) {
    if (is_class(expression, refused)) unsupported("unsupported_expression", to_lower(refused));
  }
  Json out = expression;
  strip(out);
  if (is_class(expression, "LAMBDA")) {
    Resolution inner = names;
    const Json& parameters = expression.at("lhs");
    std::vector<Json> list;
    if (is_class(parameters, "COLUMN_REF")) list.push_back(parameters);
    if (is_class(parameters, "FUNCTION")) list = parameters.at("children").get<std::vector<Json>>();
    if (list.empty()) unsupported("unsupported_expression", "lambda");
    for (const Json& parameter : list) {
      if (!is_class(parameter, "COLUMN_REF") || parameter.at("column_names").size() != 1 || column_id(parameter) >= 0)
        unsupported("unsupported_expression", "lambda");
      inner.lambda_parameters.push_back(parameter["column_names"][0].get<std::string>());
    }
    out["expr"] = resolve(expression.at("expr"), inner);
    return out;
  }
  const std::string function = is_class(expression, "FUNCTION") ? function_name(expression) : std::string();
  if (returns_sets(function)) unsupported("set_returning_function", function);
  for_each_child(out, [&](Json& child) {
    const std::string alias = function.empty() ? std::string() : child.value("alias", "");
    if (names_fields(function) && alias.empty()) unsupported("unsupported_expression", function + " without field names");
    child = resolve(child, names);
    child["alias"] = alias;
  });
  return out;
}

bool Binder::is_aggregate_call(const Json& expression) {
  if (!is_class(expression, "FUNCTION")) return false;
  const std::string name = function_name(expression);
  const auto known = aggregates_.find(name);
  if (known != aggregates_.end()) return known->second;
  return aggregates_[name] = catalogue_.parser().is_aggregate(name);
}

bool Binder::has_aggregate(const Json& expression) {
  if (is_aggregate_call(expression)) return true;
  if (is_class(expression, "OPERATOR") && expression.value("type", "") == "GROUPING_FUNCTION") return true;
  bool found = false;
  for_each_child(expression, [&](const Json& child) { found = found || has_aggregate(child); });
  return found;
}

Json Binder::lower_aggregates(const Json& expression, Lowering& lowering) {
  for (size_t i = 0; i < lowering.keys.size(); ++i) {
    Json plain = expression;
    plain["alias"] = "";
    if (plain == lowering.keys[i]) {
      Json out = reference(lowering.key_columns[i].id);
      out["alias"] = expression.value("alias", "");
      return out;
    }
  }
  if (is_class(expression, "OPERATOR") && expression.value("type", "") == "GROUPING_FUNCTION") unsupported("unsupported_expression", "grouping()");
  if (is_aggregate_call(expression)) {
    for_each_child(expression, [&](const Json& child) {
      if (has_aggregate(child)) unsupported("unsupported_expression", "nested aggregates");
    });
    Json call = expression;
    call["alias"] = "";
    size_t at = 0;
    while (at < lowering.aggregates.size() && lowering.aggregates[at] != call) ++at;
    if (at == lowering.aggregates.size()) {
      lowering.aggregates.push_back(call);
      lowering.aggregate_columns.push_back(make_column(function_name(call)));
    }
    Json out = reference(lowering.aggregate_columns[at].id);
    out["alias"] = expression.value("alias", "");
    return out;
  }
  if (column_id(expression) >= 0) unsupported("unknown_name", "a column that is neither grouped nor aggregated");
  Json out = expression;
  for_each_child(out, [&](Json& child) { child = lower_aggregates(child, lowering); });
  return out;
}

Json Binder::lower_windows(const Json& expression, Lowering& lowering) {
  if (is_class(expression, "WINDOW")) {
    Json call = expression;
    call["alias"] = "";
    size_t at = 0;
    while (at < lowering.windows.size() && lowering.windows[at] != call) ++at;
    if (at == lowering.windows.size()) {
      lowering.windows.push_back(call);
      lowering.window_columns.push_back(make_column(function_name(call)));
    }
    Json out = reference(lowering.window_columns[at].id);
    out["alias"] = expression.value("alias", "");
    return out;
  }
  Json out = expression;
  for_each_child(out, [&](Json& child) { child = lower_windows(child, lowering); });
  return out;
}

}  // namespace tidemark::sql
