#include "jinja/numbers.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "jinja/fail.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

std::string float_repr(double d) {
  if (std::isnan(d)) return "nan";
  if (std::isinf(d)) return d < 0 ? "-inf" : "inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, d, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  std::string sign;
  if (text.front() == '-') {
    sign = "-";
    text.remove_prefix(1);
  }
  const size_t e = text.find('e');
  int exponent = 0;
  const char* exponent_text = text.data() + e + 1 + (text[e + 1] == '+' ? 1 : 0);
  std::from_chars(exponent_text, text.data() + text.size(), exponent);
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  if (exponent < -4 || exponent >= 16) {
    const std::string fraction = digits.size() > 1 ? "." + digits.substr(1) : "";
    return fmt::format("{}{}{}e{}{:02}", sign, digits[0], fraction, exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0) return fmt::format("{}0.{}{}", sign, std::string(static_cast<size_t>(-exponent - 1), '0'), digits);
  const size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) return sign + digits + std::string(whole - digits.size(), '0') + ".0";
  return sign + digits.substr(0, whole) + "." + digits.substr(whole);
}

int64_t number_as_int(const Value& v) { return v.is_bool() ? (v.as_bool() ? 1 : 0) : v.as_int(); }

double number_as_float(const Value& v) { return v.is_float() ? v.as_float() : static_cast<double>(number_as_int(v)); }

namespace {

// Compares exactly, where converting the integer to a double could round.
int compare_int_float(int64_t i, double d) {
  if (d >= 9223372036854775808.0) return -1;
  if (d < -9223372036854775808.0) return 1;
  const double whole = std::trunc(d);
  const auto as_int = static_cast<int64_t>(whole);
  if (i != as_int) return i < as_int ? -1 : 1;
  return d > whole ? -1 : (d < whole ? 1 : 0);
}

template <class T>
int three_way(T a, T b) {
  return a < b ? -1 : (a > b ? 1 : 0);
}

}  // namespace

int compare_numbers(const Value& a, const Value& b, bool& unordered) {
  unordered = (a.is_float() && std::isnan(a.as_float())) || (b.is_float() && std::isnan(b.as_float()));
  if (unordered) return 1;
  if (a.is_float() && b.is_float()) return three_way(a.as_float(), b.as_float());
  if (a.is_float()) return -compare_int_float(number_as_int(b), a.as_float());
  if (b.is_float()) return compare_int_float(number_as_int(a), b.as_float());
  return three_way(number_as_int(a), number_as_int(b));
}

uint64_t hash_number(const Value& v) {
  if (v.is_float()) {
    const double d = v.as_float();
    if (!(std::trunc(d) == d && d >= -9223372036854775808.0 && d < 9223372036854775808.0)) return std::hash<double>{}(d);
    return hash_number(Value(static_cast<int64_t>(d)));
  }
  // Spread, as neighbouring integers would fill neighbouring slots of long probe sequences.
  return static_cast<uint64_t>(number_as_int(v)) * 0x9E3779B97F4A7C15ULL;
}

namespace {

// Digits with single underscores between them removed; empty where underscores are misplaced.
std::string without_underscores(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (i == 0 || i + 1 == text.size() || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0 ||
               std::isalnum(static_cast<unsigned char>(text[i + 1])) == 0) {
      return {};
    }
  }
  return out;
}

// Removes 0b, 0o or 0x where `base` allows it (or is 0) and sets `base` to the one found.
bool take_prefix(std::string& digits, int& base) {
  if (digits.size() > 1 && digits[0] == '0') {
    const char letter = static_cast<char>(digits[1] | 0x20);
    const int found = letter == 'x' ? 16 : (letter == 'o' ? 8 : (letter == 'b' ? 2 : 0));
    if (found != 0 && (base == 0 || base == found)) {
      base = found;
      digits.erase(0, 2);
      return true;
    }
  }
  if (base != 0) return true;
  base = 10;
  return digits.find_first_not_of('0') == std::string::npos || digits[0] != '0';
}

}  // namespace

