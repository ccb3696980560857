#include "base/exact_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace tidemark {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

void append_varint(std::string& bytes, uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
}

Error malformed() { return Error("TM4123", "the bytes are no state of an exact aggregate, or of another one"); }

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
  bool at_end() const { return bytes_.empty(); }
  std::string_view take(size_t count) {
    if (count > bytes_.size()) throw malformed();
    std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  uint8_t byte() { return static_cast<uint8_t>(take(1)[0]); }
  // Only the shortest form of a number that fits int64: states are compared by their bytes.
  int64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      uint8_t part = byte();
      value |= static_cast<uint64_t>(part & 0x7f) << shift;
      if (part & 0x80) continue;
      if (part == 0 && shift > 0) throw malformed();
      return static_cast<int64_t>(value);
    }
    throw malformed();
  }

 private:
  std::string_view bytes_;
};

struct PackedTotal {
  bool negative = false;
  int place = 0;  // of the lowest byte, in bytes above WideSum::kUnit
  std::string_view magnitude;
};

constexpr int64_t kPlaces = 72 * 8;  // more than any total needs

PackedTotal read_total(ByteReader& reader) {
  PackedTotal total;
  int64_t head = reader.varint();
  if (head == 0) return total;
  total.negative = (head - 1) & 1;
  int64_t place = (head - 1) / 2;
  int64_t length = reader.varint();
  if (length == 0 || place + length > kPlaces) throw malformed();
  total.place = static_cast<int>(place);
  total.magnitude = reader.take(static_cast<size_t>(length));
  if (total.magnitude.front() == 0 || total.magnitude.back() == 0) throw malformed();
  return total;
}

void append_total(std::string& bytes, bool negative, const uint64_t* limbs, size_t count, int exponent) {
  auto byte_at = [&](size_t i) { return static_cast<char>(limbs[i / 8] >> (i % 8 * 8)); };
  size_t end = count * 8;
  while (end > 0 && byte_at(end - 1) == 0) --end;
  if (end == 0) {
    bytes += '\0';
    return;
  }
  size_t first = 0;
  while (byte_at(first) == 0) ++first;
  auto place = static_cast<uint64_t>((exponent - WideSum::kUnit) / 8) + first;
  append_varint(bytes, 1 + 2 * place + (negative ? 1 : 0));
  append_varint(bytes, end - first);
  for (size_t i = first; i < end; ++i) bytes += byte_at(i);
}

// The magnitude's bytes as limbs, moved up by `offset` bytes; they must fit.
void spread(const PackedTotal& total, int offset, uint64_t* limbs) {
  for (size_t i = 0; i < total.magnitude.size(); ++i) {
    size_t at = i + static_cast<size_t>(offset);
    limbs[at / 8] |= static_cast<uint64_t>(static_cast<uint8_t>(total.magnitude[i])) << (at % 8 * 8);
  }
}

// Where a window could take a packed total: how many bytes above its unit; -1 where it does not fit.
int offset_in_window(const PackedTotal& total, int unit, int window_bytes) {
  int offset = total.place - (unit - WideSum::kUnit) / 8;
  return offset >= 0 && offset + static_cast<int>(total.magnitude.size()) <= window_bytes ? offset : -1;
}

void add_packed(WideSum& sum, const PackedTotal& total, bool negate) {
  for (size_t i = 0; i < total.magnitude.size(); i += 8) {
    uint64_t part = 0;
    for (size_t k = 0; k < std::min<size_t>(8, total.magnitude.size() - i); ++k)
      part |= static_cast<uint64_t>(static_cast<uint8_t>(total.magnitude[i + k])) << (8 * k);
    sum.add(total.negative != negate, part, WideSum::kUnit + 8 * (total.place + static_cast<int>(i)));
  }
}

Dyadic to_dyadic(const uint64_t* limbs, int count, int exponent) {
  WideSum sum;
  sum.add_signed(limbs, count, exponent);
  return sum.value();
}

