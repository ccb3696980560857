// Python's numbers: int (here 64 bits; TM2006 beyond) and float, with its rules for mixing, division and text.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jinja/value.h"

namespace tidemark::jinja {

std::string float_repr(double d);                                      // the shortest text that reads back the same: 1.0, 1e+16, inf, nan
int64_t number_as_int(const Value& v);                                 // of a bool or int
double number_as_float(const Value& v);                                // of a bool, int or float
int compare_numbers(const Value& a, const Value& b, bool& unordered);  // -1, 0, 1; exact between int and float
uint64_t hash_number(const Value& v);                                  // equal numbers of any type have equal hashes

// int(text) and float(text) as Python reads them (blanks around, signs, single underscores); nullopt where they raise.
std::optional<int64_t> parse_int(std::string_view text, int base);  // TM2006 beyond 64 bits
std::optional<double> parse_float(std::string_view text);
int64_t float_to_int(double d);  // truncated; TM2006 for nan, inf and beyond 64 bits

// v rounded half to even to `digits` decimals (may be negative), as Python's round(v, digits).
double round_float(double d, int64_t digits);
int64_t round_int(int64_t i, int64_t digits);

}  // namespace tidemark::jinja
