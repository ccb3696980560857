#include "project/yaml_scalar.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

namespace tidemark::project {

namespace {

using Scalar = std::variant<std::monostate, bool, int64_t, double, std::string>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

constexpr std::array<std::string_view, 9> kTrue{"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
constexpr std::array<std::string_view, 9> kFalse{"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};

std::string without_underscores(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '_') out += c;
  }
  return out;
}

bool all(std::string_view text, bool (*good)(char)) {
  for (const char c : text) {
    if (!good(c)) return false;
  }
  return !text.empty();
}

Scalar integer_of(const std::string& digits, int base, bool negative) {
  uint64_t magnitude = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  constexpr uint64_t kLimit = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (fault != std::errc() || magnitude > kLimit) return std::strtod(((negative ? "-" : "") + digits).c_str(), nullptr);
  const int64_t value = static_cast<int64_t>(magnitude);
  return negative ? -value : value;
}

// "190:20:30": base 60, as YAML 1.1 has it; every part after the first is 0..59.
std::optional<int64_t> sexagesimal(std::string_view text) {
  if (text.find(':') == std::string_view::npos || text.empty() || !is_digit(text[0]) || text[0] == '0') return std::nullopt;
  int64_t value = 0;
  size_t begin = 0;
  bool first = true;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find(':', begin), text.size());
    const std::string part = without_underscores(text.substr(begin, end - begin));
    if (!all(part, is_digit) || (!first && (part.size() > 2 || std::atoi(part.c_str()) > 59)) || part.size() > 15) return std::nullopt;
    value = value * 60 + std::atoll(part.c_str());
    first = false;
    begin = end + 1;
  }
  return value;
}

std::optional<Scalar> as_integer(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || !is_digit(text[0])) return std::nullopt;
  const auto digit = [](char c) { return is_digit(c) || c == '_'; };
  if (text == "0") return Scalar(int64_t{0});
  if (text.starts_with("0x") && all(text.substr(2), [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == '_'; }))
    return integer_of(without_underscores(text.substr(2)), 16, negative);
  if (text.starts_with("0b") && all(text.substr(2), [](char c) { return c == '0' || c == '1' || c == '_'; }))
    return integer_of(without_underscores(text.substr(2)), 2, negative);
  if (text[0] == '0' && all(text.substr(1), [](char c) { return (c >= '0' && c <= '7') || c == '_'; }))
    return integer_of(without_underscores(text.substr(1)), 8, negative);
  if (text[0] != '0' && all(text, +digit)) return integer_of(without_underscores(text), 10, negative);
  if (const std::optional<int64_t> value = sexagesimal(text)) return Scalar(negative ? -*value : *value);
  return std::nullopt;
}

// "12:30:45.5": base 60 with a fraction.
std::optional<double> sexagesimal_float(std::string_view text) {
  const size_t point = text.rfind('.');
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || point == std::string_view::npos || point < colon || !is_digit(text[0])) return std::nullopt;
  double value = 0;
  for (size_t begin = 0; begin <= point;) {
    const size_t end = std::min(text.find(':', begin), point);
    const std::string part = without_underscores(text.substr(begin, end - begin));
    if (part.empty() || !all(part, is_digit) || (begin > 0 && (part.size() > 2 || std::atoi(part.c_str()) > 59))) return std::nullopt;
    value = value * 60 + std::strtod(part.c_str(), nullptr);
    begin = end + 1;
  }
  const std::string fraction = without_underscores(text.substr(point + 1));
  if (!all("0" + fraction, is_digit)) return std::nullopt;
  return value + std::strtod(("0." + fraction).c_str(), nullptr);
}

// digits '.' digits? (e[+-]digits)?  |  '.' digits (e[+-]digits)?  An exponent needs its sign: 1e3 is text.
std::optional<Scalar> as_float(std::string_view text) {
  const std::string_view whole = text;
  bool negative = false;
  bool has_sign = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    has_sign = true;
    text.remove_prefix(1);
  }
  if (text == ".inf" || text == ".Inf" || text == ".INF")
    return Scalar(negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity());
  if (!has_sign && (text == ".nan" || text == ".NaN" || text == ".NAN")) return Scalar(std::numeric_limits<double>::quiet_NaN());
  if (!text.empty() && is_digit(text[0])) {
    if (const std::optional<double> value = sexagesimal_float(text)) return Scalar(negative ? -*value : *value);
  }
  size_t at = 0;
  const auto digits = [&] {
    const size_t begin = at;
    while (at < text.size() && (is_digit(text[at]) || text[at] == '_')) ++at;
    return at - begin;
  };
  const bool leading = !text.empty() && is_digit(text[0]);
  if (leading) digits();
  if (at >= text.size() || text[at] != '.') return std::nullopt;
  ++at;
  if (!leading && (has_sign || at >= text.size() || !is_digit(text[at]))) return std::nullopt;
  digits();
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
    ++at;
    if (digits() == 0) return std::nullopt;
  }
  if (at != text.size()) return std::nullopt;
  return Scalar(std::strtod(without_underscores(whole).c_str(), nullptr));
}

}  // namespace

Scalar resolve_scalar(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return std::monostate{};
  if (one_of(text, kTrue)) return true;
  if (one_of(text, kFalse)) return false;
  const char first = text[0];
  if (is_digit(first) || first == '-' || first == '+' || first == '.') {
    if (const auto value = as_integer(text)) return *value;
    if (const auto value = as_float(text)) return *value;
  }
  return std::string(text);
}

}  // namespace tidemark::project
