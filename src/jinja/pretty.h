// Python's pprint.pformat: dicts sorted by key, one item a line where a value does not fit 80 columns.
// Unlike it, long strings are not broken.
#pragma once
#include <string>

#include "jinja/value.h"

namespace tidemark::jinja {

std::string pretty(const Value& v);

}  // namespace tidemark::jinja
