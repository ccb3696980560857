#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"
#include "sql/binder.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

constexpr int kMostRelations = 5000;

std::string text_of(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool present(const Json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && !found->is_null();
}

EnvironmentPtr with_ctes(const Json& node, EnvironmentPtr environment) {
  const auto map = node.find("cte_map");
  if (map == node.end() || !map->contains("map")) return environment;
  for (const Json& entry : (*map)["map"]) {
    const Json& value = entry.at("value");
    if (value.contains("key_targets") && !value["key_targets"].empty()) unsupported("unsupported_clause", "USING KEY");
    auto next = std::make_shared<Environment>();
    next->name = to_lower(entry.at("key").get<std::string>());
    next->query = &value.at("query").at("node");
    next->column_aliases = value.contains("aliases") ? strings_of(value["aliases"]) : std::vector<std::string>();
    next->outer = std::move(environment);
    environment = std::move(next);
  }
  return environment;
}

std::optional<int64_t> position_of(const Json& expression) {
  if (!is_class(expression, "CONSTANT")) return std::nullopt;
  const Json& value = expression.at("value");
  if (value.value("is_null", false) || !value.contains("value") || !value["value"].is_number_integer()) return std::nullopt;
  const std::string type = value.at("type").value("id", "");
  if (type != "INTEGER" && type != "BIGINT") return std::nullopt;
  return value["value"].get<int64_t>();
}

std::string item_name(const Json& expression) {
  std::string alias = text_of(expression, "alias");
  if (!alias.empty()) return alias;
  if (is_class(expression, "COLUMN_REF")) return expression.at("column_names").back().get<std::string>();
  return {};
}

// A column keeps the spelling of its table.
std::string as_declared(const Item& item, const Scope& scope) {
  const int id = column_id(item.expr);
  for (const ScopeTable& table : scope.tables) {
    for (const ScopeColumn& column : table.columns) {
      if (column.id == id && equals_ignore_case(column.name, item.name)) return column.name;
    }
  }
  return item.name;
}

// The qualification that a star item carries: "t" in t.*.
bool star_covers(const ScopeTable& table, const std::string& qualifier) {
  return qualifier.empty() || (!table.names.empty() && equals_ignore_case(table.names.back(), qualifier));
}

const Json* find_pair(const Json& star, const char* key, const std::string& name) {
  const auto list = star.find(key);
  if (list == star.end() || !list->is_array()) return nullptr;
  for (const Json& pair : *list) {
    const Json& from = pair.at("key");
    const std::string text = from.is_string() ? from.get<std::string>() : text_of(from, "column");
    if (from.is_object() && !text_of(from, "table").empty()) unsupported("unsupported_expression", "qualified names in RENAME");
    if (equals_ignore_case(text, name)) return &pair.at("value");
  }
  return nullptr;
}

bool excluded(const Json& star, const std::vector<std::string>& table, const std::string& name) {
  for (const std::string& other : star.contains("exclude_list") ? strings_of(star["exclude_list"]) : std::vector<std::string>()) {
    if (equals_ignore_case(other, name)) return true;
  }
  const auto qualified = star.find("qualified_exclude_list");
  if (qualified == star.end() || !qualified->is_array()) return false;
  for (const Json& other : *qualified) {
    if (!equals_ignore_case(text_of(other, "column"), name)) continue;
    const std::string wanted = text_of(other, "table");
    if (wanted.empty() || (!table.empty() && equals_ignore_case(table.back(), wanted))) return true;
  }
  return false;
}

// Whether an expression, resolved, is nothing but what groups and aggregates give.
Json plain(Json expression) {
  expression["alias"] = "";
  return expression;
}

}  // namespace

void unsupported(std::string_view code, std::string detail) { throw Unsupported{make_reason(code, std::move(detail))}; }

BindResult bind_query(const Json& tree, Catalogue& catalogue) {
  try {
    return {Binder(catalogue).bind(statement_node(tree)), {}};
  } catch (const Unsupported& fault) {
    return {std::nullopt, fault.reason};
  }
}

