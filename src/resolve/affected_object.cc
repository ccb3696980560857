#include "resolve/affected_object.h"

#include "base/strings.h"

namespace tidemark::resolve {

namespace {

using jinja::Value;

class AffectedObject : public jinja::Object {
 public:
  AffectedObject(std::string column, bool is_all, std::vector<std::string> values) : column_(std::move(column)), is_all_(is_all), values_(std::move(values)) {}
  std::string_view type_name() const override { return "AffectedPartitions"; }
  bool truthy() const override { return is_all_ || !values_.empty(); }
  std::string text() const override { return affected_predicate(column_, is_all_, values_); }
  std::string repr() const override { return "<AffectedPartitions " + text() + ">"; }
  bool equals(const Value& other) const override {
    const auto* affected = other.object_as<AffectedObject>();
    return affected != nullptr && affected->text() == text();
  }
  std::vector<std::string> attribute_names() const override { return {"values", "is_all", "column"}; }
  std::optional<Value> get_attribute(jinja::CallContext&, std::string_view name) override {
    if (name == "values") return Value::strings(values_);
    if (name == "is_all") return Value(is_all_);
    if (name == "column") return Value(column_);
    return std::nullopt;
  }

 private:
  std::string column_;
  bool is_all_;
  std::vector<std::string> values_;
};

}  // namespace

Value make_affected(std::string column, bool is_all, std::vector<std::string> values) {
  return jinja::make_ref<AffectedObject>(std::move(column), is_all, std::move(values));
}

std::string affected_predicate(const std::string& column, bool is_all, const std::vector<std::string>& values) {
  if (is_all) return "true";
  std::vector<std::string> literals;
  bool with_null = false;
  for (const std::string& value : values) {
    if (equals_ignore_case(value, "null")) {
      with_null = true;
    } else {
      literals.push_back(value);
    }
  }
  if (literals.empty()) return with_null ? "(" + column + " is null)" : "false";
  const std::string listed = column + " in (" + join(literals, ", ") + ")";
  return with_null ? "(" + listed + " or " + column + " is null)" : "(" + listed + ")";
}

}  // namespace tidemark::resolve
