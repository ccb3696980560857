// Sums of doubles without rounding: the result, and the bytes of the state, depend on the multiset of values alone, never on
// order, split or threads, and what was added can be taken out again. Rounded once, half to even, when a double is asked for.
//
// A sum is kept in a window: a two's complement integer of 128 bits in units of 2^-74, which holds values from 2^-22 to 2^52
// (and others whose bits fit). What leaves the window goes to a WideSum on the heap, made only then. Squares and products
// have windows of 256 bits.
//
// NaN and the infinities are counted beside, so that they too can be taken out. -0.0 adds nothing: a sum of zeros is +0.0.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/dyadic.h"
#include "base/wide_sum.h"

namespace tidemark {

// A double taken apart: ± mantissa * 2^exponent; the window's units where `shift` is below kShifts.
struct SplitDouble {
  static constexpr int kLeast = 1001;      // biased exponent of 2^-22, whose last bit is 2^-74
  static constexpr uint64_t kShifts = 74;  // 2^-22 .. 2^52

  explicit SplitDouble(double value) : bits(std::bit_cast<uint64_t>(value)) {
    uint64_t biased = bits >> 52 & 0x7ff;
    bool zero = (bits << 1) == 0;
    mantissa = zero ? 0 : (bits & 0xfffffffffffff) | (uint64_t{1} << 52);
    shift = zero ? 0 : biased - kLeast;
  }
  bool fits_window() const { return shift < kShifts; }
  bool is_finite() const { return (bits >> 52 & 0x7ff) != 0x7ff; }
  bool negative() const { return bits >> 63; }

  uint64_t bits;
  uint64_t mantissa;  // of subnormals: with a bit too many; only read where fits_window()
  uint64_t shift;
};

struct Window128 {
  uint64_t limbs[2] = {0, 0};
  static constexpr int kUnit = -74;

  // False, and unchanged, where the sum would leave the window.
  bool add(bool negative, uint64_t mantissa, uint64_t shift) {
    auto value = static_cast<__int128>(mantissa) << shift;
    return add(negative ? -value : value);
  }
  bool add(__int128 value) {
    __int128 sum;
    if (__builtin_add_overflow(get(), value, &sum)) return false;
    set(sum);
    return true;
  }
  __int128 get() const { return static_cast<__int128>(static_cast<unsigned __int128>(limbs[1]) << 64 | limbs[0]); }
  void set(__int128 value) {
    limbs[0] = static_cast<uint64_t>(value);
    limbs[1] = static_cast<uint64_t>(static_cast<unsigned __int128>(value) >> 64);
  }
};

struct Window256 {
  uint64_t limbs[4] = {0, 0, 0, 0};
  static constexpr int kUnit = -154;        // whole bytes above WideSum::kUnit; below the last bit of any product of window values
  static constexpr int kShiftOffset = 6;    // of products of mantissas: -148 - kUnit
  static constexpr uint64_t kShifts = 141;  // of products that fit: below 2^252 in all

  // ± product * 2^shift in units of 2^-148, shift < kShifts. False, and unchanged, where the sum might leave the window.
  bool add(bool negative, unsigned __int128 product, uint64_t shift) {
    shift += kShiftOffset;
    uint64_t parts[5] = {0, 0, 0, 0, 0};
    uint64_t limb = shift / 64;
    uint64_t rest = shift % 64;
    auto low = static_cast<uint64_t>(product);
    auto high = static_cast<uint64_t>(product >> 64);
    parts[limb] = low << rest;
    parts[limb + 1] = high << rest | (rest ? low >> (64 - rest) : 0);
    parts[limb + 2] = rest ? high >> (64 - rest) : 0;
    return add(negative, parts);
  }
  // ± four limbs, below 2^253.
  bool add(bool negative, const uint64_t* parts) {
    auto top = static_cast<int64_t>(limbs[3]);
    if (top > INT64_MAX / 4 || top < INT64_MIN / 4) return false;
    uint64_t flip = negative ? ~uint64_t{0} : 0;
    unsigned __int128 carry = negative ? 1 : 0;
    for (int i = 0; i < 4; ++i) {
      carry += limbs[i];
      carry += parts[i] ^ flip;
      limbs[i] = static_cast<uint64_t>(carry);
      carry >>= 64;
    }
    return true;
  }
};

template <int Count>
struct SecondWindows {
  Window256 second_[Count];
};
template <>
struct SecondWindows<0> {};

// `Firsts` sums of doubles and `Seconds` sums of products of two, over the same `count` values or pairs.
template <int Firsts, int Seconds>
class ExactSums : protected SecondWindows<Seconds> {
 public:
  ExactSums() = default;
  ExactSums(const ExactSums& other) { merge(other); }
  ExactSums& operator=(const ExactSums&) = delete;
  ~ExactSums() { delete wide_; }

  int64_t count() const { return count_; }
  // Of the first kind: [0, Firsts); products follow. Exact.
  Dyadic total(int index) const;

  void merge(const ExactSums& other);
  // Takes out what `other` holds. Throws Error TM4122 where that was never in it, as far as the counts tell.
  void subtract(const ExactSums& other);

  // Canonical: one kind byte, varint count, varint NaNs, +infs and -infs, then for each total 0 or
  // 1 + 2 * (lowest byte's place above WideSum::kUnit) + negative, varint length, magnitude bytes from the lowest.
  void append_to(std::string& bytes) const;
  std::string serialized() const {
    std::string bytes;
    append_to(bytes);
    return bytes;
  }
  // Adds or takes out a serialized state. Throws Error TM4123 where the bytes are none, or none of this kind.
  void merge(std::string_view bytes);
  void subtract(std::string_view bytes);

