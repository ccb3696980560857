#include "resolve/members.h"

namespace tidemark::resolve {

using jinja::Value;

std::optional<Value> Members::get_attribute(jinja::CallContext&, std::string_view name) {
  const Value* value = values_->find(name);
  return value == nullptr ? std::nullopt : std::optional<Value>(*value);
}

std::optional<Value> Members::get_item(jinja::CallContext& context, const Value& key) {
  return key.is_string() ? get_attribute(context, key.as_string()) : std::nullopt;
}

std::optional<bool> Members::contains(jinja::CallContext&, const Value& item) {
  return item.is_string() && values_->find(std::string_view(item.as_string())) != nullptr;
}

std::vector<std::string> Members::attribute_names() const {
  std::vector<std::string> names;
  for (const jinja::Dict::Entry& entry : values_->entries()) {
    if (entry.live && entry.key.is_string()) names.push_back(entry.key.as_string());
  }
  return names;
}

}  // namespace tidemark::resolve
