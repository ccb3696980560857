// Python's operators on values. Errors come without a span.
#pragma once
#include <cstdint>
#include <string_view>

#include "jinja/value.h"

namespace tidemark::jinja {

enum class Operator : uint8_t { kAdd, kSub, kMul, kDiv, kFloorDiv, kMod, kPow, kEq, kNe, kLt, kLe, kGt, kGe, kIn, kNotIn };

std::string_view spelling(Operator op);                         // "+", "not in", …
Value arithmetic(Operator op, const Value& a, const Value& b);  // kAdd … kPow
bool compare(Operator op, const Value& a, const Value& b);      // kEq … kGe
Value negate(const Value& v);
Value plus(const Value& v);

// str % arguments, Python's printf-style formatting (percent_format.cc).
std::string percent_format(const std::string& format, const Value& arguments);

}  // namespace tidemark::jinja
