// Subqueries in WHERE, as joins: EXISTS and IN as semi joins, NOT EXISTS as anti joins, scalar aggregates as joins with their
// groups. Where that cannot be done with the same meaning, those that refer to nothing outside stay as they are.
#include <algorithm>

#include "sql/binder.h"
#include "sql/building.h"
#include "sql/push_filters.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

std::optional<size_t> subquery_of(const Json& expression, std::string_view type) {
  if (!is_class(expression, "SUBQUERY") || expression.value("subquery_type", "") != type || !expression.contains("tm_subquery")) return std::nullopt;
  return expression["tm_subquery"].get<size_t>();
}

std::optional<size_t> scalar_in(const Json& expression) {
  std::optional<size_t> found = subquery_of(expression, "SCALAR");
  for_each_child(expression, [&](const Json& child) {
    if (!found) found = scalar_in(child);
  });
  return found;
}

std::set<int> ids_in(const Json& expression) {
  std::vector<int> ids;
  if (!expression.is_null()) collect_ids(expression, ids);
  return {ids.begin(), ids.end()};
}

bool is_about(const Json& expression, const Rel& rel) {
  const std::set<int> ids = ids_in(expression);
  return std::all_of(ids.begin(), ids.end(), [&](int id) { return find_column(rel, id) != nullptr; });
}

// Whether the relation refers to nothing that is not below it.
bool is_closed(const RelPtr& rel) {
  const auto knows = [&](const Json& expression) {
    const std::set<int> ids = ids_in(expression);
    return std::all_of(ids.begin(), ids.end(), [&](int id) {
      return std::any_of(rel->inputs.begin(), rel->inputs.end(), [&](const RelPtr& input) { return find_column(*input, id) != nullptr; });
    });
  };
  for (const Json& expression : rel->exprs) {
    if (!expression.is_null() && !knows(expression)) return false;
  }
  for (const Json& order : rel->orders) {
    if (!knows(order.at("expression"))) return false;
  }
  return std::all_of(rel->inputs.begin(), rel->inputs.end(), is_closed);
}

// The rows below filters that refer to something outside, and these conditions.
struct Opened {
  RelPtr rel;
  std::vector<Json> outside;
};

std::optional<Opened> opened(const RelPtr& rel) {
  if (is_closed(rel)) return Opened{rel, {}};
  if (rel->op == Op::kFilter) {
    auto below = opened(rel->inputs[0]);
    if (!below) return std::nullopt;
    std::vector<Json> conjuncts, own;
    collect_conjuncts(rel->exprs[0], conjuncts);
    for (Json& conjunct : conjuncts) (is_about(conjunct, *below->rel) ? own : below->outside).push_back(std::move(conjunct));
    below->rel = filtered(below->rel, std::move(own));
    return below;
  }
  if (rel->op == Op::kProject) {
    // Columns that conditions are about are passed on beside those of the projection.
    auto below = opened(rel->inputs[0]);
    if (!below) return std::nullopt;
    Rel out = *rel;
    out.inputs = {below->rel};
    for (const Json& expression : out.exprs) {
      if (!is_about(expression, *below->rel)) return std::nullopt;
    }
    for (const Column& column : below->rel->columns) {
      if (find_column(out, column.id) != nullptr) continue;
      out.columns.push_back(column);
      out.exprs.push_back(reference(column.id));
    }
    below->rel = share(std::move(out));
    return below;
  }
  return std::nullopt;
}

bool is_counting(const Json& call) {
  const std::string name = function_name(call);
  return name.starts_with("count") || name == "approx_count_distinct" || name == "regr_count";
}

bool is_null_of_nulls(const Json& value) {
  static const std::set<std::string> kStrict{"+", "-", "*", "/"};
  return !ids_in(value).empty() && !any_expression(value, [](const Json& e) {
    const bool plain = is_class(e, "COLUMN_REF") || is_class(e, "CONSTANT") || is_class(e, "CAST");
    return !plain && !(is_class(e, "FUNCTION") && kStrict.contains(function_name(e)));
  });
}

}  // namespace

// Rows of `rel` with (or without) a row of the subquery; nullptr: cannot be said as a join.
RelPtr Binder::existing(const RelPtr& rel, size_t subquery, const Json& compared, bool negated) {
  RelPtr inner = subqueries_.at(subquery);
  if (compared.is_null()) {
    // What EXISTS selects is of no consequence.
    while (inner->op == Op::kProject && !inner->inputs.empty()) inner = inner->inputs[0];
  }
  auto open = opened(inner);
  if (!open) return nullptr;
  if (!compared.is_null()) open->outside.push_back(comparison("COMPARE_EQUAL", compared, reference(inner->columns.at(0).id)));
  if (open->outside.empty()) return nullptr;
  for (const Json& condition : open->outside) {
    for (const int id : ids_in(condition)) {
      if (find_column(*rel, id) == nullptr && find_column(*open->rel, id) == nullptr) return nullptr;
    }
  }
  Rel join;
  join.op = Op::kJoin;
  join.join = negated ? JoinKind::kAnti : JoinKind::kSemi;
  join.columns = rel->columns;
  join.inputs = {rel, open->rel};
  join.exprs = {conjunction(std::move(open->outside))};
  forget(subquery);
  return make(std::move(join));
}

// It is part of the relation now.
void Binder::forget(size_t subquery) {
  correlated_.erase(subquery);
  subqueries_.at(subquery) = make({});
}

