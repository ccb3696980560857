#include "base/dyadic.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace tidemark {
namespace {

using Wide = unsigned __int128;

constexpr int kMantissaBits = std::numeric_limits<double>::digits;  // 53
constexpr int kLowestExponent = -1074;                              // of the last bit of a double

void trim(Natural& n) {
  while (!n.empty() && n.back() == 0) n.pop_back();
}

int bit_length(const Natural& n) { return n.empty() ? 0 : static_cast<int>(n.size()) * 64 - std::countl_zero(n.back()); }

int bit_length(Wide value) {
  auto high = static_cast<uint64_t>(value >> 64);
  return high ? 128 - std::countl_zero(high) : 64 - std::countl_zero(static_cast<uint64_t>(value));
}

int compare(const Natural& a, const Natural& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

Natural shifted_left(const Natural& n, int bits) {
  if (n.empty()) return {};
  auto limbs = static_cast<size_t>(bits / 64);
  int rest = bits % 64;
  Natural out(n.size() + limbs + 1, 0);
  for (size_t i = 0; i < n.size(); ++i) {
    out[i + limbs] |= n[i] << rest;
    if (rest) out[i + limbs + 1] |= n[i] >> (64 - rest);
  }
  trim(out);
  return out;
}

// Sets `lost` where a bit that was shifted out was 1.
Natural shifted_right(const Natural& n, int bits, bool& lost) {
  auto limbs = static_cast<size_t>(bits / 64);
  int rest = bits % 64;
  for (size_t i = 0; i < std::min(limbs, n.size()); ++i) lost |= n[i] != 0;
  if (limbs >= n.size()) return {};
  if (rest) lost |= (n[limbs] << (64 - rest)) != 0;
  Natural out(n.size() - limbs, 0);
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = n[i + limbs] >> rest;
    if (rest && i + limbs + 1 < n.size()) out[i] |= n[i + limbs + 1] << (64 - rest);
  }
  trim(out);
  return out;
}

Natural added(const Natural& a, const Natural& b) {
  Natural out(std::max(a.size(), b.size()) + 1, 0);
  Wide carry = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    carry += i < a.size() ? a[i] : 0;
    carry += i < b.size() ? b[i] : 0;
    out[i] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  trim(out);
  return out;
}

// a >= b
void subtract_from(Natural& a, const Natural& b) {
  uint64_t borrow = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    Wide taken = static_cast<Wide>(i < b.size() ? b[i] : 0) + borrow;
    borrow = a[i] < taken ? 1 : 0;
    a[i] -= static_cast<uint64_t>(taken);
  }
  trim(a);
}

Natural multiplied(const Natural& a, const Natural& b) {
  Natural out(a.size() + b.size(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    uint64_t carry = 0;
    for (size_t k = 0; k < b.size(); ++k) {
      Wide product = static_cast<Wide>(a[i]) * b[k] + out[i + k] + carry;
      out[i + k] = static_cast<uint64_t>(product);
      carry = static_cast<uint64_t>(product >> 64);
    }
    out[i + b.size()] = carry;
  }
  trim(out);
  return out;
}

struct Quotient {
  Wide value = 0;
  bool inexact = false;
};

// floor(n / d), which must be below 2^128. Restoring division, bit by bit.
Quotient divide(const Natural& n, const Natural& d) {
  Quotient quotient;
  Natural rest = n;
  for (int shift = std::max(0, bit_length(n) - bit_length(d)); shift >= 0; --shift) {
    Natural part = shifted_left(d, shift);
    quotient.value <<= 1;
    if (compare(rest, part) < 0) continue;
    subtract_from(rest, part);
    quotient.value |= 1;
  }
  quotient.inexact = !rest.empty();
  return quotient;
}

struct ScaledQuotient {
  Quotient quotient;
  int shift = 0;  // quotient = n * 2^shift / d
};

// With `bits` or one more significant bits. `even_with`: an integer with which the shift is made to have an even sum.
ScaledQuotient scaled_quotient(const Natural& n, const Natural& d, int bits, int even_with, bool want_even) {
  ScaledQuotient out;
  out.shift = bits + bit_length(d) - bit_length(n);
  if (want_even && (out.shift + even_with) % 2 != 0) ++out.shift;
  if (out.shift >= 0) {
    out.quotient = divide(shifted_left(n, out.shift), d);
  } else {
    out.quotient = divide(n, shifted_left(d, -out.shift));
  }
  return out;
}

// floor(sqrt(value)), value < 2^126.
uint64_t integer_root(Wide value) {
  auto root = static_cast<uint64_t>(std::sqrt(static_cast<long double>(value)));
  while (static_cast<Wide>(root) * root > value) --root;
  while (static_cast<Wide>(root + 1) * (root + 1) <= value) ++root;
  return root;
}

}  // namespace

