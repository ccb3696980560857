#include "sql/aggregates.h"

#include <algorithm>

#include "sql/tree.h"

namespace tidemark::sql {

namespace {

constexpr Aggregate kAggregates[] = {
    {"count", Partial::kCount},
    {"count_star", Partial::kCount},
    {"count_if", Partial::kSum},  // NULL over no rows
    {"countif", Partial::kSum},
    {"sum", Partial::kSum, Doubles::kExact, "tm_sum"},
    {"fsum", Partial::kSums, Doubles::kExact, "tm_sum"},
    {"kahan_sum", Partial::kSums, Doubles::kExact, "tm_sum"},
    {"sumkahan", Partial::kSums, Doubles::kExact, "tm_sum"},
    {"avg", Partial::kNone, Doubles::kExact, "tm_avg"},
    {"mean", Partial::kNone, Doubles::kExact, "tm_avg"},
    {"favg", Partial::kSums, Doubles::kExact, "tm_avg"},
    {"var_pop", Partial::kMoments, Doubles::kExact, "tm_var_pop"},
    {"var_samp", Partial::kMoments, Doubles::kExact, "tm_var_samp"},
    {"variance", Partial::kMoments, Doubles::kExact, "tm_var_samp"},
    {"stddev_pop", Partial::kMoments, Doubles::kExact, "tm_stddev_pop"},
    {"stddev_samp", Partial::kMoments, Doubles::kExact, "tm_stddev_samp"},
    {"stddev", Partial::kMoments, Doubles::kExact, "tm_stddev_samp"},
    {"covar_pop", Partial::kComoments, Doubles::kExact, "tm_covar_pop"},
    {"covar_samp", Partial::kComoments, Doubles::kExact, "tm_covar_samp"},
    {"corr", Partial::kComoments, Doubles::kExact, "tm_corr"},
    {"min", Partial::kSame, Doubles::kCanonical},
    {"max", Partial::kSame, Doubles::kCanonical},
    {"bool_and", Partial::kSame},
    {"bool_or", Partial::kSame},
    {"bit_and", Partial::kSame},
    {"bit_or", Partial::kSame},
    {"bit_xor", Partial::kSame},
    // What exact_query() makes of the above.
    {"tm_sum", Partial::kSums},
    {"tm_avg", Partial::kSums},
    {"tm_var_pop", Partial::kMoments},
    {"tm_var_samp", Partial::kMoments},
    {"tm_stddev_pop", Partial::kMoments},
    {"tm_stddev_samp", Partial::kMoments},
    {"tm_covar_pop", Partial::kComoments},
    {"tm_covar_samp", Partial::kComoments},
    {"tm_corr", Partial::kComoments},
    // Not from parts.
    {"median", Partial::kNone, Doubles::kCanonical},
    {"quantile_cont", Partial::kNone, Doubles::kCanonical},
    {"quantile_disc", Partial::kNone, Doubles::kCanonical},
    {"quantile", Partial::kNone, Doubles::kCanonical},
    {"mad", Partial::kNone, Doubles::kCanonical},
    {"histogram", Partial::kNone, Doubles::kCanonical},
    {"approx_count_distinct", Partial::kNone, Doubles::kCanonical},
    // Of two arguments, by exact_query(): the least or greatest pair of them.
    {"arg_min", Partial::kNone, Doubles::kCanonical},
    {"arg_max", Partial::kNone, Doubles::kCanonical},
    {"argmin", Partial::kNone, Doubles::kCanonical},
    {"argmax", Partial::kNone, Doubles::kCanonical},
    {"min_by", Partial::kNone, Doubles::kCanonical},
    {"max_by", Partial::kNone, Doubles::kCanonical},
    // Only where an ORDER BY says which rows come first.
    {"first", Partial::kNone, Doubles::kAny, "", true},
    {"last", Partial::kNone, Doubles::kAny, "", true},
    {"any_value", Partial::kNone, Doubles::kAny, "", true},
    {"arbitrary", Partial::kNone, Doubles::kAny, "", true},
    {"string_agg", Partial::kNone, Doubles::kAny, "", true},
    {"group_concat", Partial::kNone, Doubles::kAny, "", true},
    {"listagg", Partial::kNone, Doubles::kAny, "", true},
    {"list", Partial::kNone, Doubles::kAny, "", true},
    {"array_agg", Partial::kNone, Doubles::kAny, "", true},
};

Json plain(Json expression) {
  expression["alias"] = "";
  return expression;
}

}  // namespace

std::span<const Aggregate> aggregates() { return kAggregates; }

const Aggregate* find_aggregate(std::string_view lower_case) {
  const auto* found = std::find_if(std::begin(kAggregates), std::end(kAggregates), [&](const Aggregate& one) { return one.name == lower_case; });
  return found == std::end(kAggregates) ? nullptr : found;
}

bool picks_by_pair(const Json& call) {
  static const std::set<std::string, std::less<>> kNames{"arg_min", "arg_max", "argmin", "argmax", "min_by", "max_by"};
  return kNames.contains(function_name(call));
}

bool order_decides(const Json& orders, const std::vector<Json>& expressions, const std::vector<int>& beside, const std::vector<std::set<int>>& unique_keys) {
  std::vector<Json> ordered;
  std::set<int> ids(beside.begin(), beside.end());
  for (const Json& order : orders) {
    ordered.push_back(plain(order.at("expression")));
    if (const int id = column_id(ordered.back()); id >= 0) ids.insert(id);
  }
  for (const std::set<int>& key : unique_keys) {
    if (std::includes(ids.begin(), ids.end(), key.begin(), key.end())) return true;
  }
  if (expressions.empty()) return false;
  return std::all_of(expressions.begin(), expressions.end(), [&](const Json& expression) {
    if (std::find(ordered.begin(), ordered.end(), plain(expression)) != ordered.end()) return true;
    std::vector<int> used;
    collect_ids(expression, used);
    return !any_expression(expression, [](const Json& e) { return is_class(e, "SUBQUERY"); }) &&
           std::all_of(used.begin(), used.end(), [&](int id) { return ids.contains(id); });
  });
}

}  // namespace tidemark::sql
