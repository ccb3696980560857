#include "sql/exact.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sql/aggregates.h"
#include "sql/building.h"
#include "sql/emit.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

constexpr const char* kDouble = "DOUBLE";

bool is_average(const std::string& name) { return name == "avg" || name == "mean"; }

Json double_type() { return Json{{"id", kDouble}, {"type_info", nullptr}}; }

class Rewriting {
 public:
  Rewriting(const Query& query, SqlParser& parser) : out_(query), parser_(parser), next_id_(largest_id(query) + 1) {}

  Query run() {
    // Subqueries are in the order of their binding: inner ones first.
    for (RelPtr& subquery : out_.subqueries) subquery = rewritten(subquery);
    out_.root = rewritten(out_.root);
    return std::move(out_);
  }

 private:
  RelPtr rewritten(const RelPtr& rel) {
    if (const auto known = done_.find(rel.get()); known != done_.end()) return known->second;
    Rel copy = *rel;
    bool changed = false;
    for (RelPtr& input : copy.inputs) {
      RelPtr below = rewritten(input);
      changed = changed || below != input;
      input = std::move(below);
    }
    RelPtr out = changed ? share(copy) : rel;
    if (rel->op == Op::kAggregate) out = aggregate(std::move(copy), out);
    if (rel->op == Op::kWindow) out = window(std::move(copy), out);
    if (rel->op == Op::kDistinct) out = distinct(std::move(copy), out);
    done_[rel.get()] = out;
    kept_.push_back(rel);
    return out;
  }

  static std::vector<Json> children_of(const Json& call) { return {call.at("children").begin(), call.at("children").end()}; }

  // Types of the arguments of each call that has an exact or canonical form; empty lists for the others.
  std::vector<std::vector<std::string>> argument_types(const std::vector<Json>& calls, size_t first, const RelPtr& input) {
    std::vector<Json> all;
    std::vector<size_t> counts(calls.size(), 0);
    for (size_t i = first; i < calls.size(); ++i) {
      const Aggregate* known = find_aggregate(function_name(calls[i]));
      if (known == nullptr || known->doubles == Doubles::kAny) continue;
      for (const Json& child : calls[i].at("children")) all.push_back(child);
      counts[i] = calls[i].at("children").size();
    }
    const std::vector<std::string> types = all.empty() ? std::vector<std::string>() : expression_types(out_, input, all, parser_);
    std::vector<std::vector<std::string>> out(calls.size());
    size_t at = 0;
    for (size_t i = 0; i < calls.size(); ++i) {
      out[i].assign(types.begin() + static_cast<std::ptrdiff_t>(at), types.begin() + static_cast<std::ptrdiff_t>(at + counts[i]));
      at += counts[i];
    }
    return out;
  }

  // The call with an exact function where its arguments ask for it.
  Json exact_call(const Json& call, const std::vector<std::string>& types) {
    const Aggregate* known = find_aggregate(function_name(call));
    if (known == nullptr || types.empty()) return call;
    Json out = call;
    const bool doubles = std::any_of(types.begin(), types.end(), is_double);
    if (known->doubles == Doubles::kCanonical) {
      // quantiles' other arguments are constants
      if (is_double(types[0])) out["children"][0] = canonical_double(call.at("children")[0], types[0], parser_);
      return out;
    }
    const bool always = known->partial != Partial::kSum && !is_average(std::string(known->name));
    if (!always && !doubles) return call;
    out["function_name"] = known->exact;
    // Of no consequence, and not survived either.
    if (out.contains("order_bys")) out["order_bys"]["orders"] = Json::array();
    if (out.contains("arg_orders")) out["arg_orders"] = Json::array();
    for (size_t i = 0; i < types.size(); ++i) {
      if (types[i] != kDouble) out["children"][i] = cast_expression(out["children"][i], double_type());
    }
    return out;
  }

  // The engine takes a shortcut for frames that are whole partitions which functions from outside do not survive: they are
  // written as frames that happen to reach from end to end.
  static Json without_shortcut(Json window) {
    const auto reaches = [&](const char* side, const char* unbounded) {
      const Json& bound = window.at(side);
      return bound == unbounded || (window.at("orders").empty() && (bound == "CURRENT_ROW_RANGE" || bound == "CURRENT_ROW_GROUPS"));
    };
    if (!reaches("start", "UNBOUNDED_PRECEDING") || !reaches("end", "UNBOUNDED_FOLLOWING")) return window;
    window["start"] = "UNBOUNDED_PRECEDING";
    window["end"] = "EXPR_FOLLOWING_ROWS";
    window["end_expr"] = constant_integer(int64_t{1} << 62);
    return window;
  }

