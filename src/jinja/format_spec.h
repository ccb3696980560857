// Python's format specifications: format(value, spec), shared by str.format and printf-style formatting.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "jinja/object.h"
#include "jinja/value.h"

namespace tidemark::jinja {

struct FormatSpec {
  std::string fill = " ";  // one code point
  char align = 0;          // < > ^ = or 0
  char sign = '-';         // + - or blank
  bool alternate = false;  // #
  bool zero = false;       // 0 before the width
  int64_t width = 0;
  char grouping = 0;  // , or _
  int64_t precision = -1;
  char type = 0;
};

FormatSpec parse_format_spec(std::string_view text, const Value& v);  // TM2006
std::string format_value(const Value& v, std::string_view spec);      // format(v, spec)

// Digits of a float without sign: type e f g (any case), % or 0 for str()'s own form.
std::string float_digits(double magnitude, char type, int64_t precision, bool alternate);
std::string int_digits(uint64_t magnitude, int base, bool upper);
// Puts sign, digits and padding together; numbers go right by default, texts left.
std::string pad_number(std::string sign, std::string digits, const FormatSpec& spec);
std::string pad_text(std::string text, const FormatSpec& spec);

// text.format(*args, **kwargs) and text.format_map(mapping) (str_format.cc).
std::string str_format(CallContext& context, const std::string& text, const Args& args);
std::string str_format_map(CallContext& context, const std::string& text, const Value& mapping);

}  // namespace tidemark::jinja
