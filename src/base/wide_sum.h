// The slow part of exact sums: a two's complement integer in units of 2^kUnit that keeps only the 64-bit limbs it needs.
// Any sum of doubles and of products of two doubles fits (about 2^63 of them).
#pragma once
#include <cstdint>

#include "base/dyadic.h"

namespace tidemark {

class WideSum {
 public:
  // Below the last bit of the smallest product (2^-2148), and a whole number of limbs below 2^-74.
  static constexpr int kUnit = -74 - 33 * 64;

  WideSum() = default;
  WideSum(const WideSum& other);
  WideSum& operator=(const WideSum& other) = delete;
  ~WideSum();

  void add(bool negative, unsigned __int128 magnitude, int exponent);  // ± magnitude * 2^exponent
  // Two's complement limbs, the lowest in units of 2^exponent.
  void add_signed(const uint64_t* limbs, int count, int exponent);
  void add(const WideSum& other, bool negate);

  Dyadic value() const;

 private:
  void cover(int first, int end);
  void add_at(int limb, uint64_t value);
  void subtract_at(int limb, uint64_t value);
  void keep_headroom();

  uint64_t* limbs_ = nullptr;  // of weights 2^(kUnit + 64 * (first_ + i)); the last one holds the sign
  int16_t first_ = 0;
  int16_t count_ = 0;
};

// Bytes that exact sums hold on the heap, over all threads: what an engine does not count.
int64_t exact_sum_heap_bytes();
void count_exact_sum_heap(int64_t change);

}  // namespace tidemark
