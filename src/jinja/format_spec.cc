#include "jinja/format_spec.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/fail.h"
#include "jinja/numbers.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

namespace {

constexpr int64_t kMaxPrecision = 10'000;
constexpr int64_t kMaxWidth = 100'000'000;

bool is_align(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

int64_t take_number(std::string_view text, size_t& at) {
  int64_t number = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    number = number * 10 + (text[at] - '0');
    if (number > kMaxWidth) value_error("too large a number in a format specification");
  }
  return number;
}

void take_fill(std::string_view text, size_t& at, FormatSpec& spec) {
  if (text.empty()) return;
  size_t after = 0;
  next_code_point(text, after);
  if (after < text.size() && is_align(text[after])) {
    spec.fill = std::string(text.substr(0, after));
    spec.align = text[after];
    at = after + 1;
  } else if (is_align(text[0])) {
    spec.align = text[0];
    at = 1;
  }
}

}  // namespace

FormatSpec parse_format_spec(std::string_view text, const Value& v) {
  FormatSpec spec;
  size_t at = 0;
  take_fill(text, at, spec);
  const auto take = [&](char c) { return at < text.size() && text[at] == c && ++at != 0; };
  if (at < text.size() && (text[at] == '+' || text[at] == '-' || text[at] == ' ')) spec.sign = text[at++];
  take('z');
  spec.alternate = take('#');
  if (take('0')) {
    spec.zero = true;
    if (spec.align == 0) {
      spec.fill = "0";
      spec.align = v.is_string() ? '<' : '=';
    }
  }
  spec.width = take_number(text, at);
  if (take(',')) spec.grouping = ',';
  if (take('_')) {
    if (spec.grouping != 0) value_error("cannot specify both ',' and '_'");
    spec.grouping = '_';
  }
  if (take('.')) {
    const size_t before = at;
    spec.precision = take_number(text, at);
    if (at == before) value_error("format specifier missing precision");
    if (spec.precision > kMaxPrecision && !v.is_string()) value_error("precision too large");
  }
  if (at < text.size()) spec.type = text[at++];
  if (at != text.size()) value_error(fmt::format("invalid format specifier '{}' for '{}'", text, type_name(v)));
  return spec;
}

std::string int_digits(uint64_t magnitude, int base, bool upper) {
  char buffer[72];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, magnitude, base).ptr;
  std::string digits(buffer, end);
  if (upper) std::transform(digits.begin(), digits.end(), digits.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  return digits;
}

namespace {

std::string with_dot(std::string digits) {
  if (digits.find('.') != std::string::npos) return digits;
  const size_t e = digits.find('e');
  return digits.insert(e == std::string::npos ? digits.size() : e, ".");
}

// Like %g, but 1.0 rather than 1, and one digit sooner with an exponent: what format(x, '.3') gives.
std::string general_digits(double magnitude, int64_t precision) {
  const int64_t digits = std::max<int64_t>(precision, 1);
  std::string scientific = fmt::format("{:.{}e}", magnitude, digits - 1);
  const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
  if (exponent < -4 || exponent + 1 > digits - 1) {
    const size_t e = scientific.find('e');
    std::string mantissa = scientific.substr(0, e);
    if (mantissa.find('.') != std::string::npos) {
      mantissa.erase(mantissa.find_last_not_of('0') + 1);
      if (mantissa.back() == '.') mantissa.pop_back();
    }
    return mantissa + scientific.substr(e);
  }
  std::string fixed = fmt::format("{:.{}f}", magnitude, std::max<int64_t>(digits - 1 - exponent, 0));
  if (fixed.find('.') == std::string::npos) return fixed + ".0";
  fixed.erase(fixed.find_last_not_of('0') + 1);
  return fixed.back() == '.' ? fixed + "0" : fixed;
}

}  // namespace

