#include "jinja/sorting.h"

#include <algorithm>
#include <numeric>

#include "jinja/budget.h"

namespace tidemark::jinja {

std::vector<Value> sorted(std::vector<Value> items, std::vector<Value> keys, bool reverse) {
  check_items(items.size());
  const std::vector<Value>& compared = keys.empty() ? items : keys;
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    charge_steps(1);
    return reverse ? less(compared[b], compared[a]) : less(compared[a], compared[b]);
  });
  std::vector<Value> out;
  out.reserve(items.size());
  for (const size_t i : order) out.push_back(items[i]);
  return out;
}

}  // namespace tidemark::jinja
