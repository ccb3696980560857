// printf-style formatting: text % arguments. Source of the rules: Python's reference, "printf-style String Formatting".
#include <cmath>

#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/fail.h"
#include "jinja/format_spec.h"
#include "jinja/numbers.h"
#include "jinja/operators.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

namespace {

constexpr int64_t kMaxWidth = 100'000'000;

class PercentFormatter {
 public:
  PercentFormatter(const std::string& format, const Value& arguments) : format_(format), arguments_(arguments) {}

  std::string run() {
    while (at_ < format_.size()) {
      const size_t percent = format_.find('%', at_);
      out_.append(format_, at_, (percent == std::string::npos ? format_.size() : percent) - at_);
      if (percent == std::string::npos) break;
      at_ = percent + 1;
      conversion();
      charge_steps(1);
    }
    const bool all_used = arguments_.is_tuple() ? used_ >= arguments_.as_tuple().items.size() : used_ > 0 || named_ || is_container();
    if (!all_used) type_error("not all arguments converted during string formatting");
    return std::move(out_);
  }

 private:
  bool is_container() const { return arguments_.is_dict() || arguments_.is_list() || arguments_.is_object() || arguments_.is_undefined(); }

  char peek() const {
    if (at_ >= format_.size()) value_error("incomplete format");
    return format_[at_];
  }

  const Value& next_argument() {
    if (arguments_.is_tuple()) {
      if (used_ >= arguments_.as_tuple().items.size()) type_error("not enough arguments for format string");
      return arguments_.as_tuple().items[used_++];
    }
    if (used_ > 0) type_error("not enough arguments for format string");
    ++used_;
    return arguments_;
  }

  // %(name)…: sets named_value_.
  void take_name() {
    named_value_ = nullptr;
    if (peek() != '(') return;
    int depth = 1;
    const size_t start = ++at_;
    for (; depth > 0; ++at_) {
      if (at_ >= format_.size()) value_error("incomplete format key");
      if (format_[at_] == '(') ++depth;
      if (format_[at_] == ')') --depth;
    }
    if (!arguments_.is_dict()) type_error("format requires a mapping");
    const std::string name = format_.substr(start, at_ - 1 - start);
    named_value_ = arguments_.as_dict().find(std::string_view(name));
    if (named_value_ == nullptr) value_error(fmt::format("no value for the key '{}' of the format string", name));
    named_ = true;
  }

  int64_t take_number() {
    if (peek() == '*') {
      ++at_;
      const Value& v = next_argument();
      if (!v.is_int() && !v.is_bool()) type_error("* wants int");
      const int64_t number = number_as_int(v);
      if (std::abs(number) > kMaxWidth) value_error("too large a width in a format string");
      return number;
    }
    int64_t number = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
      number = number * 10 + (peek() - '0');
      if (number > kMaxWidth) value_error("too large a width in a format string");
    }
    return number;
  }

  void conversion() {
    take_name();
    FormatSpec spec;
    bool left = false;
    spec.align = '>';
    for (;; ++at_) {
      const char c = peek();
      if (c == '-') {
        left = true;
      } else if (c == '0') {
        spec.zero = true;
      } else if (c == '#') {
        spec.alternate = true;
      } else if (c == '+' || (c == ' ' && spec.sign != '+')) {
        spec.sign = c;
      } else if (c != ' ') {
        break;
      }
    }
    spec.width = take_number();
    if (spec.width < 0) {
      left = true;
      spec.width = -spec.width;
    }
    if (peek() == '.') {
      ++at_;
      spec.precision = std::max<int64_t>(take_number(), 0);
    }
    if (peek() == 'h' || peek() == 'l' || peek() == 'L') ++at_;
    if (left) {
      spec.align = '<';
      spec.zero = false;
    }
    const size_t index = at_;
    const char type = peek();
    ++at_;
    if (type == '%') {
      out_ += '%';
      return;
    }
    convert(type, index, spec, named_value_ != nullptr ? *named_value_ : next_argument());
  }

  void convert(char type, size_t index, FormatSpec& spec, const Value& v) {
    switch (type) {
      case 's':
      case 'r':
      case 'a':
        text(type == 's' ? to_text(v) : to_repr(v), spec);
        break;
      case 'c':
        character(v, spec);
        break;
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X':
        integer(type, v, spec);
        break;
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        floating(type, v, spec);
        break;
      default:
        value_error(fmt::format("unsupported format character '{}' at index {}", type, index));
    }
  }

  void text(std::string text, FormatSpec& spec) {
    if (spec.precision >= 0) text = std::string(code_point_range(text, 0, static_cast<size_t>(spec.precision)));
    out_ += pad_text(std::move(text), spec);
  }

  void character(const Value& v, FormatSpec& spec) {
    if (v.is_string() && code_points(v.as_string()) == 1) return text(v.as_string(), spec);
    if (!v.is_int() && !v.is_bool()) type_error("%c requires int or char");
    const int64_t i = number_as_int(v);
    if (i < 0 || i > 0x10FFFF) value_error("%c argument not in range(0x110000)");
    std::string made;
    append_utf8(made, static_cast<char32_t>(i));
    spec.precision = -1;
    text(std::move(made), spec);
  }

  void integer(char type, const Value& v, FormatSpec& spec) {
    if (v.is_undefined()) undefined_error(v);
    const bool decimal = type == 'd' || type == 'i' || type == 'u';
    if (!v.is_number() || (!decimal && v.is_float())) {
      type_error(fmt::format("%{} format: {} is required, not {}", type, decimal ? "a real number" : "an integer", type_name(v)));
    }
    const int64_t i = v.is_float() ? float_to_int(v.as_float()) : number_as_int(v);
    const uint64_t magnitude = i < 0 ? 0 - static_cast<uint64_t>(i) : static_cast<uint64_t>(i);
    std::string digits = int_digits(magnitude, type == 'o' ? 8 : (decimal ? 10 : 16), type == 'X');
    if (spec.precision > static_cast<int64_t>(digits.size())) {
      charge_bytes(static_cast<uint64_t>(spec.precision));
      digits.insert(0, static_cast<size_t>(spec.precision) - digits.size(), '0');
    }
    std::string sign = i < 0 ? "-" : (spec.sign == '-' ? "" : std::string(1, spec.sign));
    if (spec.alternate && !decimal) sign += type == 'o' ? "0o" : (type == 'x' ? "0x" : "0X");
    number(std::move(sign), std::move(digits), spec);
  }

  void floating(char type, const Value& v, FormatSpec& spec) {
    if (v.is_undefined()) undefined_error(v);
    if (!v.is_number()) type_error(fmt::format("must be real number, not {}", type_name(v)));
    const double d = number_as_float(v);
    if (spec.precision > 10'000) value_error("precision too large");
    const bool negative = std::signbit(d) && !std::isnan(d);
    std::string sign = negative ? "-" : (spec.sign == '-' ? "" : std::string(1, spec.sign));
    number(std::move(sign), float_digits(std::abs(d), type, spec.precision, spec.alternate), spec);
  }

  void number(std::string sign, std::string digits, FormatSpec& spec) {
    if (spec.zero) {
      spec.fill = "0";
      spec.align = '=';
    }
    out_ += pad_number(std::move(sign), std::move(digits), spec);
  }

  const std::string& format_;
  const Value& arguments_;
  size_t at_ = 0;
  size_t used_ = 0;
  bool named_ = false;
  const Value* named_value_ = nullptr;
  std::string out_;
};

}  // namespace

std::string percent_format(const std::string& format, const Value& arguments) { return PercentFormatter(format, arguments).run(); }

}  // namespace tidemark::jinja