struct Parts {
  uint64_t mantissa;
  int exponent;
};

// Of a finite double, also of subnormals.
Parts parts_of(const SplitDouble& value) {
  auto biased = static_cast<int>(value.bits >> 52 & 0x7ff);
  uint64_t fraction = value.bits & 0xfffffffffffff;
  if (biased == 0) return {fraction, -1074};
  return {fraction | uint64_t{1} << 52, biased - 1075};
}

Error not_held() { return Error("TM4122", "a state is taken out of an exact aggregate that does not hold it"); }

int64_t checked_sum(int64_t a, int64_t b, bool negate) {
  int64_t sum = 0;
  bool overflow = negate ? __builtin_sub_overflow(a, b, &sum) : __builtin_add_overflow(a, b, &sum);
  if (overflow) throw Error("TM4123", "an exact aggregate counts more than 2^63 values");
  if (sum < 0) throw not_held();
  return sum;
}

}  // namespace

template <int Firsts, int Seconds>
typename ExactSums<Firsts, Seconds>::Wide& ExactSums<Firsts, Seconds>::wide() {
  if (!wide_) wide_ = new Wide;
  return *wide_;
}

template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::add_not_finite(const SplitDouble& value) {
  bool is_nan = (value.bits & 0xfffffffffffff) != 0;
  ++(is_nan ? wide().nans : wide().infinities[value.negative() ? 1 : 0]);
}

// A full window is emptied into the wide sum. Values below the window may still fit it, where their last bits are 0.
template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::add_first_wide(int index, const SplitDouble& value) {
  Window128& window = first_[index];
  if (value.fits_window()) {
    wide().totals[index].add_signed(window.limbs, 2, Window128::kUnit);
    window = {};
    window.add(value.negative(), value.mantissa, value.shift);
    return;
  }
  Parts parts = parts_of(value);
  int zeros = std::countr_zero(parts.mantissa);
  int shift = parts.exponent + zeros - Window128::kUnit;
  if (shift >= 0 && parts.exponent < 0 && window.add(value.negative(), parts.mantissa >> zeros, static_cast<uint64_t>(shift))) return;
  wide().totals[index].add(value.negative(), parts.mantissa, parts.exponent);
}

template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::add_second_wide(int index, const SplitDouble& a, const SplitDouble& b) {
  if constexpr (Seconds > 0) {
    Parts x = parts_of(a);
    Parts y = parts_of(b);
    if (x.mantissa == 0 || y.mantissa == 0) return;
    WideSum& sum = wide().totals[Firsts + index];
    auto top = static_cast<int64_t>(this->second_[index].limbs[3]);
    if (top > INT64_MAX / 4 || top < INT64_MIN / 4) {
      sum.add_signed(this->second_[index].limbs, 4, Window256::kUnit);
      this->second_[index] = {};
    }
    sum.add(a.negative() != b.negative(), static_cast<unsigned __int128>(x.mantissa) * y.mantissa, x.exponent + y.exponent);
  }
}

template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::change_counts(int64_t values, int64_t nans, int64_t plus, int64_t minus, bool negate) {
  int64_t new_count = checked_sum(count_, values, negate);
  if (nans || plus || minus) {
    int64_t new_nans = checked_sum(this->nans(), nans, negate);
    int64_t new_plus = checked_sum(infinities(false), plus, negate);
    int64_t new_minus = checked_sum(infinities(true), minus, negate);
    Wide& own = wide();
    own.nans = new_nans;
    own.infinities[0] = new_plus;
    own.infinities[1] = new_minus;
  }
  count_ = new_count;
}

