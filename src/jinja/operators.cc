#include "jinja/operators.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/fail.h"
#include "jinja/html.h"
#include "jinja/numbers.h"
#include "jinja/object.h"

namespace tidemark::jinja {

std::string_view spelling(Operator op) {
  constexpr std::array<std::string_view, 15> kSpellings = {"+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "in", "not in"};
  return kSpellings[static_cast<size_t>(op)];
}

namespace {

[[noreturn]] void overflow(Operator op, int64_t a, int64_t b) {
  value_error(fmt::format("integer overflow: {} {} {} does not fit 64 bits", a, spelling(op), b));
}

[[noreturn]] void unsupported(Operator op, const Value& a, const Value& b) {
  Error error("TM2003", fmt::format("unsupported operand types for {}: '{}' and '{}'", spelling(op), type_name(a), type_name(b)));
  if (op == Operator::kAdd && (a.is_string() || b.is_string())) error.hint("'~' joins values of any type as text");
  throw error;
}

int64_t floor_divide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

int64_t int_power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  int64_t factor = base;
  for (int64_t rest = exponent; rest > 0; rest /= 2) {
    if (rest % 2 == 1 && __builtin_mul_overflow(result, factor, &result)) overflow(Operator::kPow, base, exponent);
    if (rest > 1 && __builtin_mul_overflow(factor, factor, &factor)) overflow(Operator::kPow, base, exponent);
  }
  return result;
}

Value float_power(double a, double b) {
  if (a == 0 && b < 0) value_error("0.0 cannot be raised to a negative power");
  if (a < 0 && std::isfinite(a) && std::isfinite(b) && std::trunc(b) != b) value_error("a negative number cannot be raised to a fractional power");
  const double result = std::pow(a, b);
  if (std::isinf(result) && std::isfinite(a) && std::isfinite(b)) value_error("numerical result out of range");
  return result;
}

double divide(int64_t a, int64_t b) {
  constexpr int64_t kExact = int64_t{1} << 53;
  if (std::abs(a / 2) < kExact / 2 && std::abs(b / 2) < kExact / 2) return static_cast<double>(a) / static_cast<double>(b);
  return static_cast<double>(static_cast<long double>(a) / static_cast<long double>(b));
}

Value int_arithmetic(Operator op, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (op) {
    case Operator::kAdd:
      if (__builtin_add_overflow(a, b, &result)) overflow(op, a, b);
      return result;
    case Operator::kSub:
      if (__builtin_sub_overflow(a, b, &result)) overflow(op, a, b);
      return result;
    case Operator::kMul:
      if (__builtin_mul_overflow(a, b, &result)) overflow(op, a, b);
      return result;
    case Operator::kPow:
      if (b >= 0) return int_power(a, b);
      if (a == 0) value_error("0.0 cannot be raised to a negative power");
      return float_power(static_cast<double>(a), static_cast<double>(b));
    default:
      break;
  }
  if (b == 0) value_error(op == Operator::kDiv ? "division by zero" : "integer division or modulo by zero");
  if (op == Operator::kDiv) return divide(a, b);
  if (b == -1) {  // the one quotient that overflows
    if (op == Operator::kMod) return int64_t{0};
    if (__builtin_sub_overflow(int64_t{0}, a, &result)) overflow(op, a, b);
    return result;
  }
  if (op == Operator::kFloorDiv) return floor_divide(a, b);
  return a - floor_divide(a, b) * b;
}

double float_mod(double a, double b) {
  double rest = std::fmod(a, b);
  if (rest != 0) {
    if ((b < 0) != (rest < 0)) rest += b;
  } else {
    rest = std::copysign(0.0, b);
  }
  return rest;
}

double float_floor_divide(double a, double b) {
  const double rest = float_mod(a, b);
  const double quotient = (a - rest) / b;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double floored = std::floor(quotient);
  return quotient - floored > 0.5 ? floored + 1 : floored;
}

Value float_arithmetic(Operator op, double a, double b) {
  switch (op) {
    case Operator::kAdd:
      return a + b;
    case Operator::kSub:
      return a - b;
    case Operator::kMul:
      return a * b;
    case Operator::kPow:
      return float_power(a, b);
    default:
      break;
  }
  if (b == 0) value_error(op == Operator::kDiv ? "float division by zero" : (op == Operator::kMod ? "float modulo by zero" : "float floor division by zero"));
  if (op == Operator::kDiv) return a / b;
  return op == Operator::kMod ? float_mod(a, b) : float_floor_divide(a, b);
}

std::vector<Value> repeat_items(const std::vector<Value>& items, int64_t times) {
  std::vector<Value> out;
  if (times <= 0 || items.empty()) return out;
  uint64_t total = 0;
  if (__builtin_mul_overflow(items.size(), static_cast<uint64_t>(times), &total)) total = UINT64_MAX;
  check_items(total);
  out.reserve(items.size() * static_cast<size_t>(times));
  for (int64_t i = 0; i < times; ++i) out.insert(out.end(), items.begin(), items.end());
  return out;
}

Value repeat_text(const Value& text, int64_t times) {
  const std::string& bytes = text.as_string();
  if (times <= 0 || bytes.empty()) return Value::marked("", text.mark() == Mark::kMarkup ? Mark::kMarkup : Mark::kPlain);
  uint64_t total = 0;
  if (__builtin_mul_overflow(bytes.size(), static_cast<uint64_t>(times), &total)) total = UINT64_MAX;
  charge_bytes(total);
  std::string out;
  out.reserve(total);
  for (int64_t i = 0; i < times; ++i) out += bytes;
  return Value::marked(std::move(out), text.mark() == Mark::kMarkup ? Mark::kMarkup : Mark::kPlain);
}

bool is_integer(const Value& v) { return v.is_int() || v.is_bool(); }

Value multiply_sequence(const Value& sequence, const Value& times, const Value& a, const Value& b) {
  if (!is_integer(times)) unsupported(Operator::kMul, a, b);
  const int64_t count = number_as_int(times);
  if (sequence.is_string()) return repeat_text(sequence, count);
  if (sequence.is_list()) return Value::list(repeat_items(sequence.as_list().items, count));
  return Value::tuple(repeat_items(sequence.as_tuple().items, count));
}

bool is_sequence(const Value& v) { return v.is_string() || v.is_list() || v.is_tuple(); }

Value concatenate(const std::vector<Value>& a, const std::vector<Value>& b, bool tuple) {
  check_items(a.size() + b.size());
  std::vector<Value> out;
  out.reserve(a.size() + b.size());
  out.insert(out.end(), a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return tuple ? Value::tuple(std::move(out)) : Value::list(std::move(out));
}

Value add_texts(const Value& a, const Value& b) {
  const bool markup = a.mark() == Mark::kMarkup || b.mark() == Mark::kMarkup;
  std::string left = markup && a.mark() != Mark::kMarkup ? escape_html(a.as_string()) : a.as_string();
  charge_bytes(left.size() + b.as_string().size());
  left += markup && b.mark() != Mark::kMarkup ? escape_html(b.as_string()) : b.as_string();
  return Value::marked(std::move(left), markup ? Mark::kMarkup : Mark::kPlain);
}

Value set_difference(const Set& a, const Set& b) {
  Ref<Set> out = make_ref<Set>();
  for (const Dict::Entry& entry : a.items.entries()) {
    if (entry.live && b.items.find(entry.key) == nullptr) out->items.set(entry.key, nullptr);
  }
  return {std::move(out)};
}

std::optional<Value> ask_objects(Operator op, const Value& a, const Value& b) {
  if (a.is_object()) {
    if (auto result = a.as_object().operate(spelling(op), b, false)) return result;
  }
  if (b.is_object()) return b.as_object().operate(spelling(op), a, true);
  return std::nullopt;
}

}  // namespace

Value arithmetic(Operator op, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is_float() || b.is_float()) return float_arithmetic(op, number_as_float(a), number_as_float(b));
    return int_arithmetic(op, number_as_int(a), number_as_int(b));
  }
  if (op == Operator::kMod && a.is_string()) {
    std::string text = percent_format(a.as_string(), b);
    charge_bytes(text.size());
    return Value::marked(std::move(text), a.mark() == Mark::kMarkup ? Mark::kMarkup : Mark::kPlain);
  }
  if (a.is_undefined()) undefined_error(a);
  if (b.is_undefined()) undefined_error(b);
  if (op == Operator::kAdd) {
    if (a.is_string() && b.is_string()) return add_texts(a, b);
    if (a.is_list() && b.is_list()) return concatenate(a.as_list().items, b.as_list().items, false);
    if (a.is_tuple() && b.is_tuple()) return concatenate(a.as_tuple().items, b.as_tuple().items, true);
  }
  if (op == Operator::kMul && is_sequence(a)) return multiply_sequence(a, b, a, b);
  if (op == Operator::kMul && is_sequence(b)) return multiply_sequence(b, a, a, b);
  if (op == Operator::kSub && a.is_set() && b.is_set()) return set_difference(a.as_set(), b.as_set());
  if (auto result = ask_objects(op, a, b)) return *std::move(result);
  unsupported(op, a, b);
}

Value negate(const Value& v) {
  if (v.is_undefined()) undefined_error(v);
  if (v.is_float()) return -v.as_float();
  if (!is_integer(v)) type_error(fmt::format("bad operand type for unary -: '{}'", type_name(v)));
  return int_arithmetic(Operator::kSub, 0, number_as_int(v));
}

Value plus(const Value& v) {
  if (v.is_undefined()) undefined_error(v);
  if (v.is_float()) return v;
  if (!is_integer(v)) type_error(fmt::format("bad operand type for unary +: '{}'", type_name(v)));
  return number_as_int(v);
}

}  // namespace tidemark::jinja
