// Values to and from JSON.
#pragma once
#include <string>

#include "base/json_fwd.h"
#include "jinja/value.h"

namespace tidemark::jinja {

Value from_json(const Json& json);  // numbers beyond int64 become floats; TM2006 for a nesting beyond 500
// Tuples and sets become arrays, keys as Python's json.dumps writes them. TM2003 for what JSON has no form for (undefined, objects).
Json to_json(const Value& v);
// As Python's json.dumps writes it: ", " and ": " as separators, non-ASCII escaped; `indent` < 0: one line.
std::string to_json_text(const Value& v, bool sort_keys = false, int indent = -1);

}  // namespace tidemark::jinja