std::string float_digits(double magnitude, char type, int64_t precision, bool alternate) {
  const bool upper = type == 'E' || type == 'F' || type == 'G';
  std::string out;
  if (!std::isfinite(magnitude)) {
    out = std::isnan(magnitude) ? "nan" : "inf";
    if (type == '%') out += '%';
  } else if (type == 0) {
    out = precision < 0 ? float_repr(magnitude) : general_digits(magnitude, precision);
    if (alternate) out = with_dot(std::move(out));
  } else {
    const int64_t digits = precision < 0 ? 6 : precision;
    switch (type | 0x20) {
      case 'e':
        out = fmt::format("{:.{}e}", magnitude, digits);
        break;
      case 'g':
        out = alternate ? fmt::format("{:#.{}g}", magnitude, std::max<int64_t>(digits, 1)) : fmt::format("{:.{}g}", magnitude, std::max<int64_t>(digits, 1));
        break;
      default:
        out = fmt::format("{:.{}f}", type == '%' ? magnitude * 100 : magnitude, digits);
        break;
    }
    if (alternate) out = with_dot(std::move(out));
    if (type == '%') out += '%';
  }
  if (upper) std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

namespace {

// Groups the leading digits of `digits` (what follows them stays), filled with zeros to `width` characters where asked.
std::string grouped(const std::string& digits, char separator, size_t group, size_t width) {
  size_t whole = 0;
  while (whole < digits.size() && std::isxdigit(static_cast<unsigned char>(digits[whole])) != 0) ++whole;
  const std::string rest = digits.substr(whole);
  std::string number = digits.substr(0, whole);
  const auto total = [&] { return number.size() + (number.size() - 1) / group + rest.size(); };
  while (!number.empty() && total() < width) number.insert(0, "0");
  std::string out;
  for (size_t i = 0; i < number.size(); ++i) {
    if (i != 0 && (number.size() - i) % group == 0) out += separator;
    out += number[i];
  }
  return out + rest;
}

std::string repeated(const std::string& fill, size_t count) {
  charge_bytes(count * fill.size());
  std::string out;
  out.reserve(count * fill.size());
  for (size_t i = 0; i < count; ++i) out += fill;
  return out;
}

std::string aligned(const std::string& text, const FormatSpec& spec, char align) {
  const size_t size = code_points(text);
  const auto width = static_cast<size_t>(spec.width);
  if (size >= width) return text;
  const size_t missing = width - size;
  const size_t left = align == '>' ? missing : (align == '^' ? missing / 2 : 0);
  return repeated(spec.fill, left) + text + repeated(spec.fill, missing - left);
}

}  // namespace

std::string pad_number(std::string sign, std::string digits, const FormatSpec& spec) {
  const bool zeros = spec.align == '=' && spec.fill == "0";
  if (spec.grouping != 0) {
    const bool by_four = spec.type == 'b' || spec.type == 'o' || spec.type == 'x' || spec.type == 'X';
    const auto room = static_cast<size_t>(spec.width) > sign.size() ? static_cast<size_t>(spec.width) - sign.size() : 0;
    digits = grouped(digits, spec.grouping, by_four ? 4 : 3, zeros ? room : 0);
  }
  if (spec.align != '=') return aligned(sign + digits, spec, spec.align == 0 ? '>' : spec.align);
  const size_t size = sign.size() + digits.size();
  const size_t missing = static_cast<size_t>(spec.width) > size ? static_cast<size_t>(spec.width) - size : 0;
  return sign + repeated(spec.fill, missing) + digits;
}

std::string pad_text(std::string text, const FormatSpec& spec) { return aligned(text, spec, spec.align == 0 ? '<' : spec.align); }

namespace {

[[noreturn]] void unknown_type(char type, const Value& v) {
  value_error(fmt::format("unknown format code '{}' for an object of type '{}'", type, type_name(v)));
}

std::string sign_of(bool negative, char wanted) { return negative ? "-" : (wanted == '-' ? "" : std::string(1, wanted)); }

std::string format_float(const Value& v, const FormatSpec& spec) {
  constexpr std::string_view kTypes = "eEfFgGn%";
  if (spec.type != 0 && kTypes.find(spec.type) == std::string_view::npos) unknown_type(spec.type, v);
  const double d = number_as_float(v);
  const char type = spec.type == 'n' ? 'g' : spec.type;
  return pad_number(sign_of(std::signbit(d) && !std::isnan(d), spec.sign), float_digits(std::abs(d), type, spec.precision, spec.alternate), spec);
}

std::string format_int(const Value& v, const FormatSpec& spec) {
  constexpr std::string_view kFloatTypes = "eEfFgG%";
  if (kFloatTypes.find(spec.type) != std::string_view::npos && spec.type != 0) return format_float(v, spec);
  if (spec.precision >= 0) value_error("precision not allowed in an integer format specifier");
  const int64_t i = number_as_int(v);
  const uint64_t magnitude = i < 0 ? 0 - static_cast<uint64_t>(i) : static_cast<uint64_t>(i);
  int base = 10;
  std::string prefix;
  switch (spec.type) {
    case 0:
    case 'd':
    case 'n':
      break;
    case 'b':
      base = 2;
      prefix = "0b";
      break;
    case 'o':
      base = 8;
      prefix = "0o";
      break;
    case 'x':
    case 'X':
      base = 16;
      prefix = spec.type == 'x' ? "0x" : "0X";
      break;
    case 'c': {
      if (i < 0 || i > 0x10FFFF) value_error("%c argument not in range(0x110000)");
      std::string text;
      append_utf8(text, static_cast<char32_t>(i));
      return aligned(text, spec, spec.align == 0 || spec.align == '=' ? '>' : spec.align);
    }
    default:
      unknown_type(spec.type, v);
  }
  return pad_number(sign_of(i < 0, spec.sign) + (spec.alternate ? prefix : ""), int_digits(magnitude, base, spec.type == 'X'), spec);
}

std::string format_text(const Value& v, const FormatSpec& spec) {
  if (spec.type != 0 && spec.type != 's') unknown_type(spec.type, v);
  if (spec.sign != '-') value_error("sign not allowed in a string format specifier");
  if (spec.align == '=') value_error("'=' alignment not allowed in a string format specifier");
  if (spec.grouping != 0) value_error(fmt::format("cannot specify '{}' with 's'", spec.grouping));
  std::string text = v.as_string();
  if (spec.precision >= 0) text = std::string(code_point_range(text, 0, static_cast<size_t>(spec.precision)));
  return pad_text(std::move(text), spec);
}

}  // namespace

std::string format_value(const Value& v, std::string_view text) {
  if (v.is_undefined() && text.empty()) return to_text(v);
  if (text.empty()) return to_text(v);
  if (v.is_string()) return format_text(v, parse_format_spec(text, v));
  if (v.is_float()) return format_float(v, parse_format_spec(text, v));
  if (v.is_number()) return format_int(v, parse_format_spec(text, v));
  type_error(fmt::format("unsupported format string passed to '{}'", type_name(v)));
}

}  // namespace tidemark::jinja
