#include "manifest/config.h"

namespace tidemark {

const Json* Config::find(std::string_view key) const {
  const auto it = values_.find(std::string(key));
  return it == values_.end() || it->is_null() ? nullptr : &*it;
}

bool Config::has(std::string_view key) const { return find(key) != nullptr; }

std::string Config::text(std::string_view key, std::string_view fallback) const {
  const Json* value = find(key);
  if (value == nullptr) return std::string(fallback);
  return value->is_string() ? value->get<std::string>() : dump_json(*value);
}

bool Config::flag(std::string_view key, bool fallback) const {
  const Json* value = find(key);
  return value != nullptr && value->is_boolean() ? value->get<bool>() : fallback;
}

std::optional<int64_t> Config::integer(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  return value->get<int64_t>();
}

std::vector<std::string> Config::list(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return {};
  if (value->is_string()) return {value->get<std::string>()};
  std::vector<std::string> out;
  if (value->is_array()) {
    for (const Json& item : *value) out.push_back(item.is_string() ? item.get<std::string>() : dump_json(item));
  }
  return out;
}

}  // namespace tidemark