template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::combine(const ExactSums& other, bool negate) {
  change_counts(other.count_, other.nans(), other.infinities(false), other.infinities(true), negate);
  for (int i = 0; i < Firsts; ++i) {
    // The least value has no opposite: it goes the long way.
    __int128 value = other.first_[i].get();
    bool has_opposite = value != static_cast<__int128>(static_cast<unsigned __int128>(1) << 127);
    if (has_opposite && first_[i].add(negate ? -value : value)) continue;
    WideSum part;
    part.add_signed(other.first_[i].limbs, 2, Window128::kUnit);
    wide().totals[i].add(part, negate);
  }
  if constexpr (Seconds > 0) {
    for (int i = 0; i < Seconds; ++i) {
      auto& window = other.second_[i];
      auto top = static_cast<int64_t>(window.limbs[3]);
      if (top < INT64_MAX / 8 && top > INT64_MIN / 8 && this->second_[i].add(negate, window.limbs)) continue;
      WideSum part;
      part.add_signed(window.limbs, 4, Window256::kUnit);
      wide().totals[Firsts + i].add(part, negate);
    }
  }
  if (other.wide_) {
    for (int i = 0; i < kTotals; ++i) wide().totals[i].add(other.wide_->totals[i], negate);
  }
}

template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::merge(const ExactSums& other) {
  combine(other, false);
}

template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::subtract(const ExactSums& other) {
  combine(other, true);
  check_emptied();
}

template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::combine(std::string_view bytes, bool negate) {
  ByteReader reader(bytes);
  if (reader.byte() != Firsts * 16 + Seconds) throw malformed();
  int64_t values = reader.varint();
  int64_t not_finite[3];
  for (auto& count : not_finite) count = reader.varint();
  PackedTotal totals[kTotals];
  for (auto& total : totals) total = read_total(reader);
  if (!reader.at_end()) throw malformed();

  change_counts(values, not_finite[0], not_finite[1], not_finite[2], negate);
  for (int i = 0; i < kTotals; ++i) {
    const PackedTotal& total = totals[i];
    if (total.magnitude.empty()) continue;
    bool negative = total.negative != negate;
    if (i < Firsts) {
      uint64_t limbs[2] = {0, 0};
      if (int offset = offset_in_window(total, Window128::kUnit, 15); offset >= 0) {
        spread(total, offset, limbs);
        __int128 value = static_cast<__int128>(static_cast<unsigned __int128>(limbs[1]) << 64 | limbs[0]);
        if (first_[i].add(negative ? -value : value)) continue;
      }
    } else if constexpr (Seconds > 0) {
      uint64_t limbs[4] = {0, 0, 0, 0};
      if (int offset = offset_in_window(total, Window256::kUnit, 31); offset >= 0) {
        spread(total, offset, limbs);
        if (this->second_[i - Firsts].add(negative, limbs)) continue;
      }
    }
    add_packed(wide().totals[i], total, negate);
  }
}

template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::merge(std::string_view bytes) {
  combine(bytes, false);
}

template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::subtract(std::string_view bytes) {
  combine(bytes, true);
  check_emptied();
}

template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::check_emptied() const {
  if (count_ > 0) return;
  bool empty = !has_not_finite();
  for (int i = 0; i < kTotals; ++i) empty = empty && total(i).is_zero();
  if (!empty) throw not_held();
}

template <int Firsts, int Seconds>
Dyadic ExactSums<Firsts, Seconds>::total(int index) const {
  const uint64_t* limbs = nullptr;
  int count = 2;
  int unit = Window128::kUnit;
  if (index < Firsts) {
    limbs = first_[index].limbs;
  } else if constexpr (Seconds > 0) {
    limbs = this->second_[index - Firsts].limbs;
    count = 4;
    unit = Window256::kUnit;
  }
  if (!wide_) return to_dyadic(limbs, count, unit);
  WideSum sum(wide_->totals[index]);
  sum.add_signed(limbs, count, unit);
  return sum.value();
}

