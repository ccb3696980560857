// Binding of arguments to parameters written as Python writes them.
#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "jinja/fail.h"
#include "jinja/object.h"

namespace tidemark::jinja {

namespace {

// Cuts at commas that stand outside of brackets and quotes.
std::vector<std::string> parameters_of(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  int level = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '[' || c == '(' || c == '{') {
      ++level;
    } else if (c == ']' || c == ')' || c == '}') {
      --level;
    } else if (c == ',' && level == 0) {
      parts.emplace_back(trim(part));
      part.clear();
      continue;
    }
    part += c;
  }
  if (!trim(part).empty()) parts.emplace_back(trim(part));
  return parts;
}

std::optional<Value> literal(std::string_view text) {
  if (text == "none") return Value(nullptr);
  if (text == "true") return Value(true);
  if (text == "false") return Value(false);
  return literal_eval(text);
}

}  // namespace

Signature::Signature(std::string_view text) {
  for (const std::string& part : parameters_of(text)) {
    if (part.starts_with("**")) {
      kwargs_ = true;
    } else if (part.starts_with('*')) {
      varargs_ = true;
    } else if (const size_t equals = part.find('='); equals != std::string::npos) {
      auto fallback = literal(trim(std::string_view(part).substr(equals + 1)));
      if (!fallback) throw Error("TM9001", fmt::format("the default in the signature '{}' is not a literal", part));
      parameters_.push_back({std::string(trim(std::string_view(part).substr(0, equals))), std::move(fallback)});
    } else {
      parameters_.push_back({part, std::nullopt});
    }
  }
}

std::vector<std::string> Signature::names() const {
  std::vector<std::string> out;
  for (const Parameter& parameter : parameters_) out.push_back(parameter.name);
  return out;
}

Bound Signature::bind(std::string_view function, const Args& args) const {
  Bound bound;
  const size_t count = parameters_.size();
  if (args.size() > count && !varargs_) {
    argument_error(fmt::format("{}() takes {}{} argument{}, got {}", function, parameters_.empty() || !parameters_.back().fallback ? "" : "at most ", count,
                               count == 1 ? "" : "s", args.size() + args.keywords.size()));
  }
  bound.values.resize(count);
  bound.was_given.resize(count, false);
  for (size_t i = 0; i < args.size(); ++i) {
    if (i >= count) {
      bound.varargs.push_back(args[i]);
    } else {
      bound.values[i] = args[i];
      bound.was_given[i] = true;
    }
  }
  for (const Keyword& keyword : args.keywords) {
    const auto found = std::find_if(parameters_.begin(), parameters_.end(), [&](const Parameter& p) { return p.name == keyword.name; });
    if (found == parameters_.end()) {
      if (!kwargs_) {
        Error error("TM2004", fmt::format("{}() takes no argument '{}'", function, keyword.name));
        const std::string near = nearest_name(keyword.name, names());
        if (!near.empty()) error.hint(fmt::format("did you mean '{}'?", near));
        throw error;
      }
      bound.kwargs.emplace_back(std::string(keyword.name), keyword.value);
      continue;
    }
    const auto i = static_cast<size_t>(found - parameters_.begin());
    if (bound.was_given[i]) argument_error(fmt::format("{}() got two values for argument '{}'", function, keyword.name));
    bound.values[i] = keyword.value;
    bound.was_given[i] = true;
  }
  for (size_t i = 0; i < count; ++i) {
    if (bound.was_given[i]) continue;
    if (!parameters_[i].fallback) argument_error(fmt::format("{}() misses argument '{}'", function, parameters_[i].name));
    // A default list or dict is made anew for every call.
    const Value& fallback = *parameters_[i].fallback;
    bound.values[i] = fallback.is_list() ? Value::list(fallback.as_list().items) : (fallback.is_dict() ? Value::dict() : fallback);
  }
  return bound;
}

}  // namespace tidemark::jinja
