#include "base/wide_sum.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

namespace tidemark {
namespace {

std::atomic<int64_t> heap_bytes{0};

// Room that is asked for beside what is needed, so that a sum that wanders does not move each time.
constexpr int kSpareLimbs = 1;

uint64_t* allocate(int limbs) {
  auto* memory = static_cast<uint64_t*>(std::malloc(static_cast<size_t>(limbs) * 8));
  if (!memory) throw std::bad_alloc();
  count_exact_sum_heap(limbs * 8);
  return memory;
}

void release(uint64_t* limbs, int count) {
  if (!limbs) return;
  std::free(limbs);
  count_exact_sum_heap(-count * 8);
}

}  // namespace

int64_t exact_sum_heap_bytes() { return heap_bytes.load(std::memory_order_relaxed); }
void count_exact_sum_heap(int64_t change) { heap_bytes.fetch_add(change, std::memory_order_relaxed); }

WideSum::WideSum(const WideSum& other) : first_(other.first_), count_(other.count_) {
  if (!count_) return;
  limbs_ = allocate(count_);
  std::memcpy(limbs_, other.limbs_, static_cast<size_t>(count_) * 8);
}

WideSum::~WideSum() { release(limbs_, count_); }

// Makes limbs [first, end) and a sign limb above them.
void WideSum::cover(int first, int end) {
  if (count_ && first >= first_ && end + 1 <= first_ + count_) return;
  int new_first = count_ ? std::min<int>(first, first_) : first;
  int new_end = count_ ? std::max<int>(end + 1, first_ + count_) : end + 1;
  if (count_) new_end += kSpareLimbs;
  uint64_t* grown = allocate(new_end - new_first);
  uint64_t sign = count_ && (limbs_[count_ - 1] >> 63) ? ~uint64_t{0} : 0;
  for (int limb = new_first; limb < new_end; ++limb) {
    int old = limb - first_;
    grown[limb - new_first] = count_ == 0 || old < 0 ? 0 : old < count_ ? limbs_[old] : sign;
  }
  release(limbs_, count_);
  limbs_ = grown;
  first_ = static_cast<int16_t>(new_first);
  count_ = static_cast<int16_t>(new_end - new_first);
}

void WideSum::add_at(int limb, uint64_t value) {
  for (int i = limb - first_; value && i < count_; ++i) {
    limbs_[i] += value;
    value = limbs_[i] < value ? 1 : 0;
  }
}

void WideSum::subtract_at(int limb, uint64_t value) {
  for (int i = limb - first_; value && i < count_; ++i) {
    uint64_t before = limbs_[i];
    limbs_[i] -= value;
    value = before < value ? 1 : 0;
  }
}

// The sign limb never overflows: it gets a limb above before it is half full.
void WideSum::keep_headroom() {
  auto top = static_cast<int64_t>(limbs_[count_ - 1]);
  if (top > INT64_MAX / 4 || top < INT64_MIN / 4) cover(first_, first_ + count_);
}

void WideSum::add(bool negative, unsigned __int128 magnitude, int exponent) {
  int position = exponent - kUnit;
  int limb = position / 64;
  int shift = position % 64;
  auto low = static_cast<uint64_t>(magnitude);
  auto high = static_cast<uint64_t>(magnitude >> 64);
  uint64_t parts[3] = {low << shift, high << shift, 0};
  if (shift) {
    parts[1] |= low >> (64 - shift);
    parts[2] = high >> (64 - shift);
  }
  cover(limb, limb + 3);
  for (int i = 0; i < 3; ++i) negative ? subtract_at(limb + i, parts[i]) : add_at(limb + i, parts[i]);
  keep_headroom();
}

void WideSum::add_signed(const uint64_t* limbs, int count, int exponent) {
  bool negative = limbs[count - 1] >> 63;
  unsigned __int128 carry = negative ? 1 : 0;
  for (int i = 0; i < count; ++i) {
    carry += negative ? ~limbs[i] : limbs[i];
    if (auto part = static_cast<uint64_t>(carry)) add(negative, part, exponent + 64 * i);
    carry >>= 64;
  }
}

void WideSum::add(const WideSum& other, bool negate) {
  if (!other.count_) return;
  int end = other.first_ + other.count_;
  cover(other.first_, end);
  bool negative = other.limbs_[other.count_ - 1] >> 63;
  for (int i = 0; i < other.count_; ++i) negate ? subtract_at(other.first_ + i, other.limbs_[i]) : add_at(other.first_ + i, other.limbs_[i]);
  // The other's sign goes on for ever.
  if (negative) negate ? add_at(end, 1) : subtract_at(end, 1);
  keep_headroom();
}

Dyadic WideSum::value() const {
  Dyadic value;
  if (!count_) return value;
  value.negative = limbs_[count_ - 1] >> 63;
  value.digits.assign(limbs_, limbs_ + count_);
  unsigned __int128 carry = value.negative ? 1 : 0;
  for (auto& limb : value.digits) {
    carry += value.negative ? ~limb : limb;
    limb = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  while (!value.digits.empty() && value.digits.back() == 0) value.digits.pop_back();
  value.exponent = kUnit + 64 * first_;
  if (value.digits.empty()) return {};
  return value;
}

}  // namespace tidemark
