#include "resolve/column_object.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/strings.h"
#include "manifest/relation.h"
#include "resolve/members.h"

namespace tidemark::resolve {

namespace {

using jinja::Args;
using jinja::Bound;
using jinja::CallContext;
using jinja::Signature;
using jinja::Value;

template <size_t N>
bool one_of(const std::string& dtype, const std::array<std::string_view, N>& names) {
  const std::string lower = to_lower(dtype);
  return std::find(names.begin(), names.end(), lower) != names.end();
}

Value integer_or_none(const std::optional<int64_t>& value) { return value ? Value(*value) : Value::none(); }

std::optional<int64_t> integer_argument(const Value& value) { return value.is_int() ? std::optional<int64_t>(value.as_int()) : std::nullopt; }

// The fields of STRUCT(a VARCHAR, b DECIMAL(10, 2)), split at the top level.
std::vector<std::pair<std::string, std::string>> struct_fields(const std::string& dtype) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (to_lower(dtype.substr(0, 7)) != "struct(" || dtype.back() != ')') return fields;
  const std::string inner = dtype.substr(7, dtype.size() - 8);
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i <= inner.size(); ++i) {
    const bool at_end = i == inner.size();
    if (!at_end && inner[i] == '(') ++depth;
    if (!at_end && inner[i] == ')') --depth;
    if (!at_end && (inner[i] != ',' || depth > 0)) continue;
    const std::string field(trim(std::string_view(inner).substr(start, i - start)));
    const size_t space = field.find(' ');
    if (space != std::string::npos) fields.emplace_back(field.substr(0, space), field.substr(space + 1));
    start = i + 1;
  }
  return fields;
}

// The labels that dbt translates for DuckDB; all others stay as they are.
std::string translate_type(const std::string& label) { return equals_ignore_case(label, "string") ? "TEXT" : label; }

std::string numeric_type(const std::string& dtype, const std::optional<int64_t>& precision, const std::optional<int64_t>& scale) {
  return precision && scale ? fmt::format("{}({},{})", dtype, *precision, *scale) : dtype;
}

}  // namespace

bool ColumnObject::is_string() const { return one_of<4>(dtype_, {"text", "character varying", "character", "varchar"}); }
bool ColumnObject::is_numeric() const { return one_of<2>(dtype_, {"numeric", "decimal"}) || to_lower(dtype_).starts_with("decimal("); }
bool ColumnObject::is_float() const { return one_of<6>(dtype_, {"real", "float", "float4", "float8", "double", "double precision"}); }
bool ColumnObject::is_integer() const {
  return one_of<16>(dtype_, {"tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "int1", "int2", "int4",
                             "int8", "int", "short", "long"});
}

int64_t ColumnObject::string_size() const {
  if (!is_string()) throw Error("TM2104", fmt::format("string_size() of column '{}', which is {}", name_, dtype_));
  return char_size.value_or(256);
}

std::string ColumnObject::data_type() const {
  if (is_string() && char_size) return fmt::format("character varying({})", *char_size);
  if (one_of<2>(dtype_, {"numeric", "decimal"})) return numeric_type(dtype_, precision, scale);
  return dtype_;
}

bool ColumnObject::equals(const Value& other) const {
  const auto* column = other.object_as<ColumnObject>();
  return column != nullptr && column->name_ == name_ && column->data_type() == data_type();
}

std::vector<std::string> ColumnObject::attribute_names() const {
  return {"name",      "column",     "quoted",   "dtype",      "data_type",   "char_size",     "numeric_precision", "numeric_scale", "is_string",
          "is_number", "is_numeric", "is_float", "is_integer", "string_size", "can_expand_to", "literal",           "fields",        "flatten"};
}

