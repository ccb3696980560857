// Filters on numbers and conversions.
#include <cmath>

#include <fmt/format.h>

#include "jinja/builtins.h"
#include "jinja/fail.h"
#include "jinja/json.h"
#include "jinja/methods.h"
#include "jinja/numbers.h"
#include "jinja/operators.h"
#include "jinja/pretty.h"

namespace tidemark::jinja {

namespace {

Value absolute(CallContext&, const Args& args) {
  check_arguments("abs", args, 1, {""});
  if (args[0].is_undefined()) undefined_error(args[0]);
  if (!args[0].is_number()) type_error(fmt::format("bad operand type for abs(): '{}'", type_name(args[0])));
  if (args[0].is_float()) return std::abs(args[0].as_float());
  const Value i(number_as_int(args[0]));
  return i.as_int() < 0 ? negate(i) : i;
}

std::optional<Value> float_as_int(const std::optional<double>& d) {
  if (!d || std::isnan(*d) || std::isinf(*d)) return std::nullopt;
  return Value(float_to_int(*d));
}

Value to_int(CallContext&, const Args& args) {
  check_arguments("int", args, 1, {"value", "default", "base"});
  const Value* given = argument(args, 1, "default");
  const Value fallback = given == nullptr ? Value(0) : *given;
  const Value& v = args[0];
  if (v.is_undefined()) undefined_error(v);
  if (v.is_string()) {
    const int64_t base = integer(args, 2, "base", 10);
    if (base == 0 || (base >= 2 && base <= 36)) {
      if (const auto i = parse_int(v.as_string(), static_cast<int>(base))) return *i;
    }
    return float_as_int(parse_float(v.as_string())).value_or(fallback);
  }
  if (v.is_float()) return std::isnan(v.as_float()) ? fallback : Value(float_to_int(v.as_float()));
  return v.is_number() ? Value(number_as_int(v)) : fallback;
}

Value to_float(CallContext&, const Args& args) {
  check_arguments("float", args, 1, {"value", "default"});
  const Value* given = argument(args, 1, "default");
  const Value fallback = given == nullptr ? Value(0.0) : *given;
  const Value& v = args[0];
  if (v.is_undefined()) undefined_error(v);
  if (v.is_string()) {
    const auto d = parse_float(v.as_string());
    return d ? Value(*d) : fallback;
  }
  return v.is_number() ? Value(number_as_float(v)) : fallback;
}

Value round_filter(CallContext&, const Args& args) {
  check_arguments("round", args, 1, {"value", "precision", "method"});
  const Value& v = args[0];
  if (v.is_undefined()) undefined_error(v);
  const int64_t precision = integer(args, 1, "precision", 0);
  const Value* given = argument(args, 2, "method");
  const std::string method = given == nullptr ? "common" : given->expect_string("method");
  if (method != "common" && method != "ceil" && method != "floor") value_error("method must be common, ceil or floor");
  if (!v.is_number()) type_error(fmt::format("type {} cannot be rounded", type_name(v)));
  if (method == "common") return v.is_float() ? Value(round_float(v.as_float(), precision)) : Value(round_int(number_as_int(v), precision));
  const double scale = std::pow(10.0, static_cast<double>(precision));
  const double scaled = number_as_float(v) * scale;
  if (!std::isfinite(scaled)) value_error("cannot convert float infinity to integer");
  return (method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale;
}

Value filesizeformat(CallContext&, const Args& args) {
  check_arguments("filesizeformat", args, 1, {"value", "binary"});
  const Value& v = args[0];
  if (v.is_undefined()) undefined_error(v);
  const bool binary = flag(args, 1, "binary", false);
  std::optional<double> bytes;
  if (v.is_number()) bytes = number_as_float(v);
  if (v.is_string()) bytes = parse_float(v.as_string());
  if (!bytes && v.is_string()) value_error(fmt::format("could not convert {} to a float", to_repr(v)));
  if (!bytes) type_error(fmt::format("a number is needed, not '{}'", type_name(v)));
  const double base = binary ? 1024 : 1000;
  if (*bytes == 1) return "1 Byte";
  if (*bytes < base) return fmt::format("{} Bytes", float_to_int(*bytes));
  double unit = base * base;
  std::string_view letter;
  for (const std::string_view next : {"k", "M", "G", "T", "P", "E", "Z", "Y"}) {
    if (!letter.empty()) unit *= base;
    letter = next;
    if (*bytes < unit) break;
  }
  const std::string prefix = binary ? (letter == "k" ? "Ki" : std::string(letter) + "i") : std::string(letter);
  return fmt::format("{:.1f} {}B", base * *bytes / unit, prefix);
}

Value default_filter(CallContext&, const Args& args) {
  check_arguments("default", args, 1, {"value", "default_value", "boolean"});
  if (!args[0].is_undefined() && !(flag(args, 2, "boolean", false) && !truthy(args[0]))) return args[0];
  const Value* given = argument(args, 1, "default_value");
  return given == nullptr ? Value("") : *given;
}

Value pprint(CallContext&, const Args& args) {
  check_arguments("pprint", args, 1, {"value"});
  return pretty(args[0]);
}

// Safe within HTML, with sorted keys, as jinja2 does it.
Value tojson(CallContext&, const Args& args) {
  check_arguments("tojson", args, 1, {"value", "indent"});
  const Value* indent = argument(args, 1, "indent");
  const int64_t blanks = indent == nullptr || indent->is_none() ? -1 : indent->expect_int("indent");
  if (blanks > 100) limit_error("tojson indents by 100 blanks at most");
  const std::string json = to_json_text(args[0], true, blanks < 0 ? -1 : static_cast<int>(blanks));
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    switch (c) {
      case '<':
        out += "\\u003c";
        break;
      case '>':
        out += "\\u003e";
        break;
      case '&':
        out += "\\u0026";
        break;
      case '\'':
        out += "\\u0027";
        break;
      default:
        out += c;
    }
  }
  return Value::marked(std::move(out), Mark::kMarkup);
}

constexpr Builtin kFilters[] = {
    {"abs", absolute},           {"int", to_int},       {"float", to_float}, {"round", round_filter}, {"filesizeformat", filesizeformat},
    {"default", default_filter}, {"d", default_filter}, {"pprint", pprint},  {"tojson", tojson}};

}  // namespace

std::span<const Builtin> number_filters() { return kFilters; }

}  // namespace tidemark::jinja
