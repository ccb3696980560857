// Python's stable sort.
#pragma once
#include <vector>

#include "jinja/value.h"

namespace tidemark::jinja {

// `keys` are compared in place of the items where not empty. TM2003 where two have no order.
std::vector<Value> sorted(std::vector<Value> items, std::vector<Value> keys, bool reverse);

}  // namespace tidemark::jinja