  static bool averages_numbers(const Json& call, const std::vector<std::string>& types) {
    return is_average(function_name(call)) && types.size() == 1 && (is_integer(types[0]) || is_decimal(types[0]));
  }

  // arg_min(x, y): of rows with the least y (and neither NULL) the least x, as min() of pairs; arg_max likewise.
  bool is_pair(const Json& call) { return picks_by_pair(call) && call.at("children").size() == 2 && call.at("order_bys").at("orders").empty(); }

  Json pair_call(const Json& call, const std::vector<std::string>& types) {
    std::vector<Json> parts, conditions;
    if (!call.at("filter").is_null()) conditions.push_back(call.at("filter"));
    for (const size_t at : {size_t{1}, size_t{0}}) {
      Json value = call.at("children")[at];
      if (is_double(types.at(at))) value = canonical_double(value, types[at], parser_);
      value["alias"] = "";
      Json there = Json{{"class", "OPERATOR"}, {"type", "OPERATOR_IS_NOT_NULL"}, {"alias", ""}, {"children", Json::array({value})}};
      conditions.push_back(std::move(there));
      parts.push_back(with_alias(std::move(value), at == 1 ? "by" : "given"));
    }
    Json out = call;
    const std::string name = function_name(call);
    out["function_name"] = name.find("min") != std::string::npos ? "min" : "max";
    out["children"] = Json::array({function_call("struct_pack", std::move(parts))});
    out["filter"] = conjunction(std::move(conditions));
    out["distinct"] = false;
    return out;
  }

  RelPtr aggregate(Rel rel, const RelPtr& unchanged) {
    const std::vector<std::vector<std::string>> types = argument_types(rel.exprs, rel.keys, rel.inputs[0]);
    const std::vector<Json> before = rel.exprs;
    const std::vector<Column> columns = rel.columns;
    std::map<int, Json> above;  // what a projection on top computes
    std::vector<Json> exprs(rel.exprs.begin(), rel.exprs.begin() + static_cast<std::ptrdiff_t>(rel.keys));
    rel.columns.resize(rel.keys);
    for (size_t i = rel.keys; i < before.size(); ++i) {
      if (averages_numbers(before[i], types[i])) {
        Json sum = before[i], count = before[i];
        sum["function_name"] = "sum";
        count["function_name"] = "count";
        std::vector<Json> parts;
        for (Json* call : {&sum, &count}) {
          Column column{next_id_++, function_name(*call), {}, false};
          parts.push_back(cast_expression(reference(column.id), double_type()));
          rel.columns.push_back(std::move(column));
          exprs.push_back(std::move(*call));
        }
        Json quotient = function_call("/", std::move(parts));
        quotient["is_operator"] = true;
        above[columns[i].id] = std::move(quotient);
      } else if (is_pair(before[i])) {
        Column column{next_id_++, function_name(before[i]), {}, false};
        above[columns[i].id] = function_call("struct_extract", {reference(column.id), constant_string("given")});
        rel.columns.push_back(std::move(column));
        exprs.push_back(pair_call(before[i], types[i]));
      } else {
        rel.columns.push_back(columns[i]);
        exprs.push_back(exact_call(before[i], types[i]));
      }
    }
    const bool canonical = canonical_keys(rel);
    if (!canonical && above.empty() && exprs == before) return unchanged;
    rel.exprs = std::move(exprs);
    RelPtr out = share(std::move(rel));
    if (above.empty()) return out;
    Rel project;
    project.op = Op::kProject;
    project.inputs = {out};
    for (const Column& column : columns) {
      project.columns.push_back(column);
      const auto computed = above.find(column.id);
      project.exprs.push_back(computed != above.end() ? computed->second : reference(column.id));
    }
    return share(std::move(project));
  }

  // Keys that are doubles are made canonical in a projection below. The keys' references stay.
  bool canonical_keys(Rel& rel) {
    std::vector<int> ids;
    for (size_t i = 0; i < rel.keys; ++i) ids.push_back(column_id(rel.exprs[i]));
    return canonical_columns(rel, ids);
  }

