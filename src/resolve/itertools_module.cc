#include <algorithm>

#include "base/error.h"
#include "resolve/members.h"
#include "resolve/modules.h"

namespace tidemark::resolve {

namespace {

using jinja::Bound;
using jinja::CallContext;
using jinja::Value;
using Rows = std::vector<std::vector<Value>>;

constexpr size_t kMostRows = 1'000'000;

Value list_of_tuples(Rows rows) {
  std::vector<Value> out;
  for (std::vector<Value>& row : rows) out.push_back(Value::tuple(std::move(row)));
  return Value::list(std::move(out));
}

void check_size(size_t rows) {
  if (rows > kMostRows) throw Error("TM2007", fmt::format("itertools would give more than {} rows", kMostRows));
}

Value product(CallContext& context, const Bound& bound) {
  Rows rows{{}};
  int64_t repeat = 1;
  for (const auto& [name, value] : bound.kwargs) {
    if (name == "repeat") repeat = value.expect_int("repeat");
  }
  for (int64_t round = 0; round < repeat; ++round) {
    for (const Value& argument : bound.varargs) {
      const std::vector<Value> items = jinja::to_vector(context, argument);
      check_size(rows.size() * items.size());
      Rows longer;
      for (const std::vector<Value>& row : rows) {
        for (const Value& item : items) {
          longer.push_back(row);
          longer.back().push_back(item);
        }
      }
      rows = std::move(longer);
    }
  }
  return list_of_tuples(std::move(rows));
}

// All selections of r positions: in order of position, each once (combinations), or in every order (permutations).
void select(const std::vector<Value>& items, size_t r, bool ordered, std::vector<size_t>& chosen, Rows& rows) {
  if (chosen.size() == r) {
    check_size(rows.size() + 1);
    std::vector<Value>& row = rows.emplace_back();
    for (const size_t i : chosen) row.push_back(items[i]);
    return;
  }
  const size_t first = ordered && !chosen.empty() ? chosen.back() + 1 : 0;
  for (size_t i = first; i < items.size(); ++i) {
    if (std::find(chosen.begin(), chosen.end(), i) != chosen.end()) continue;
    chosen.push_back(i);
    select(items, r, ordered, chosen, rows);
    chosen.pop_back();
  }
}

Value selections(CallContext& context, const Bound& bound, bool ordered) {
  const std::vector<Value> items = jinja::to_vector(context, bound[0]);
  const int64_t r = bound[1].is_none() ? static_cast<int64_t>(items.size()) : bound[1].expect_int("r");
  Rows rows;
  std::vector<size_t> chosen;
  if (r >= 0 && static_cast<size_t>(r) <= items.size()) select(items, static_cast<size_t>(r), ordered, chosen, rows);
  return list_of_tuples(std::move(rows));
}

Value chain(CallContext& context, const Bound& bound) {
  std::vector<Value> out;
  for (const Value& list : bound.varargs) {
    for (Value& item : jinja::to_vector(context, list)) out.push_back(std::move(item));
  }
  return Value::list(std::move(out));
}

Value zip_longest(CallContext& context, const Bound& bound) {
  Value fill = Value::none();
  for (const auto& [name, value] : bound.kwargs) {
    if (name == "fillvalue") fill = value;
  }
  Rows columns;
  size_t longest = 0;
  for (const Value& list : bound.varargs) {
    columns.push_back(jinja::to_vector(context, list));
    longest = std::max(longest, columns.back().size());
  }
  Rows rows(longest);
  for (size_t i = 0; i < longest; ++i) {
    for (const std::vector<Value>& column : columns) rows[i].push_back(i < column.size() ? column[i] : fill);
  }
  return list_of_tuples(std::move(rows));
}

Value islice(CallContext& context, const Bound& bound) {
  const std::vector<Value> items = jinja::to_vector(context, bound[0]);
  const auto number = [&](size_t i, int64_t fallback) {
    return bound.varargs.size() > i && !bound.varargs[i].is_none() ? bound.varargs[i].expect_int("islice()'s bound") : fallback;
  };
  const auto size = static_cast<int64_t>(items.size());
  const bool only_stop = bound.varargs.size() == 1;
  const int64_t start = only_stop ? 0 : number(0, 0);
  const int64_t stop = std::min(size, only_stop ? number(0, size) : number(1, size));
  const int64_t step = std::max<int64_t>(1, number(2, 1));
  std::vector<Value> out;
  for (int64_t i = std::max<int64_t>(0, start); i < stop; i += step) out.push_back(items[static_cast<size_t>(i)]);
  return Value::list(std::move(out));
}

Value repeat(CallContext&, const Bound& bound) {
  const int64_t times = bound[1].expect_int("times");
  check_size(static_cast<size_t>(std::max<int64_t>(0, times)));
  return Value::list(std::vector<Value>(static_cast<size_t>(std::max<int64_t>(0, times)), bound[0]));
}

Value pairwise(CallContext& context, const Bound& bound) {
  const std::vector<Value> items = jinja::to_vector(context, bound[0]);
  Rows rows;
  for (size_t i = 1; i < items.size(); ++i) rows.push_back({items[i - 1], items[i]});
  return list_of_tuples(std::move(rows));
}

}  // namespace

Value make_itertools_module() {
  auto module = jinja::make_ref<Members>("itertools");
  const auto add = [&](const char* name, std::string_view signature, jinja::BoundFunction function) {
    module->set(name, jinja::make_function(std::string("itertools.") + name, signature, std::move(function)));
  };
  add("product", "*args, **kwargs", product);
  add("combinations", "iterable, r=none", [](CallContext& context, const Bound& bound) { return selections(context, bound, true); });
  add("permutations", "iterable, r=none", [](CallContext& context, const Bound& bound) { return selections(context, bound, false); });
  add("chain", "*args", chain);
  add("zip_longest", "*args, **kwargs", zip_longest);
  add("islice", "iterable, *args", islice);
  add("repeat", "object, times", repeat);
  add("pairwise", "iterable", pairwise);
  return module;
}

}  // namespace tidemark::resolve