Dyadic multiply(const Dyadic& a, const Dyadic& b) {
  Dyadic out{a.negative != b.negative, multiplied(a.digits, b.digits), a.exponent + b.exponent};
  if (out.is_zero()) out.negative = false;
  return out;
}

Dyadic multiply(const Dyadic& a, uint64_t b) {
  Natural factor{b};
  trim(factor);
  return multiply(a, Dyadic{false, std::move(factor), 0});
}

Dyadic subtract(const Dyadic& a, const Dyadic& b) {
  if (b.is_zero()) return a;
  if (a.is_zero()) return Dyadic{!b.negative, b.digits, b.exponent};
  int exponent = std::min(a.exponent, b.exponent);
  Natural x = shifted_left(a.digits, a.exponent - exponent);
  Natural y = shifted_left(b.digits, b.exponent - exponent);
  if (a.negative != b.negative) return {a.negative, added(x, y), exponent};
  bool swapped = compare(x, y) < 0;
  if (swapped) std::swap(x, y);
  subtract_from(x, y);
  return {!x.empty() && a.negative != swapped, std::move(x), exponent};
}

double round_digits(bool negative, unsigned __int128 digits, int exponent, bool inexact) {
  double magnitude = 0;
  if (int length = bit_length(digits); length > 0) {
    // The last bit that the double has: fewer than 53 of them where it is subnormal.
    int last = std::max(exponent + length - kMantissaBits, kLowestExponent);
    int drop = last - exponent;
    if (drop > 0) {
      Wide kept = drop < 128 ? digits >> drop : 0;
      Wide dropped = drop < 128 ? digits - (kept << drop) : digits;
      // Half of the last kept bit, against what is dropped. Beyond 128 bits less than half is dropped.
      Wide half = drop <= 128 ? static_cast<Wide>(1) << (drop - 1) : 0;
      bool up = drop <= 128 && (dropped > half || (dropped == half && (inexact || (kept & 1))));
      digits = kept + (up ? 1 : 0);
      exponent = last;
    }
    magnitude = std::ldexp(static_cast<double>(digits), exponent);
  }
  return negative ? -magnitude : magnitude;
}

double round_to_double(const Dyadic& value) {
  bool lost = false;
  int drop = std::max(0, bit_length(value.digits) - 120);
  Natural top = shifted_right(value.digits, drop, lost);
  Wide digits = 0;
  for (size_t i = top.size(); i-- > 0;) digits = digits << 64 | top[i];
  return round_digits(value.negative, digits, value.exponent + drop, lost);
}

double round_quotient(const Dyadic& numerator, const Dyadic& denominator) {
  if (numerator.is_zero()) return 0;
  ScaledQuotient scaled = scaled_quotient(numerator.digits, denominator.digits, 100, 0, false);
  return round_digits(numerator.negative, scaled.quotient.value, numerator.exponent - denominator.exponent - scaled.shift, scaled.quotient.inexact);
}

double round_root_of_quotient(const Dyadic& numerator, const Dyadic& denominator) {
  if (numerator.is_zero()) return 0;
  int exponent = numerator.exponent - denominator.exponent;
  ScaledQuotient scaled = scaled_quotient(numerator.digits, denominator.digits, 122, exponent, true);
  uint64_t root = integer_root(scaled.quotient.value);
  bool inexact = scaled.quotient.inexact || static_cast<Wide>(root) * root != scaled.quotient.value;
  return round_digits(numerator.negative, root, (exponent - scaled.shift) / 2, inexact);
}

}  // namespace tidemark