std::optional<Value> ColumnObject::get_attribute(CallContext&, std::string_view name) {
  const auto answer = [&](auto value) { return jinja::make_function(std::string(name), [value](CallContext&, const Args&) { return Value(value); }); };
  if (name == "name" || name == "column") return Value(name_);
  if (name == "quoted") return Value(quote_identifier(name_, quote_));
  if (name == "dtype") return Value(dtype_);
  if (name == "data_type" || name == "expanded_data_type") return Value(data_type());
  if (name == "char_size") return integer_or_none(char_size);
  if (name == "numeric_precision") return integer_or_none(precision);
  if (name == "numeric_scale") return integer_or_none(scale);
  if (name == "is_string") return answer(is_string());
  if (name == "is_numeric") return answer(is_numeric());
  if (name == "is_float") return answer(is_float());
  if (name == "is_integer") return answer(is_integer());
  if (name == "is_number") return answer(is_integer() || is_numeric() || is_float());
  if (name == "is_struct") return answer(!struct_fields(dtype_).empty());
  const jinja::Ref<ColumnObject> self(this);
  if (name == "string_size") return jinja::make_function("string_size", [self](CallContext&, const Args&) { return Value(self->string_size()); });
  if (name == "literal") {
    return jinja::make_function("literal", "value",
                                [self](CallContext&, const Bound& bound) { return Value(jinja::to_text(bound[0]) + "::" + self->data_type()); });
  }
  if (name == "can_expand_to") {
    return jinja::make_function("can_expand_to", "other_column", [self](CallContext&, const Bound& bound) {
      const auto* other = bound[0].object_as<ColumnObject>();
      if (other == nullptr) throw Error("TM2104", "can_expand_to() takes a column");
      return Value(self->is_string() && other->is_string() && other->string_size() > self->string_size());
    });
  }
  if (name == "fields" || name == "flatten") {
    std::vector<Value> fields;
    for (const auto& [field, type] : struct_fields(dtype_)) fields.push_back(make_column(name == "fields" ? field : name_ + "." + field, type, quote_));
    if (name == "fields") return Value::list(std::move(fields));
    if (fields.empty()) fields.emplace_back(self);
    return jinja::make_function("flatten", [fields](CallContext&, const Args&) { return Value::list(fields); });
  }
  return std::nullopt;
}

Value make_column(std::string name, std::string dtype, char quote_character) {
  return jinja::make_ref<ColumnObject>(std::move(name), std::move(dtype), quote_character);
}

namespace {

class ColumnClass : public Members {
 public:
  explicit ColumnClass(char quote_character) : Members("Column"), quote_(quote_character) {}
  bool callable() const override { return true; }
  Value call(CallContext&, const Args& args) override {
    static const Signature signature("column, dtype, char_size=none, numeric_precision=none, numeric_scale=none, **kwargs");
    const Bound bound = signature.bind("Column", args);
    auto column = jinja::make_ref<ColumnObject>(bound[0].expect_string("column"), jinja::to_text(bound[1]), quote_);
    column->char_size = integer_argument(bound[2]);
    column->precision = integer_argument(bound[3]);
    column->scale = integer_argument(bound[4]);
    return column;
  }

 private:
  char quote_;
};

}  // namespace

Value make_column_class(char quote_character) {
  auto members = jinja::make_ref<ColumnClass>(quote_character);
  members->set("translate_type", jinja::make_function("translate_type", "dtype",
                                                      [](CallContext&, const Bound& bound) { return Value(translate_type(bound[0].expect_string("dtype"))); }));
  members->set("create", jinja::make_function("Column.create", "name, label_or_dtype", [quote_character](CallContext&, const Bound& bound) {
                 return make_column(bound[0].expect_string("name"), translate_type(bound[1].expect_string("label_or_dtype")), quote_character);
               }));
  members->set("numeric_type", jinja::make_function("numeric_type", "dtype, precision, scale", [](CallContext&, const Bound& bound) {
                 return Value(numeric_type(bound[0].expect_string("dtype"), integer_argument(bound[1]), integer_argument(bound[2])));
               }));
  members->set("string_type", jinja::make_function("string_type", "size", [](CallContext&, const Bound& bound) {
                 return Value(fmt::format("character varying({})", bound[0].expect_int("size")));
               }));
  members->set("from_description", jinja::make_function("from_description", "name, raw_data_type", [quote_character](CallContext&, const Bound& bound) {
                 return make_column(bound[0].expect_string("name"), bound[1].expect_string("raw_data_type"), quote_character);
               }));
  return members;
}

}  // namespace tidemark::resolve
