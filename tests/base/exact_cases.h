// Random doubles of the kinds that break sums.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <random>
#include <vector>

namespace tidemark {

inline uint64_t test_seed() {
  static const uint64_t seed = [] {
    const char* given = std::getenv("TIDEMARK_SEED");
    uint64_t chosen = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::cout << "TIDEMARK_SEED=" << chosen << std::endl;
    return chosen;
  }();
  return seed;
}

class DoubleCases {
 public:
  static constexpr int kKinds = 10;

  explicit DoubleCases(uint64_t seed) : random_(seed) {}

  int below(int bound) { return static_cast<int>(random_() % static_cast<uint64_t>(bound)); }
  uint64_t bits() { return random_(); }

  double value(int kind) {
    double sign = random_() % 2 ? 1 : -1;
    switch (kind) {
      case 0:
        return std::round(unit() * 10000) / 100;  // money
      case 1:
        return sign * unit() * std::pow(10, below(30) - 15);  // many sizes
      case 2:
        return std::bit_cast<double>((random_() % 2 << 63) | (random_() % (uint64_t{0x7ff} << 52)));  // any finite bits
      case 3:
        return sign * static_cast<double>(random_() % 100) * 5e-324;  // subnormal
      case 4:
        return sign * unit() * 1e300;
      case 5:
        return sign * unit() * 1e-300;
      case 6:
        return sign * std::ldexp(1 + unit(), 40 + below(30));  // about the window's upper end
      case 7:
        return sign * std::ldexp(1 + unit(), -30 + below(16));  // about its lower end
      case 8:
        return random_() % 2 ? 0.0 : -0.0;
      default:
        return sign * std::ldexp(1, below(2090) - 1070);  // powers of two
    }
  }

  // One kind, several kinds, or pairs that cancel; at times NaN and infinities.
  std::vector<double> values(int most, bool finite) {
    std::vector<double> out(static_cast<size_t>(below(most + 1)));
    int kind = below(kKinds);
    bool mixed = below(3) == 0;
    for (auto& x : out) x = value(mixed ? below(kKinds) : kind);
    if (below(3) == 0) {
      for (size_t i = 0; i + 1 < out.size(); i += 2) out[i + 1] = -out[i] * (below(8) == 0 ? 1 + 1e-16 : 1);
    }
    if (!finite && below(4) == 0) {
      for (auto& x : out) {
        if (below(10) == 0) x = below(3) == 0 ? std::numeric_limits<double>::quiet_NaN() : (below(2) ? 1 : -1) * std::numeric_limits<double>::infinity();
      }
    }
    std::shuffle(out.begin(), out.end(), random_);
    return out;
  }

  std::mt19937_64& engine() { return random_; }

 private:
  double unit() { return std::ldexp(static_cast<double>(random_() >> 11), -53); }
  std::mt19937_64 random_;
};

}  // namespace tidemark