bool Binder::join_condition(RelPtr& rel, const Json& conjunct) {
  const bool negated = is_class(conjunct, "OPERATOR") && conjunct.value("type", "") == "OPERATOR_NOT";
  const Json& expression = negated ? conjunct.at("children").at(0) : conjunct;
  RelPtr joined;
  if (const auto exists = subquery_of(expression, "EXISTS")) {
    joined = existing(rel, *exists, Json(), negated);
  } else if (const auto any = subquery_of(expression, "ANY"); any && !negated && expression.value("comparison_type", "") == "COMPARE_EQUAL") {
    const RelPtr& inner = subqueries_.at(*any);
    const Json child = expression.value("child", Json());
    if (inner->columns.size() == 1 && child.is_object() && is_about(child, *rel)) joined = existing(rel, *any, child, false);
  }
  if (!joined) return false;
  rel = joined;
  return true;
}

// A scalar aggregate over rows that equal something outside: a join with the aggregate of each group of them. Over all rows: a
// join with its one row.
bool Binder::join_scalars(RelPtr& rel, Json& conjunct) {
  const auto at = scalar_in(conjunct);
  if (!at) return false;
  RelPtr top = subqueries_.at(*at);
  if (top->op != Op::kProject || top->columns.size() != 1) return false;
  const RelPtr aggregate = top->inputs.at(0);
  if (aggregate->op != Op::kAggregate || aggregate->keys != 0 || !aggregate->grouping_sets.empty()) return false;
  auto open = opened(aggregate->inputs[0]);
  if (!open) return false;
  Rel grouped = *aggregate;
  Rel keyed = passing(open->rel);
  std::vector<Json> matches;
  for (const Json& condition : open->outside) {
    if (!is_class(condition, "COMPARISON") || condition.value("type", "") != "COMPARE_EQUAL") return false;
    const bool left = is_about(condition.at("left"), *open->rel);
    const Json &own = condition.at(left ? "left" : "right"), &other = condition.at(left ? "right" : "left");
    if (!is_about(own, *open->rel) || !is_about(other, *rel)) return false;
    Column key = make_column("key");
    keyed.columns.push_back(key);
    keyed.exprs.push_back(own);
    matches.push_back(comparison("COMPARE_EQUAL", other, reference(key.id)));
    grouped.columns.insert(grouped.columns.begin() + static_cast<std::ptrdiff_t>(grouped.keys), key);
    grouped.exprs.insert(grouped.exprs.begin() + static_cast<std::ptrdiff_t>(grouped.keys), reference(key.id));
    ++grouped.keys;
  }
  for (size_t i = grouped.keys; i < grouped.exprs.size(); ++i) {
    if (!is_about(grouped.exprs[i], *open->rel) || (grouped.keys > 0 && is_counting(grouped.exprs[i]))) return false;
  }
  // Without a group there is NULL, which is what the value must be then.
  if (grouped.keys > 0 && !is_null_of_nulls(top->exprs[0])) return false;
  grouped.inputs = {make(std::move(keyed))};
  Rel value = *top;
  const Column given = value.columns[0];
  const std::vector<Column> keys(grouped.columns.begin(), grouped.columns.begin() + static_cast<std::ptrdiff_t>(grouped.keys));
  value.inputs = {make(std::move(grouped))};
  for (const Column& key : keys) {
    value.columns.push_back(key);
    value.exprs.push_back(reference(key.id));
  }
  Rel join;
  join.op = Op::kJoin;
  join.join = matches.empty() ? JoinKind::kInner : JoinKind::kLeft;
  join.inputs = {rel, make(std::move(value))};
  join.columns = rel->columns;
  join.columns.insert(join.columns.end(), join.inputs[1]->columns.begin(), join.inputs[1]->columns.end());
  join.exprs = {matches.empty() ? Json() : conjunction(std::move(matches))};
  const std::function<Json(const Json&)> with_value = [&](const Json& expression) {
    if (subquery_of(expression, "SCALAR") == at) return reference(given.id);
    Json out = expression;
    for_each_child(out, [&](Json& child) { child = with_value(child); });
    return out;
  };
  conjunct = with_value(conjunct);
  rel = make(std::move(join));
  forget(*at);
  return true;
}

RelPtr Binder::filter_by(RelPtr rel, const Json& condition) {
  const RelPtr rows = rel;
  std::vector<Json> conjuncts, rest;
  collect_conjuncts(condition, conjuncts);
  std::vector<Json> joining;
  for (Json& conjunct : conjuncts) {
    const bool asks = any_expression(conjunct, [](const Json& e) { return e.contains("tm_subquery"); });
    (asks ? joining : rest).push_back(std::move(conjunct));
  }
  if (joining.empty()) {
    Rel filter;
    filter.op = Op::kFilter;
    filter.columns = rel->columns;
    filter.exprs = {condition};
    filter.inputs = {rel};
    return make(std::move(filter));
  }
  // The others first: they are cheap.
  rel = filtered(rel, std::move(rest));
  std::vector<Json> left;
  for (Json& conjunct : joining) {
    if (join_condition(rel, conjunct)) continue;
    while (join_scalars(rel, conjunct)) {
    }
    left.push_back(std::move(conjunct));
  }
  rel = filtered(rel, std::move(left));
  // What was joined for conditions alone is not passed on.
  Rel out = passing(rel);
  out.columns = rows->columns;
  out.exprs.clear();
  for (const Column& column : rows->columns) out.exprs.push_back(reference(column.id));
  return make(std::move(out));
}

}  // namespace tidemark::sql