template <int Firsts, int Seconds>
void ExactSums<Firsts, Seconds>::append_to(std::string& bytes) const {
  bytes += static_cast<char>(Firsts * 16 + Seconds);
  append_varint(bytes, static_cast<uint64_t>(count_));
  append_varint(bytes, static_cast<uint64_t>(nans()));
  append_varint(bytes, static_cast<uint64_t>(infinities(false)));
  append_varint(bytes, static_cast<uint64_t>(infinities(true)));
  for (int i = 0; i < kTotals; ++i) {
    if (!wide_ && i < Firsts) {
      __int128 value = first_[i].get();
      auto magnitude = value < 0 ? 0 - static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
      uint64_t limbs[2] = {static_cast<uint64_t>(magnitude), static_cast<uint64_t>(magnitude >> 64)};
      append_total(bytes, value < 0, limbs, 2, Window128::kUnit);
    } else {
      Dyadic value = total(i);
      append_total(bytes, value.negative, value.digits.data(), value.digits.size(), value.exponent);
    }
  }
}

template class ExactSums<1, 0>;
template class ExactSums<1, 1>;
template class ExactSums<2, 3>;

bool SplitDoubles::split(const double* values, size_t count) {
  using Doubles = double __attribute__((vector_size(16)));
  using Integers = int64_t __attribute__((vector_size(16)));
  constexpr double kHighMagic = 0x1.8p28;  // 1.5 * 2^52 units of 2^-24
  constexpr double kLowMagic = 0x1.8p-22;  // 1.5 * 2^52 units of 2^-74
  constexpr int64_t kSameExponent = int64_t{-1} << 52;
  Integers exact = ~Integers{}, changed{};
  const auto take_apart = [&](const Doubles& value, size_t at) {
    const Doubles shifted = value + kHighMagic;
    const Doubles rest = value - (shifted - kHighMagic);
    const Doubles shifted_rest = rest + kLowMagic;
    const auto bits = std::bit_cast<Integers>(shifted);
    const Integers high_units = bits - std::bit_cast<int64_t>(kHighMagic);
    const Integers low_units = std::bit_cast<Integers>(shifted_rest) - std::bit_cast<int64_t>(kLowMagic);
    exact &= shifted_rest - kLowMagic == rest;
    changed |= bits ^ std::bit_cast<int64_t>(kHighMagic);  // sign and exponent stay below 2^27; not those of NaN
    std::memcpy(high + at, &high_units, sizeof high_units);
    std::memcpy(low + at, &low_units, sizeof low_units);
  };
  for (size_t i = 0; i < count / 2 * 2; i += 2) {
    Doubles pair;
    std::memcpy(&pair, values + i, sizeof pair);
    take_apart(pair, i);
  }
  if (count % 2 == 1) take_apart(Doubles{values[count - 1], 0}, count - 1);
  return exact[0] != 0 && exact[1] != 0 && ((changed[0] | changed[1]) & kSameExponent) == 0;
}

void ExactSum::add_all(const double* values, size_t count) {
  SplitDoubles parts;
  for (size_t done = 0; done < count;) {
    const size_t block = std::min(count - done, SplitDoubles::kMost);
    bool added = parts.split(values + done, block);
    if (added) {
      const int64_t high = std::accumulate(parts.high, parts.high + block, int64_t{0});
      const int64_t low = std::accumulate(parts.low, parts.low + block, int64_t{0});
      added = add_parts(high, low, static_cast<int64_t>(block));
    }
    for (size_t i = 0; !added && i < block; ++i) add(values[done + i]);
    done += block;
  }
}

void ExactSum::add_slowly(const SplitDouble& value) {
  if (value.is_finite()) {
    add_first(0, value);
  } else {
    add_not_finite(value);
  }
}

std::optional<double> ExactSum::not_finite() const {
  if (!has_not_finite()) return std::nullopt;
  if (nans() || (infinities(false) && infinities(true))) return kNan;
  return infinities(false) ? kInfinity : -kInfinity;
}

