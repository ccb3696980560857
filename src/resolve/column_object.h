// api.Column: a column of a relation as templates use it. Types are the engine's own words.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "jinja/object.h"

namespace tidemark::resolve {

class ColumnObject : public jinja::Object {
 public:
  ColumnObject(std::string name, std::string dtype, char quote_character) : name_(std::move(name)), dtype_(std::move(dtype)), quote_(quote_character) {}

  std::optional<int64_t> char_size;
  std::optional<int64_t> precision;
  std::optional<int64_t> scale;

  const std::string& name() const { return name_; }
  std::string data_type() const;

  std::string_view type_name() const override { return "Column"; }
  std::optional<jinja::Value> get_attribute(jinja::CallContext& context, std::string_view name) override;
  std::string repr() const override { return "<Column " + name_ + " (" + data_type() + ")>"; }
  bool truthy() const override { return true; }
  bool equals(const jinja::Value& other) const override;
  std::optional<uint64_t> hash() const override { return std::hash<std::string>()(name_ + "\n" + dtype_); }
  std::vector<std::string> attribute_names() const override;

  bool is_string() const;
  bool is_numeric() const;
  bool is_integer() const;
  bool is_float() const;
  int64_t string_size() const;

 private:
  std::string name_;
  std::string dtype_;
  char quote_;
};

jinja::Value make_column(std::string name, std::string dtype, char quote_character = '"');
// api.Column: called as Column(name, dtype, char_size, numeric_precision, numeric_scale); create, translate_type, numeric_type, string_type.
jinja::Value make_column_class(char quote_character);

}  // namespace tidemark::resolve