 protected:
  static constexpr int kTotals = Firsts + Seconds;
  struct Wide {
    int64_t nans = 0;
    int64_t infinities[2] = {0, 0};  // plus, minus
    WideSum totals[kTotals];
    Wide() { count_exact_sum_heap(sizeof(Wide)); }
    Wide(const Wide&) = delete;
    Wide& operator=(const Wide&) = delete;
    ~Wide() { count_exact_sum_heap(-static_cast<int64_t>(sizeof(Wide))); }
  };

  void add_first(int index, const SplitDouble& value) {
    if (value.fits_window() && first_[index].add(value.negative(), value.mantissa, value.shift)) return;
    add_first_wide(index, value);
  }
  void add_second(int index, const SplitDouble& a, const SplitDouble& b) {
    if constexpr (Seconds > 0) {
      if (a.fits_window() && b.fits_window() && a.shift + b.shift < Window256::kShifts) {
        auto product = static_cast<unsigned __int128>(a.mantissa) * b.mantissa;
        if (this->second_[index].add(a.negative() != b.negative(), product, a.shift + b.shift)) return;
      }
    }
    add_second_wide(index, a, b);
  }
  void add_not_finite(const SplitDouble& value);
  Wide& wide();
  int64_t nans() const { return wide_ ? wide_->nans : 0; }
  int64_t infinities(bool minus) const { return wide_ ? wide_->infinities[minus ? 1 : 0] : 0; }
  bool has_not_finite() const { return wide_ && (wide_->nans || wide_->infinities[0] || wide_->infinities[1]); }

  Window128 first_[Firsts];
  int64_t count_ = 0;
  Wide* wide_ = nullptr;

 private:
  void add_first_wide(int index, const SplitDouble& value);
  void add_second_wide(int index, const SplitDouble& a, const SplitDouble& b);
  void combine(const ExactSums& other, bool negate);
  void combine(std::string_view bytes, bool negate);
  void check_emptied() const;
  void change_counts(int64_t values, int64_t nans, int64_t plus, int64_t minus, bool negate);
};

extern template class ExactSums<1, 0>;
extern template class ExactSums<1, 1>;
extern template class ExactSums<2, 3>;

// Doubles as integers of the window's units, many at a time and without a shift that depends on the value: adding 1.5 * 2^52
// units leaves the number of units in the mantissa's bits (Dekker's splitting). value = high * 2^50 + low.
struct SplitDoubles {
  static constexpr size_t kMost = 1024;  // such parts add up in 64 bits, too
  static constexpr int kHighShift = 50;

  // False where one of them has no such parts: not below 2^27, bits below 2^-74, not finite. count <= kMost.
  bool split(const double* values, size_t count);

  int64_t high[kMost];  // at most 2^51; kMost is even: a last single value has room for a partner
  int64_t low[kMost];   // at most 2^49
};

// sum and avg.
class ExactSum : public ExactSums<1, 0> {
 public:
  void add(double value) {
    const SplitDouble split(value);
    ++count_;
    if (split.fits_window() && first_[0].add(split.negative(), split.mantissa, split.shift)) return;
    add_slowly(split);
  }
  // `count` values at once, the sums of whose parts these are; |high|, |low| <= 2^61. False, and unchanged, where the sum might
  // leave the window.
  bool add_parts(int64_t high, int64_t low, int64_t count) {
    uint64_t* limbs = first_[0].limbs;
    if (static_cast<uint64_t>(limbs[1] + kHalfOfTop) >= 2 * kHalfOfTop) return false;
    const uint64_t low_limb = (static_cast<uint64_t>(high) << SplitDoubles::kHighShift) + static_cast<uint64_t>(low);
    const uint64_t top_limb =
        static_cast<uint64_t>(high >> (64 - SplitDoubles::kHighShift)) + static_cast<uint64_t>(low >> 63) + (low_limb < static_cast<uint64_t>(low) ? 1 : 0);
    limbs[0] += low_limb;
    limbs[1] += top_limb + (limbs[0] < low_limb ? 1 : 0);
    count_ += count;
    return true;
  }
  // As add() of each.
  void add_all(const double* values, size_t count);

  // Both over no values: nullopt. NaN where NaN or both infinities are among the values.
  std::optional<double> sum() const;
  std::optional<double> average() const;

 private:
  static constexpr uint64_t kHalfOfTop = uint64_t{1} << 62;

  void add_slowly(const SplitDouble& value);
  std::optional<double> not_finite() const;
};

enum class Divisor { kPopulation, kSample };  // n, n - 1

// Variance and standard deviation: (n Σx² - (Σx)²) / (n (n or n - 1)), and its root. nullopt over too few values; NaN where
// any value is not finite; infinity beyond the largest double.
class ExactMoments : public ExactSums<1, 1> {
 public:
  void add(double value);
  std::optional<double> variance(Divisor divisor) const;
  std::optional<double> deviation(Divisor divisor) const;

 private:
  std::optional<double> result(Divisor divisor, bool root) const;
};

// Over pairs: covariance (n Σxy - Σx Σy) / (n (n or n - 1)); correlation, the root of the quotient of squares.
class ExactComoments : public ExactSums<2, 3> {
 public:
  void add(double y, double x);
  std::optional<double> covariance(Divisor divisor) const;
  std::optional<double> correlation() const;  // NaN where one of the two does not vary
};

}  // namespace tidemark
