// An object that is nothing but named values: dbt's modules, exceptions, flags, api.
#pragma once
#include <string>

#include "jinja/object.h"

namespace tidemark::resolve {

// A text key, spelled without the overloads' ambiguity.
inline void put(jinja::Dict& dict, std::string_view name, jinja::Value value) { dict.set(name, std::move(value)); }
inline const jinja::Value* item(const jinja::Dict& dict, std::string_view name) { return dict.find(name); }

class Members : public jinja::Object {
 public:
  explicit Members(std::string name) : name_(std::move(name)) {}
  void set(std::string_view name, jinja::Value value) { values_->set(name, std::move(value)); }
  const jinja::Dict& values() const { return *values_; }

  std::string_view type_name() const override { return name_; }
  std::optional<jinja::Value> get_attribute(jinja::CallContext& context, std::string_view name) override;
  std::optional<jinja::Value> get_item(jinja::CallContext& context, const jinja::Value& key) override;
  std::optional<bool> contains(jinja::CallContext& context, const jinja::Value& item) override;
  std::vector<std::string> attribute_names() const override;

 private:
  std::string name_;
  jinja::Ref<jinja::Dict> values_ = jinja::make_ref<jinja::Dict>();
};

}  // namespace tidemark::resolve
