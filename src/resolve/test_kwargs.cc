#include "resolve/test_kwargs.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/strings.h"
#include "jinja/json.h"
#include "jinja/scan.h"
#include "resolve/members.h"

namespace tidemark::resolve {

namespace {

using jinja::Value;

// \s*(env_var|ref|var|source|doc)\s*\(.+\)\s*
bool looks_like_call(const std::string& text) {
  const std::string_view trimmed = trim(text);
  constexpr std::array<std::string_view, 5> kNames{"env_var", "ref", "var", "source", "doc"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
    if (!trimmed.starts_with(name)) return false;
    const std::string_view rest = trim(trimmed.substr(name.size()));
    return rest.size() > 2 && rest.front() == '(' && rest.back() == ')' && rest.find('\n') == std::string_view::npos;
  });
}

Value render_value(jinja::Render& render, const Json& value) {
  if (value.is_object()) {
    Value out = Value::dict();
    for (const auto& [key, item] : value.items()) put(out.as_dict(), key, render_value(render, item));
    return out;
  }
  if (value.is_array()) {
    std::vector<Value> out;
    for (const Json& item : value) out.push_back(render_value(render, item));
    return Value::list(std::move(out));
  }
  if (!value.is_string()) return jinja::from_json(value);
  std::string text = value.get<std::string>();
  if (looks_like_call(text)) text = "{{ " + text + " }}";
  if (!jinja::has_template_syntax(text)) return Value(text);
  const jinja::TemplatePtr parsed = render.environment().parse(make_source("<test argument>", text));
  return render.render_native(*parsed);
}

}  // namespace

Value render_test_kwargs(jinja::Render& render, const Node& test) {
  Value out = Value::dict();
  if (!test.test_metadata) return out;
  for (const auto& [key, value] : test.test_metadata->kwargs.items()) {
    const bool as_is = key == "column_name" && value.is_string();
    put(out.as_dict(), key, as_is ? Value(value.get<std::string>()) : render_value(render, value));
  }
  return out;
}

}  // namespace tidemark::resolve
