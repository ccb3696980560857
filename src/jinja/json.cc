#include "jinja/json.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "jinja/budget.h"
#include "jinja/builtin_objects.h"
#include "jinja/fail.h"
#include "jinja/numbers.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

Value from_json(const Json& json) {
  const NestingGuard guard;
  switch (json.type()) {
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
      return json.get<int64_t>();
    case Json::value_t::number_unsigned:
      return json.get<uint64_t>() > INT64_MAX ? Value(json.get<double>()) : Value(json.get<int64_t>());
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return json.get<std::string>();
    case Json::value_t::array: {
      std::vector<Value> items;
      items.reserve(json.size());
      for (const Json& item : json) items.push_back(from_json(item));
      return Value::list(std::move(items));
    }
    case Json::value_t::object: {
      Ref<Dict> dict = make_ref<Dict>();
      for (const auto& [key, value] : json.items()) dict->set(key, from_json(value));
      return {std::move(dict)};
    }
    default:
      return nullptr;
  }
}

namespace {

std::string key_text(const Value& key) {
  if (key.is_string()) return key.as_string();
  if (key.is_bool()) return key.as_bool() ? "true" : "false";
  if (key.is_none()) return "null";
  if (key.is_number()) return to_repr(key);
  type_error(fmt::format("keys of JSON must be strings, numbers, booleans or none, not '{}'", type_name(key)));
}

[[noreturn]] void no_json(const Value& v) {
  if (v.is_undefined()) type_error("an undefined value has no JSON form");
  type_error(fmt::format("an object of type '{}' has no JSON form", type_name(v)));
}

}  // namespace

Json to_json(const Value& v) {
  const NestingGuard guard;
  switch (v.kind()) {
    case Value::Kind::kNone:
      return nullptr;
    case Value::Kind::kBool:
      return v.as_bool();
    case Value::Kind::kInt:
      return v.as_int();
    case Value::Kind::kFloat:
      return v.as_float();
    case Value::Kind::kString:
      return v.as_string();
    case Value::Kind::kList:
    case Value::Kind::kTuple: {
      Json array = Json::array();
      for (const Value& item : v.is_list() ? v.as_list().items : v.as_tuple().items) array.push_back(to_json(item));
      return array;
    }
    case Value::Kind::kSet: {
      Json array = Json::array();
      for (const Dict::Entry& entry : v.as_set().items.entries()) {
        if (entry.live) array.push_back(to_json(entry.key));
      }
      return array;
    }
    case Value::Kind::kDict: {
      Json object = Json::object();
      for (const Dict::Entry& entry : v.as_dict().entries()) {
        if (entry.live) object[key_text(entry.key)] = to_json(entry.value);
      }
      return object;
    }
    default:
      no_json(v);
  }
}

namespace {

class JsonWriter {
 public:
  JsonWriter(bool sort_keys, int indent) : sort_keys_(sort_keys), indent_(indent) {}

  std::string write(const Value& v) {
    value(v, 0);
    charge_bytes(out_.size());
    return std::move(out_);
  }

 private:
  void text(std::string_view text) {
    out_ += '"';
    for (size_t at = 0; at < text.size();) {
      const char32_t c = next_code_point(text, at);
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += static_cast<char>(c);
      } else if (c >= 0x20 && c < 0x7F) {
        out_ += static_cast<char>(c);
      } else if (c == '\n') {
        out_ += "\\n";
      } else if (c == '\t') {
        out_ += "\\t";
      } else if (c == '\r') {
        out_ += "\\r";
      } else if (c == '\b') {
        out_ += "\\b";
      } else if (c == '\f') {
        out_ += "\\f";
      } else if (c < 0x10000) {
        out_ += fmt::format("\\u{:04x}", static_cast<uint32_t>(c));
      } else {
        const uint32_t rest = static_cast<uint32_t>(c) - 0x10000;
        out_ += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10U), 0xDC00 + (rest & 0x3FFU));
      }
    }
    out_ += '"';
  }

  void line(int level) {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<size_t>(indent_) * static_cast<size_t>(level), ' ');
  }

  void separator(bool& first, int level) {
    if (!first) out_ += indent_ < 0 ? ", " : ",";
    first = false;
    line(level);
  }

  void number(double d) {
    if (std::isnan(d)) {
      out_ += "NaN";
    } else if (std::isinf(d)) {
      out_ += d < 0 ? "-Infinity" : "Infinity";
    } else {
      out_ += float_repr(d);
    }
  }

  void array(const std::vector<Value>& items, int level) {
    if (items.empty()) {
      out_ += "[]";
      return;
    }
    out_ += '[';
    bool first = true;
    for (const Value& item : items) {
      separator(first, level + 1);
      value(item, level + 1);
    }
    line(level);
    out_ += ']';
  }

  void object(const Dict& dict, int level) {
    if (dict.size() == 0) {
      out_ += "{}";
      return;
    }
    std::vector<const Dict::Entry*> entries;
    for (const Dict::Entry& entry : dict.entries()) {
      if (entry.live) entries.push_back(&entry);
    }
    if (sort_keys_) std::stable_sort(entries.begin(), entries.end(), [](const Dict::Entry* a, const Dict::Entry* b) { return less(a->key, b->key); });
    out_ += '{';
    bool first = true;
    for (const Dict::Entry* entry : entries) {
      separator(first, level + 1);
      text(key_text(entry->key));
      out_ += ": ";
      value(entry->value, level + 1);
    }
    line(level);
    out_ += '}';
  }

  void value(const Value& v, int level) {
    const NestingGuard guard;
    switch (v.kind()) {
      case Value::Kind::kNone:
        out_ += "null";
        break;
      case Value::Kind::kBool:
        out_ += v.as_bool() ? "true" : "false";
        break;
      case Value::Kind::kInt:
        out_ += std::to_string(v.as_int());
        break;
      case Value::Kind::kFloat:
        number(v.as_float());
        break;
      case Value::Kind::kString:
        text(v.as_string());
        break;
      case Value::Kind::kList:
        array(v.as_list().items, level);
        break;
      case Value::Kind::kTuple:
        array(v.as_tuple().items, level);
        break;
      case Value::Kind::kDict:
        object(v.as_dict(), level);
        break;
      default:
        no_json(v);
    }
  }

  bool sort_keys_;
  int indent_;
  std::string out_;
};

}  // namespace

std::string to_json_text(const Value& v, bool sort_keys, int indent) { return JsonWriter(sort_keys, std::min(indent, 100)).write(v); }

}  // namespace tidemark::jinja
