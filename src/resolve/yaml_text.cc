#include "resolve/yaml_text.h"

#include <algorithm>

#include "base/json.h"
#include "project/yaml.h"

namespace tidemark::resolve {

namespace {

bool is_collection(const Json& value) { return (value.is_object() || value.is_array()) && !value.empty(); }

// Would a plain scalar of this text be read as the same text?
bool is_plain(const std::string& text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  const std::string_view indicators = "-?:,[]{}#&*!|>'\"%@`";
  const bool dash_word = (text[0] == '-' || text[0] == '?' || text[0] == ':') && text.size() > 1 && text[1] != ' ';
  if (indicators.find(text[0]) != std::string_view::npos && !dash_word) return false;
  if (text.find(": ") != std::string::npos || text.find(" #") != std::string::npos || text.back() == ':') return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) return false;
  }
  try {
    const project::Yaml read = project::parse_yaml(make_source("<toyaml>", text));
    return read.is_string() && read.as_string() == text;
  } catch (const Error&) {
    return false;
  }
}

std::string quoted(const std::string& text) {
  bool printable = true;
  for (const char c : text) printable = printable && static_cast<unsigned char>(c) >= 0x20;
  if (!printable) return dump_json(Json(text));  // JSON's escapes are YAML's
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

std::string scalar(const Json& value) {
  if (value.is_string()) return is_plain(value.get_ref<const std::string&>()) ? value.get<std::string>() : quoted(value.get<std::string>());
  if (value.is_array()) return "[]";
  if (value.is_object()) return "{}";
  return value.dump();
}

void write(std::string& out, const Json& value, size_t indent, bool sort_keys);

void write_item(std::string& out, const Json& value, size_t indent, bool sort_keys) {
  if (!is_collection(value)) {
    out += scalar(value) + "\n";
    return;
  }
  std::string nested;
  write(nested, value, indent, sort_keys);
  out += nested.substr(indent);  // its first line goes on this one
}

void write(std::string& out, const Json& value, size_t indent, bool sort_keys) {
  const std::string margin(indent, ' ');
  if (value.is_array()) {
    for (const Json& item : value) {
      out += margin + "- ";
      write_item(out, item, indent + 2, sort_keys);
    }
    return;
  }
  std::vector<std::string> keys;
  for (const auto& [key, item] : value.items()) keys.push_back(key);
  if (sort_keys) std::sort(keys.begin(), keys.end());
  for (const std::string& key : keys) {
    const Json& item = value[key];
    out += margin + scalar(Json(key)) + ":";
    if (!is_collection(item)) {
      out += " " + scalar(item) + "\n";
      continue;
    }
    out += "\n";
    write(out, item, item.is_array() ? indent : indent + 2, sort_keys);
  }
}

}  // namespace

std::optional<Json> parse_yaml_text(const std::string& text) {
  try {
    return project::parse_yaml(make_source("<fromyaml>", text)).to_json();
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string yaml_text(const Json& value, bool sort_keys) {
  if (!is_collection(value)) return scalar(value) + (value.is_array() || value.is_object() ? "\n" : "\n...\n");
  std::string out;
  write(out, value, 0, sort_keys);
  return out;
}

}  // namespace tidemark::resolve
