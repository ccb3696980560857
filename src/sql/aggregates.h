// What is known of aggregates: which of them depend on nothing but the multiset of their rows, and which can be computed from
// parts. Only what is listed here is trusted; docs/exactness.md lists the same.
#pragma once
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "sql/query.h"
#include "sql/reason.h"

namespace tidemark::sql {

// How an aggregate over all rows comes from aggregates over parts of them.
enum class Partial {
  kNone,
  kCount,    // the sum of counts, 0 over none
  kSum,      // of integers and decimals: the sum of sums
  kSame,     // the aggregate itself over the parts' results: min, bool_and, bit_or, …
  kSums,     // exact sums of doubles: "tm_sum_state" and its kin
  kMoments,  // "tm_moments_state"
  kComoments,
};

// What the doubles in an aggregate's arguments ask for.
enum class Doubles {
  kAny,        // the result does not depend on the order of rows: count(x)
  kCanonical,  // a value itself is given back: -0.0 and the kinds of NaN must be made one
  kExact,      // rounding depends on the order of rows: the exact aggregate stands for it
};

struct Aggregate {
  std::string_view name;  // lower case
  Partial partial = Partial::kNone;
  Doubles doubles = Doubles::kAny;
  std::string_view exact;    // of kExact: the exact aggregate's name
  bool needs_order = false;  // depends on the order of rows, unless an ORDER BY of its own decides it
};

std::span<const Aggregate> aggregates();
const Aggregate* find_aggregate(std::string_view lower_case);  // nullptr: not known

// arg_min and its kin.
bool picks_by_pair(const Json& call);

// Whether the ORDER BY `orders` of an aggregate or window decides the order of rows as far as `expressions` can tell: rows
// that it does not tell apart agree in them, or there are no two such rows. `beside`: columns in which all rows agree.
bool order_decides(const Json& orders, const std::vector<Json>& expressions, const std::vector<int>& beside, const std::vector<std::set<int>>& unique_keys);

}  // namespace tidemark::sql
