#include "resolve/generic_test_names.h"

#include <algorithm>

#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"
#include "jinja/json.h"

namespace tidemark::resolve {

namespace {

std::string python_text(const Json& value) { return jinja::to_text(jinja::from_json(value)); }

// Runs of what is not a letter, digit or underscore (ASCII) become one underscore.
std::string cleaned(const std::string& text) {
  std::string out;
  bool in_run = false;
  for (const char c : text) {
    const bool kept = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (kept) {
      out += c;
    } else if (!in_run) {
      out += '_';
    }
    in_run = !kept;
  }
  return out;
}

size_t code_points(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string first_code_points(const std::string& text, size_t count) {
  size_t at = 0;
  while (at < text.size() && count > 0) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    --count;
  }
  return text.substr(0, at);
}

std::vector<std::string> sorted_keys(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

// Keys sorted at every level, leaves as Python's str() has them.
Json hashable(const Json& value) {
  if (value.is_object()) {
    Json out = Json::object();
    for (const std::string& key : sorted_keys(value)) out[key] = hashable(value[key]);
    return out;
  }
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& item : value) out.push_back(hashable(item));
    return out;
  }
  return python_text(value);
}

}  // namespace

TestNames generic_test_names(const std::string& test, const std::string& target, const Json& arguments) {
  std::vector<std::string> parts;
  for (const std::string& name : sorted_keys(arguments)) {
    if (name == "model") continue;
    const Json& value = arguments[name];
    if (value.is_object() || value.is_array()) {
      for (const Json& item : value) parts.push_back(cleaned(python_text(item)));
    } else {
      parts.push_back(cleaned(python_text(value)));
    }
  }
  const std::string identifier = test + "_" + target;
  TestNames names;
  names.full_name = identifier + "_" + join(parts, "__");
  const bool fits = code_points(names.full_name) < 64;
  names.short_name = fits ? names.full_name : first_code_points(identifier, 30) + "_" + md5_hex(names.full_name);
  return names;
}

std::string generic_test_hash(const std::string& name, const std::string& test, const std::string& package, const Json& kwargs) {
  const Json metadata{{"kwargs", kwargs}, {"name", test}, {"namespace", package.empty() ? "None" : package}};
  const std::string digest = md5_hex(name + jinja::to_repr(jinja::from_json(hashable(metadata))));
  return digest.substr(digest.size() - 10);
}

std::string generic_test_code(const std::string& test, const std::string& package, const Json& config) {
  std::string out = "{{ " + (package.empty() ? "" : package + ".") + "test_" + test + "(**_dbt_generic_test_kwargs) }}";
  std::vector<std::string> items;
  for (const auto& [key, value] : config.items()) {
    items.push_back(key + "=" + (value.is_string() ? "\"" + replace_all(value.get<std::string>(), "\"", "\\\"") + "\"" : python_text(value)));
  }
  return items.empty() ? out : out + "{{ config(" + join(items, ",") + ") }}";
}

}  // namespace tidemark::resolve