std::optional<double> ExactSum::sum() const {
  if (count_ == 0) return std::nullopt;
  if (auto value = not_finite()) return value;
  // The compiler's own conversion of __int128 rounds half to even; nothing in the window is subnormal.
  if (!wide_) return std::ldexp(static_cast<double>(first_[0].get()), Window128::kUnit);
  return round_to_double(total(0));
}

std::optional<double> ExactSum::average() const {
  if (count_ == 0) return std::nullopt;
  if (auto value = not_finite()) return value;
  __int128 value = first_[0].get();
  auto magnitude = value < 0 ? 0 - static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  if (wide_ || magnitude >> 127) return round_quotient(total(0), Dyadic{false, {static_cast<uint64_t>(count_)}, 0});
  if (magnitude == 0) return 0.0;
  int room = magnitude >> 64 ? std::countl_zero(static_cast<uint64_t>(magnitude >> 64)) : 64 + std::countl_zero(static_cast<uint64_t>(magnitude));
  magnitude <<= room;  // so that the quotient has at least 64 bits
  auto divisor = static_cast<unsigned __int128>(count_);
  return round_digits(value < 0, magnitude / divisor, Window128::kUnit - room, magnitude % divisor != 0);
}

void ExactMoments::add(double value) {
  SplitDouble split(value);
  ++count_;
  if (!split.is_finite()) return add_not_finite(split);
  add_first(0, split);
  add_second(0, split, split);
}

std::optional<double> ExactMoments::result(Divisor divisor, bool root) const {
  if (count_ < (divisor == Divisor::kSample ? 2 : 1)) return std::nullopt;
  if (has_not_finite()) return kNan;
  auto n = static_cast<uint64_t>(count_);
  Dyadic sum = total(0);
  Dyadic numerator = tidemark::subtract(multiply(total(1), n), multiply(sum, sum));
  Dyadic denominator = multiply(Dyadic{false, {n}, 0}, divisor == Divisor::kSample ? n - 1 : n);
  return root ? round_root_of_quotient(numerator, denominator) : round_quotient(numerator, denominator);
}

std::optional<double> ExactMoments::variance(Divisor divisor) const { return result(divisor, false); }
std::optional<double> ExactMoments::deviation(Divisor divisor) const { return result(divisor, true); }

void ExactComoments::add(double y, double x) {
  SplitDouble split_y(y);
  SplitDouble split_x(x);
  ++count_;
  if (!split_y.is_finite()) return add_not_finite(split_y);
  if (!split_x.is_finite()) return add_not_finite(split_x);
  add_first(0, split_y);
  add_first(1, split_x);
  add_second(0, split_y, split_y);
  add_second(1, split_y, split_x);
  add_second(2, split_x, split_x);
}

std::optional<double> ExactComoments::covariance(Divisor divisor) const {
  if (count_ < (divisor == Divisor::kSample ? 2 : 1)) return std::nullopt;
  if (has_not_finite()) return kNan;
  auto n = static_cast<uint64_t>(count_);
  Dyadic numerator = tidemark::subtract(multiply(total(3), n), multiply(total(0), total(1)));
  return round_quotient(numerator, multiply(Dyadic{false, {n}, 0}, divisor == Divisor::kSample ? n - 1 : n));
}

std::optional<double> ExactComoments::correlation() const {
  if (count_ == 0) return std::nullopt;
  if (has_not_finite()) return kNan;
  auto n = static_cast<uint64_t>(count_);
  Dyadic y = total(0);
  Dyadic x = total(1);
  Dyadic vary_y = tidemark::subtract(multiply(total(2), n), multiply(y, y));
  Dyadic vary_x = tidemark::subtract(multiply(total(4), n), multiply(x, x));
  if (vary_y.is_zero() || vary_x.is_zero()) return kNan;
  Dyadic together = tidemark::subtract(multiply(total(3), n), multiply(y, x));
  Dyadic square = multiply(together, together);
  square.negative = together.negative;
  return round_root_of_quotient(square, multiply(vary_y, vary_x));
}

}  // namespace tidemark