Query Binder::bind(const Json& statement) {
  Query out;
  out.root = bind_node(statement, nullptr, out.names);
  if (!correlated_.empty()) unsupported("unsupported_expression", "a subquery that refers to columns outside");
  out.subqueries = std::move(subqueries_);
  return out;
}

RelPtr Binder::make(Rel rel) {
  if (++made_ > kMostRelations) unsupported("query_too_large", fmt::format("more than {} steps with views and CTEs in line", kMostRelations));
  return std::make_shared<const Rel>(std::move(rel));
}

RelPtr Binder::bind_node(const Json& node, EnvironmentPtr environment, std::vector<std::string>& names) {
  environment = with_ctes(node, std::move(environment));
  const std::string type = text_of(node, "type");
  if (type == "SELECT_NODE") return bind_select(node, environment, names);
  if (type == "SET_OPERATION_NODE") return bind_set_operation(node, environment, names);
  if (type == "RECURSIVE_CTE_NODE") unsupported("unsupported_clause", "WITH RECURSIVE");
  unsupported("unsupported_clause", type);
}

void Binder::expand_star(const Json& star, const Scope& scope, const Resolution& names, std::vector<Item>& items) {
  if (star.value("columns", false) || present(star, "expr")) unsupported("unsupported_expression", "COLUMNS()");
  const std::string qualifier = text_of(star, "relation_name");
  bool any = false;
  for (const ScopeTable& table : scope.tables) {
    if (!star_covers(table, qualifier)) continue;
    for (const ScopeColumn& column : table.columns) {
      any = true;
      if (column.hidden || (column.merged && qualifier.empty()) || excluded(star, table.names, column.name)) continue;
      const Json* replacement = find_pair(star, "replace_list", column.name);
      const Json* renamed = find_pair(star, "rename_list", column.name);
      Item item{replacement != nullptr ? plain(resolve(*replacement, names)) : reference(column.id),
                renamed != nullptr ? renamed->get<std::string>() : column.name};
      items.push_back(std::move(item));
    }
  }
  if (!any) unsupported("unknown_name", qualifier + ".*");
}

