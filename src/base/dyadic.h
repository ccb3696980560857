// Exact rational arithmetic for the last step of aggregates: integers times powers of two, and their correctly rounded
// quotients and roots. Slow and plain; a few hundred bits at most in practice.
#pragma once
#include <cstdint>
#include <vector>

namespace tidemark {

// Unsigned, little-endian limbs, without leading zeros: empty is 0.
using Natural = std::vector<uint64_t>;

// (-1)^negative * digits * 2^exponent. Zero is never negative.
struct Dyadic {
  bool negative = false;
  Natural digits;
  int exponent = 0;

  bool is_zero() const { return digits.empty(); }
};

Dyadic multiply(const Dyadic& a, const Dyadic& b);
Dyadic multiply(const Dyadic& a, uint64_t b);
Dyadic subtract(const Dyadic& a, const Dyadic& b);

// Round half to even; beyond the largest double: infinity; subnormals are rounded once.
double round_to_double(const Dyadic& value);
double round_quotient(const Dyadic& numerator, const Dyadic& denominator);          // denominator > 0
double round_root_of_quotient(const Dyadic& numerator, const Dyadic& denominator);  // both as they are; sign of the numerator kept

// digits * 2^exponent, a little more where `inexact`: digits must then have at least 55 bits.
double round_digits(bool negative, unsigned __int128 digits, int exponent, bool inexact);

}  // namespace tidemark
