// Parameters of a query: {{name}} in its text becomes $1, $2, …; values are bound, never written into the text.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "adapter/value.h"
#include "base/json.h"

namespace tidemark::server {

struct BoundText {
  std::string sql;
  std::vector<Value> values;
};

// Texts in quotes and comments are left alone. Throws TM7302 where a name has no value, or a value is no plain one.
BoundText bind_parameters(const std::string& sql, const Json& values);

}  // namespace tidemark::server