std::vector<Item> Binder::bind_select_list(const Json& list, const Scope& scope, const EnvironmentPtr& environment) {
  std::vector<Item> items;
  for (const Json& expression : list) {
    Resolution names;
    names.scope = &scope;
    names.aliases = &items;
    names.environment = environment;
    if (is_class(expression, "STAR")) {
      Resolution within = names;
      within.aliases = nullptr;
      expand_star(expression, scope, within, items);
      continue;
    }
    Item item{plain(resolve(expression, names)), item_name(expression)};
    if (expression.value("alias", "").empty()) item.name = as_declared(item, scope);
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<Json> Binder::bind_group_keys(const Json& node, const Scope& scope, const std::vector<Item>& items, const EnvironmentPtr& environment) {
  std::vector<Json> keys;
  if (text_of(node, "aggregate_handling") == "FORCE_AGGREGATES") {
    for (const Item& item : items) {
      if (!has_aggregate(item.expr) && std::find(keys.begin(), keys.end(), item.expr) == keys.end()) keys.push_back(item.expr);
    }
    return keys;
  }
  Resolution names;
  names.scope = &scope;
  names.aliases = &items;
  names.environment = environment;
  for (const Json& expression : node.at("group_expressions")) {
    if (const auto position = position_of(expression)) {
      if (*position < 1 || *position > static_cast<int64_t>(items.size())) unsupported("unknown_name", fmt::format("GROUP BY {}", *position));
      keys.push_back(items[static_cast<size_t>(*position) - 1].expr);
    } else {
      keys.push_back(plain(resolve(expression, names)));
    }
  }
  return keys;
}

RelPtr Binder::bind_select(const Json& node, const EnvironmentPtr& environment, std::vector<std::string>& names) {
  if (present(node, "sample")) unsupported("unsupported_clause", "USING SAMPLE");
  Source source = bind_from(node.at("from_table"), environment);
  RelPtr rel = source.rel;
  const Scope& scope = source.scope;
  std::vector<Item> items = bind_select_list(node.at("select_list"), scope, environment);

  Resolution with_aliases;
  with_aliases.scope = &scope;
  with_aliases.aliases = &items;
  with_aliases.environment = environment;
  if (present(node, "where_clause")) {
    rel = filter_by(rel, plain(resolve(node["where_clause"], with_aliases)));
  }
  with_aliases.alias_clash = true;
  Json having, qualify;
  if (present(node, "having")) having = plain(resolve(node["having"], with_aliases));
  if (present(node, "qualify")) qualify = plain(resolve(node["qualify"], with_aliases));

  // ORDER BY: a position, a name of the select list, or any expression, which becomes an item that is trimmed later.
  const size_t visible = items.size();
  for (const Item& item : items) names.push_back(item.name);
  const auto order_item = [&](const Json& expression) -> int {
    if (const auto position = position_of(expression)) {
      if (*position < 1 || *position > static_cast<int64_t>(visible)) unsupported("unknown_name", fmt::format("ORDER BY {}", *position));
      return static_cast<int>(*position) - 1;
    }
    if (is_class(expression, "COLUMN_REF") && expression.at("column_names").size() == 1) {
      for (size_t i = 0; i < visible; ++i) {
        if (!items[i].name.empty() && equals_ignore_case(items[i].name, expression["column_names"][0].get<std::string>())) return static_cast<int>(i);
      }
    }
    Json bound = plain(resolve(expression, with_aliases));
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i].expr == bound) return static_cast<int>(i);
    }
    items.push_back({std::move(bound), ""});
    return static_cast<int>(items.size()) - 1;
  };
  // Orders matter where rows are chosen by them.
  std::vector<std::pair<Json, int>> order_items;
  std::vector<int> distinct_on;
  bool limited = false, distinct = false;
  Json limit;
  for (const Json& modifier : node.at("modifiers")) {
    const std::string type = text_of(modifier, "type");
    if (type == "LIMIT_MODIFIER") {
      limited = true;
      limit = modifier;
    } else if (type == "DISTINCT_MODIFIER") {
      distinct = true;
    } else if (type != "ORDER_MODIFIER") {
      unsupported("unsupported_clause", type);
    }
  }
  for (const Json& modifier : node.at("modifiers")) {
    if (text_of(modifier, "type") == "DISTINCT_MODIFIER" && modifier.contains("distinct_on_targets")) {
      for (const Json& target : modifier["distinct_on_targets"]) distinct_on.push_back(order_item(target));
    }
    if (text_of(modifier, "type") == "ORDER_MODIFIER" && (limited || distinct)) {
      for (const Json& order : modifier.at("orders")) {
        if (is_class(order.at("expression"), "STAR")) unsupported("unsupported_clause", "ORDER BY ALL with LIMIT");
        order_items.emplace_back(order, order_item(order.at("expression")));
      }
    }
  }

  Lowering lowering;
  const bool grouped = !node.at("group_expressions").empty() || text_of(node, "aggregate_handling") == "FORCE_AGGREGATES" || present(node, "having") ||
                       std::any_of(items.begin(), items.end(), [&](const Item& item) { return has_aggregate(item.expr); }) ||
                       (!qualify.is_null() && has_aggregate(qualify));
  if (grouped) {
    lowering.keys = bind_group_keys(node, scope, std::vector<Item>(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(visible)), environment);
    const Json& sets = node.at("group_sets");
    const bool several = sets.size() > 1 || (sets.size() == 1 && sets[0].size() != node.at("group_expressions").size());
    Rel keys;
    keys.op = Op::kProject;
    keys.inputs = {rel};
    for (const Column& column : rel->columns) {
      keys.columns.push_back(column);
      keys.exprs.push_back(reference(column.id));
    }
    std::vector<Column> inner;
    for (const Json& key : lowering.keys) {
      if (has_aggregate(key)) unsupported("unsupported_expression", "an aggregate as a group key");
      inner.push_back(make_column("key"));
      keys.columns.push_back(inner.back());
      keys.exprs.push_back(key);
      lowering.key_columns.push_back(several ? make_column("key") : inner.back());
    }
    rel = make(std::move(keys));
    for (Item& item : items) item.expr = lower_aggregates(item.expr, lowering);
    if (!having.is_null()) having = lower_aggregates(having, lowering);
    if (!qualify.is_null()) qualify = lower_aggregates(qualify, lowering);
    Rel aggregate;
    aggregate.op = Op::kAggregate;
    aggregate.inputs = {rel};
    aggregate.keys = lowering.keys.size();
    for (size_t i = 0; i < lowering.keys.size(); ++i) {
      aggregate.columns.push_back(lowering.key_columns[i]);
      aggregate.exprs.push_back(reference(inner[i].id));
    }
    for (size_t i = 0; i < lowering.aggregates.size(); ++i) {
      aggregate.columns.push_back(lowering.aggregate_columns[i]);
      aggregate.exprs.push_back(lowering.aggregates[i]);
    }
    if (several) aggregate.grouping_sets = sets.get<std::vector<std::vector<size_t>>>();
    rel = make(std::move(aggregate));
    if (!having.is_null()) {
      Rel filter;
      filter.op = Op::kFilter;
      filter.columns = rel->columns;
      filter.exprs = {having};
      filter.inputs = {rel};
      rel = make(std::move(filter));
    }
  }
  for (Item& item : items) item.expr = lower_windows(item.expr, lowering);
  if (!qualify.is_null()) qualify = lower_windows(qualify, lowering);
  if (!lowering.windows.empty()) {
    Rel window;
    window.op = Op::kWindow;
    window.columns = rel->columns;
    window.columns.insert(window.columns.end(), lowering.window_columns.begin(), lowering.window_columns.end());
    window.exprs = lowering.windows;
    window.inputs = {rel};
    rel = make(std::move(window));
  }
  if (!qualify.is_null()) {
    Rel filter;
    filter.op = Op::kFilter;
    filter.columns = rel->columns;
    filter.exprs = {qualify};
    filter.inputs = {rel};
    rel = make(std::move(filter));
  }

  Rel project;
  project.op = Op::kProject;
  project.inputs = {rel};
  for (const Item& item : items) {
    project.columns.push_back(make_column(item.name));
    project.exprs.push_back(item.expr);
  }
  if (distinct && distinct_on.empty() && items.size() > visible) unsupported("unsupported_clause", "DISTINCT ordered by what it does not select");
  rel = make(std::move(project));
  Json orders = Json::array();
  for (const auto& [order, item] : order_items) {
    Json copy = order;
    copy["expression"] = reference(rel->columns[static_cast<size_t>(item)].id);
    orders.push_back(std::move(copy));
  }
  if (distinct) {
    Rel unique;
    unique.op = Op::kDistinct;
    unique.columns = rel->columns;
    unique.inputs = {rel};
    for (const int target : distinct_on) unique.exprs.push_back(reference(rel->columns[static_cast<size_t>(target)].id));
    if (!distinct_on.empty()) unique.orders = orders;
    rel = make(std::move(unique));
  }
  if (limited) {
    Rel order;
    order.op = Op::kOrder;
    order.columns = rel->columns;
    order.inputs = {rel};
    order.orders = orders;
    order.limit = limit;
    for (const char* key : {"limit", "offset"}) {
      if (present(limit, key) && !constant_text(limit[key])) unsupported("unsupported_clause", "LIMIT that is no constant");
    }
    rel = make(std::move(order));
  }
  if (items.size() > visible) {
    Rel trim;
    trim.op = Op::kProject;
    trim.inputs = {rel};
    for (size_t i = 0; i < visible; ++i) {
      trim.columns.push_back(rel->columns[i]);
      trim.exprs.push_back(reference(rel->columns[i].id));
    }
    rel = make(std::move(trim));
  }
  return rel;
}

