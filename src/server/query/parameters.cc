#include "server/query/parameters.h"

#include <cctype>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "sql/tokens.h"

namespace tidemark::server {

namespace {

Value to_value(const std::string& name, const Json& json) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return Value::boolean(json.get<bool>());
  if (json.is_number_integer()) return Value::integer(json.get<int64_t>());
  if (json.is_number()) return Value::real(json.get<double>());
  if (json.is_string()) return Value::string(json.get<std::string>());
  throw Error("TM7302", fmt::format("the parameter '{}' must be a text, a number, true, false or null", name));
}

// The name between braces whose first one is at tokens[i]; empty where it is no parameter.
std::string name_at(const std::vector<sql::Token>& tokens, size_t i) {
  if (i + 4 >= tokens.size() || !tokens[i].is("{") || !tokens[i + 1].is("{") || tokens[i + 1].begin != tokens[i].end) return {};
  if (!tokens[i + 2].is_name() || !tokens[i + 3].is("}") || !tokens[i + 4].is("}") || tokens[i + 4].begin != tokens[i + 3].end) return {};
  return tokens[i + 2].text;
}

}  // namespace

BoundText bind_parameters(const std::string& sql, const Json& values) {
  BoundText out;
  std::vector<std::string> names;
  const std::vector<sql::Token> tokens = sql::tokenize(sql);
  size_t copied = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::string name = name_at(tokens, i);
    if (name.empty()) continue;
    auto known = std::find(names.begin(), names.end(), name);
    if (known == names.end()) {
      if (!values.is_object() || !values.contains(name)) {
        throw Error("TM7302", fmt::format("the parameter '{}' has no value", name))
            .at({make_source("<sql>", sql), tokens[i].begin, tokens[i + 4].end - tokens[i].begin});
      }
      out.values.push_back(to_value(name, values.at(name)));
      names.push_back(name);
      known = names.end() - 1;
    }
    out.sql += sql.substr(copied, tokens[i].begin - copied) + fmt::format("${}", known - names.begin() + 1);
    copied = tokens[i + 4].end;
    i += 4;
  }
  out.sql += sql.substr(copied);
  return out;
}

}  // namespace tidemark::server