std::optional<int64_t> parse_int(std::string_view text, int base) {
  text = strip_left(strip_right(text));
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  std::string digits = without_underscores(text);
  if (digits.empty() || !take_prefix(digits, base) || digits.empty()) return std::nullopt;
  uint64_t magnitude = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (end != digits.data() + digits.size()) return std::nullopt;
  const uint64_t limit = static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) + (negative ? 1 : 0);
  if (fault == std::errc::result_out_of_range || magnitude > limit) value_error(fmt::format("the integer {} does not fit 64 bits", text));
  return static_cast<int64_t>(negative ? 0 - magnitude : magnitude);
}

std::optional<double> parse_float(std::string_view text) {
  text = strip_left(strip_right(text));
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const std::string word = lower(text);
  double d = 0;
  if (word == "inf" || word == "infinity") {
    d = std::numeric_limits<double>::infinity();
  } else if (word == "nan") {
    d = std::numeric_limits<double>::quiet_NaN();
  } else {
    const std::string digits = without_underscores(text);
    if (digits.empty() || (std::isdigit(static_cast<unsigned char>(digits[0])) == 0 && digits[0] != '.')) return std::nullopt;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), d);
    if (end != digits.data() + digits.size()) return std::nullopt;
    if (fault == std::errc::result_out_of_range) d = std::strtod(digits.c_str(), nullptr);
  }
  return negative ? -d : d;
}

int64_t float_to_int(double d) {
  if (std::isnan(d)) value_error("cannot convert float NaN to integer");
  if (std::isinf(d)) value_error("cannot convert float infinity to integer");
  if (d >= 9223372036854775808.0 || d < -9223372036854775808.0) value_error(fmt::format("the number {} does not fit a 64-bit integer", float_repr(d)));
  return static_cast<int64_t>(d);
}

double round_float(double d, int64_t digits) {
  if (!std::isfinite(d) || digits > 330) return d;
  if (digits < -330) return std::copysign(0.0, d);
  if (digits >= 0) return std::strtod(fmt::format("{:.{}f}", d, digits).c_str(), nullptr);
  // Tens and more: digits of the exact whole part, a tie only where there is no fraction.
  std::string whole = fmt::format("{:.0f}", std::trunc(std::abs(d)));
  const size_t cut = static_cast<size_t>(-digits);
  if (whole.size() < cut) return std::copysign(0.0, d);
  whole.insert(0, "0");
  const size_t at = whole.size() - cut;
  const bool more = whole.find_first_not_of('0', at + 1) != std::string::npos || std::trunc(d) != d;
  const bool up = whole[at] > '5' || (whole[at] == '5' && (more || ((whole[at - 1] - '0') % 2) == 1));
  for (size_t i = at; i < whole.size(); ++i) whole[i] = '0';
  for (size_t i = at; up && i > 0; --i) {
    if (whole[i - 1] != '9') {
      ++whole[i - 1];
      break;
    }
    whole[i - 1] = '0';
  }
  return std::copysign(std::strtod(whole.c_str(), nullptr), d);
}

int64_t round_int(int64_t i, int64_t digits) {
  if (digits >= 0) return i;
  if (digits < -18) return 0;
  int64_t unit = 1;
  for (int64_t n = digits; n < 0; ++n) unit *= 10;
  const int64_t rest = ((i % unit) + unit) % unit;
  int64_t down = 0;
  if (__builtin_sub_overflow(i, rest, &down)) value_error("integer overflow: the result does not fit 64 bits");
  const bool up = rest > unit / 2 || (rest == unit / 2 && (down / unit) % 2 != 0);
  int64_t result = down;
  if (up && __builtin_add_overflow(down, unit, &result)) value_error("integer overflow: the result does not fit 64 bits");
  return result;
}

}  // namespace tidemark::jinja