RelPtr Binder::align_by_name(const RelPtr& rel, const std::vector<std::string>& names, const std::vector<std::string>& all) {
  Rel project;
  project.op = Op::kProject;
  project.inputs = {rel};
  for (const std::string& name : all) {
    size_t at = 0;
    while (at < names.size() && !equals_ignore_case(names[at], name)) ++at;
    project.columns.push_back(make_column(name));
    if (at < names.size()) {
      project.exprs.push_back(reference(rel->columns[at].id));
    } else {
      project.exprs.push_back(Json{{"class", "CONSTANT"},
                                   {"type", "VALUE_CONSTANT"},
                                   {"alias", ""},
                                   {"value", Json{{"type", Json{{"id", "NULL"}, {"type_info", nullptr}}}, {"is_null", true}}}});
    }
  }
  return make(std::move(project));
}

RelPtr Binder::bind_set_operation(const Json& node, const EnvironmentPtr& environment, std::vector<std::string>& names) {
  const std::string type = text_of(node, "setop_type");
  std::vector<RelPtr> inputs;
  std::vector<std::vector<std::string>> input_names;
  const auto add = [&](const Json& child) {
    std::vector<std::string> child_names;
    inputs.push_back(bind_node(child, environment, child_names));
    input_names.push_back(std::move(child_names));
  };
  if (node.contains("children") && node["children"].is_array() && !node["children"].empty()) {
    for (const Json& child : node["children"]) add(child);
  } else {
    add(node.at("left"));
    add(node.at("right"));
  }
  Rel rel;
  rel.op = Op::kSetOp;
  rel.all = node.value("setop_all", false);
  if (type == "UNION" || type == "UNION_BY_NAME") {
    rel.set = SetKind::kUnion;
  } else if (type == "EXCEPT") {
    rel.set = SetKind::kExcept;
  } else if (type == "INTERSECT") {
    rel.set = SetKind::kIntersect;
  } else {
    unsupported("unsupported_clause", type);
  }
  names = input_names[0];
  if (type == "UNION_BY_NAME") {
    for (size_t i = 1; i < inputs.size(); ++i) {
      for (const std::string& name : input_names[i]) {
        if (std::none_of(names.begin(), names.end(), [&](const std::string& n) { return equals_ignore_case(n, name); })) names.push_back(name);
      }
    }
    if (std::any_of(names.begin(), names.end(), [](const std::string& n) { return n.empty(); }))
      unsupported("unsupported_clause", "UNION BY NAME of columns without names");
    for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = align_by_name(inputs[i], input_names[i], names);
  }
  RelPtr out = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) {
    Rel step = rel;
    if (inputs[i]->columns.size() != names.size()) unsupported("unknown_name", "a set operation over different numbers of columns");
    step.inputs = {out, inputs[i]};
    for (const std::string& name : names) step.columns.push_back(make_column(name));
    out = make(std::move(step));
  }
  Json limit, orders = Json::array();
  bool limited = false;
  for (const Json& modifier : node.at("modifiers")) {
    const std::string kind = text_of(modifier, "type");
    if (kind == "LIMIT_MODIFIER") {
      limited = true;
      limit = modifier;
    } else if (kind == "DISTINCT_MODIFIER") {
      Rel unique;
      unique.op = Op::kDistinct;
      unique.columns = out->columns;
      unique.inputs = {out};
      out = make(std::move(unique));
    }
  }
  if (!limited) return out;
  for (const Json& modifier : node.at("modifiers")) {
    if (text_of(modifier, "type") != "ORDER_MODIFIER") continue;
    for (const Json& order : modifier.at("orders")) {
      const Json& expression = order.at("expression");
      int at = -1;
      if (const auto position = position_of(expression)) at = static_cast<int>(*position) - 1;
      if (is_class(expression, "COLUMN_REF") && expression.at("column_names").size() == 1) {
        for (size_t i = 0; i < names.size() && at < 0; ++i) {
          if (equals_ignore_case(names[i], expression["column_names"][0].get<std::string>())) at = static_cast<int>(i);
        }
      }
      if (at < 0 || at >= static_cast<int>(names.size())) unsupported("unsupported_clause", "ORDER BY of an expression over a set operation");
      Json copy = order;
      copy["expression"] = reference(out->columns[static_cast<size_t>(at)].id);
      orders.push_back(std::move(copy));
    }
  }
  for (const char* key : {"limit", "offset"}) {
    if (present(limit, key) && !constant_text(limit[key])) unsupported("unsupported_clause", "LIMIT that is no constant");
  }
  Rel order;
  order.op = Op::kOrder;
  order.columns = out->columns;
  order.inputs = {out};
  order.orders = std::move(orders);
  order.limit = std::move(limit);
  return make(std::move(order));
}

}  // namespace tidemark::sql