  bool canonical_columns(Rel& rel, const std::vector<int>& ids) {
    if (ids.empty()) return false;
    std::vector<Json> references;
    for (const int id : ids) references.push_back(reference(id));
    const std::vector<std::string> types = expression_types(out_, rel.inputs[0], references, parser_);
    if (std::none_of(types.begin(), types.end(), is_double)) return false;
    Rel below = passing(rel.inputs[0]);
    for (size_t i = 0; i < ids.size(); ++i) {
      if (!is_double(types[i])) continue;
      for (size_t k = 0; k < below.columns.size(); ++k) {
        if (below.columns[k].id == ids[i]) below.exprs[k] = canonical_double(reference(ids[i]), types[i], parser_);
      }
    }
    rel.inputs[0] = share(std::move(below));
    return true;
  }

  RelPtr distinct(Rel rel, const RelPtr& unchanged) {
    std::vector<int> ids;
    for (const Column& column : rel.columns) ids.push_back(column.id);
    return canonical_columns(rel, ids) ? share(std::move(rel)) : unchanged;
  }

  RelPtr window(Rel rel, const RelPtr& unchanged) {
    const std::vector<std::vector<std::string>> types = argument_types(rel.exprs, 0, rel.inputs[0]);
    std::vector<Json> exprs;
    for (size_t i = 0; i < rel.exprs.size(); ++i) {
      Json call = exact_call(rel.exprs[i], types[i]);
      const bool exact = call.at("function_name") != rel.exprs[i].at("function_name");
      exprs.push_back(exact ? without_shortcut(std::move(call)) : std::move(call));
    }
    if (exprs == rel.exprs) return unchanged;
    rel.exprs = std::move(exprs);
    return share(std::move(rel));
  }

  Query out_;
  SqlParser& parser_;
  int next_id_;
  std::map<const Rel*, RelPtr> done_;
  std::vector<RelPtr> kept_;  // addresses in done_ stay taken
};

}  // namespace

std::vector<ColumnType> relation_types(const Query& query, const RelPtr& rel, SqlParser& parser) {
  return parser.describe(parser.print(emit_relation(query, rel, {})));
}

std::vector<std::string> expression_types(const Query& query, const RelPtr& input, const std::vector<Json>& expressions, SqlParser& parser) {
  Rel project;
  project.op = Op::kProject;
  project.inputs = {input};
  for (size_t i = 0; i < expressions.size(); ++i) project.columns.push_back({static_cast<int>(1'000'000 + i), "", "", false});
  project.exprs = expressions;
  std::vector<std::string> out;
  if (expressions.empty()) return out;
  for (ColumnType& column : relation_types(query, share(std::move(project)), parser)) out.push_back(std::move(column.type));
  return out;
}

Json type_tree(const std::string& type, SqlParser& parser) {
  const Json tree = without_locations(parser.parse("SELECT CAST(NULL AS " + type + ")"));
  return statement_node(tree).at("select_list").at(0).at("cast_type");
}

bool is_double(const std::string& type) { return type == kDouble || type == "FLOAT"; }

bool is_integer(const std::string& type) {
  static constexpr std::string_view kTypes[] = {"TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",  "HUGEINT",
                                                "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

bool is_decimal(const std::string& type) { return type.starts_with("DECIMAL"); }

Json canonical_double(const Json& expression, const std::string& type, SqlParser& parser) {
  // CASE WHEN x = 0 THEN 0 WHEN x = 'nan' THEN 'nan' ELSE x END
  const Json tree = type == kDouble ? double_type() : type_tree(type, parser);
  Json value = expression;
  value["alias"] = "";
  Json out = Json{{"class", "CASE"}, {"type", "CASE_EXPR"}, {"alias", ""}};
  out["case_checks"] = Json::array();
  for (const char* text : {"0", "nan"}) {
    const Json constant = cast_expression(constant_string(text), tree);
    out["case_checks"].push_back(Json{{"when_expr", comparison("COMPARE_EQUAL", value, constant)}, {"then_expr", constant}});
  }
  out["else_expr"] = value;
  return out;
}

int largest_id(const Query& query) {
  int largest = 0;
  std::vector<RelPtr> roots = query.subqueries;
  roots.push_back(query.root);
  for (const RelPtr& root : roots) {
    for (const RelPtr& rel : relations_below(query, root)) {
      for (const Column& column : rel->columns) largest = std::max(largest, column.id);
    }
  }
  return largest;
}

Query exact_query(const Query& query, SqlParser& parser) { return Rewriting(query, parser).run(); }

}  // namespace tidemark::sql
