#include "base/exact_sum.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/exact_cases.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "source_dir.h"

namespace tidemark {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

ExactSum sum_of(const std::vector<double>& values) {
  ExactSum sum;
  for (double x : values) sum.add(x);
  return sum;
}

double total_of(const std::vector<double>& values) { return sum_of(values).sum().value(); }

TEST(ExactSumTest, StatesAreSmall) {
  EXPECT_EQ(sizeof(ExactSum), 32U);
  EXPECT_EQ(sizeof(ExactMoments), 64U);
}

TEST(ExactSumTest, KnownSums) {
  EXPECT_EQ(total_of({0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}), 1.0);
  EXPECT_EQ(total_of({1e16, 1, -1e16}), 1.0);
  EXPECT_EQ(total_of({1e308, 1e308, -1e308}), 1e308);  // over the largest double and back
  EXPECT_EQ(total_of({1e308, 1e308}), kInfinity);
  EXPECT_EQ(total_of({-1e308, -1e308}), -kInfinity);
  EXPECT_EQ(total_of({std::numeric_limits<double>::max(), std::ldexp(1, 969)}), std::numeric_limits<double>::max());
  EXPECT_EQ(total_of({std::numeric_limits<double>::max(), std::ldexp(1, 970)}), kInfinity);  // half a last bit rounds to even: up
  EXPECT_EQ(total_of({5e-324, 5e-324, -1e-323}), 0.0);
  EXPECT_EQ(total_of({1, std::ldexp(1, -53)}), 1.0);
  EXPECT_EQ(total_of({1, std::ldexp(1, -53), std::ldexp(1, -1074)}), std::nextafter(1.0, 2.0));
  EXPECT_EQ(sum_of({1, 2}).average(), 1.5);
  EXPECT_FALSE(ExactSum().sum().has_value());
  EXPECT_FALSE(ExactSum().average().has_value());
}

TEST(ExactSumTest, ManyAtOnceAreTheSameAsOneByOne) {
  DoubleCases cases(test_seed());
  for (int i = 0; i < 2000; ++i) {
    const std::vector<double> values = cases.values(60, false);
    ExactSum together;
    const size_t cut = values.empty() ? 0 : static_cast<size_t>(cases.below(static_cast<int>(values.size())));
    together.add_all(values.data(), cut);
    together.add_all(values.data() + cut, values.size() - cut);
    ASSERT_EQ(together.serialized(), sum_of(values).serialized());
  }
}

// Multiples of 2^-40 below 2^26 are whole numbers of 128 bits to an independent sum; some among them leave the quick path.
TEST(ExactSumTest, LongRowsOfOrdinaryValuesAsIntegers) {
  DoubleCases cases(test_seed());
  for (int i = 0; i < 300; ++i) {
    std::vector<double> values;
    __int128 units = 0;
    const int count = cases.below(5000);
    for (int j = 0; j < count; ++j) {
      const int bits = i % 3 == 0 && cases.below(500) == 0 ? 86 : 66 - cases.below(60);
      const __int128 value = (static_cast<__int128>(cases.below(1 << 26)) - (1 << 25)) << std::max(0, bits - 26);
      units += value;
      values.push_back(std::ldexp(static_cast<double>(value), -40));
    }
    ExactSum together;
    together.add_all(values.data(), values.size());
    ASSERT_EQ(together.count(), count);
    ASSERT_EQ(together.serialized(), sum_of(values).serialized());
    if (count == 0) continue;
    ASSERT_EQ(*together.sum(), std::ldexp(static_cast<double>(units), -40));
  }
}

TEST(ExactSumTest, AtTheEdgesOfTheQuickPath) {
  const double most = std::nextafter(0x1p27, 0.0);
  for (const double edge : {most, -most, 0x1p27, -0x1p27, 0x1p26, std::nextafter(0x1p26, 0.0), 0x1p-22, std::nextafter(0x1p-22, 0.0), 0x1p-74, 0x1p-75, -0.0,
                            0x1p29, 0x1p52, 0x1p60, kInfinity}) {
    const std::vector<double> values(1500, edge);
    ExactSum together, single;
    together.add_all(values.data(), values.size());
    for (const double value : values) single.merge(sum_of({value}));
    EXPECT_EQ(together.serialized(), single.serialized()) << edge;
    EXPECT_EQ(*together.sum(), 1500 * edge + 0.0) << edge;
  }
}

TEST(ExactSumTest, ZerosArePositive) {
  EXPECT_FALSE(std::signbit(total_of({-0.0, -0.0})));
  EXPECT_FALSE(std::signbit(total_of({1.5, -1.5})));
  EXPECT_FALSE(std::signbit(total_of({1e300, -1e300})));
  EXPECT_EQ(sum_of({-0.0}).serialized(), sum_of({0.0}).serialized());
}

TEST(ExactSumTest, NotFiniteValuesCanBeTakenOut) {
  EXPECT_EQ(total_of({1, kInfinity}), kInfinity);
  EXPECT_EQ(total_of({1, -kInfinity}), -kInfinity);
  EXPECT_TRUE(std::isnan(total_of({kInfinity, -kInfinity})));
  EXPECT_TRUE(std::isnan(total_of({1, std::nan("")})));
  ExactSum sum = sum_of({1.25, kInfinity, std::nan(""), -kInfinity});
  sum.subtract(sum_of({std::nan("")}));
  EXPECT_TRUE(std::isnan(*sum.sum()));
  sum.subtract(sum_of({kInfinity}));
  EXPECT_EQ(*sum.sum(), -kInfinity);
  sum.subtract(sum_of({-kInfinity}));
  EXPECT_EQ(*sum.sum(), 1.25);
  EXPECT_EQ(sum.serialized(), sum_of({1.25}).serialized());
}

TEST(ExactSumTest, TakingOutWhatIsNotInFails) {
  auto code = [](const std::vector<double>& held, const std::vector<double>& taken) {
    try {
      ExactSum sum = sum_of(held);
      sum.subtract(sum_of(taken));
    } catch (const Error& error) {
      return error.code();
    }
    return std::string("none");
  };
  EXPECT_EQ(code({1}, {1, 2}), "TM4122");
  EXPECT_EQ(code({1}, {2}), "TM4122");
  EXPECT_EQ(code({1, 2}, {kInfinity}), "TM4122");
  EXPECT_EQ(code({1, 2}, {2}), "none");
}

TEST(ExactSumTest, MalformedBytesAreRefused) {
  std::string good = sum_of({1.5, -1e300, kInfinity}).serialized();
  ExactSum target;
  target.merge(good);
  EXPECT_EQ(target.serialized(), good);
  EXPECT_THROW(ExactSum().merge(""), Error);
  EXPECT_THROW(ExactSum().merge(good + '\0'), Error);
  ExactMoments moments;
  moments.add(1);
  EXPECT_THROW(ExactSum().merge(moments.serialized()), Error);
  for (size_t length = 0; length < good.size(); ++length) EXPECT_THROW(ExactSum().merge(good.substr(0, length)), Error) << length;
  // Whatever the bytes, an answer or an Error; and bytes that are taken come back the same.
  DoubleCases cases(test_seed());
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = good;
    for (int k = cases.below(4); k >= 0; --k) bytes[static_cast<size_t>(cases.below(static_cast<int>(bytes.size())))] = static_cast<char>(cases.below(256));
    try {
      ExactSum sum;
      sum.merge(bytes);
      EXPECT_EQ(sum.serialized(), bytes);
      sum.sum();
      sum.average();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "TM4123");
    }
  }
}

// The same values in any order, cut anywhere, merged in memory or as bytes, with others added and taken out again.
template <class Sums, class Add>
void expect_canonical(DoubleCases& cases, Add add) {
  auto values = cases.values(60, false);
  auto others = cases.values(20, false);
  auto state_of = [&](const std::vector<double>& some) {
    Sums sums;
    for (double x : some) add(sums, x);
    return sums.serialized();
  };
  std::string expected = state_of(values);
  std::shuffle(values.begin(), values.end(), cases.engine());
  Sums merged;
  size_t at = 0;
  bool others_in = false;
  while (at < values.size() || !others_in) {
    if (!others_in && cases.below(3) == 0) {
      merged.merge(state_of(others));
      others_in = true;
    }
    size_t end = std::min(values.size(), at + static_cast<size_t>(cases.below(20)));
    Sums part;
    for (; at < end; ++at) add(part, values[at]);
    cases.below(2) ? merged.merge(part) : merged.merge(part.serialized());
  }
  if (cases.below(2)) {
    Sums taken;
    for (double x : others) add(taken, x);
    merged.subtract(taken);
  } else {
    merged.subtract(state_of(others));
  }
  ASSERT_EQ(merged.serialized(), expected);
  ASSERT_EQ(Sums(merged).serialized(), expected);
}

TEST(ExactSumTest, StatesDependOnValuesAlone) {
  for (int i = 0; i < 4000; ++i) {
    SCOPED_TRACE(i);
    DoubleCases cases(test_seed() + static_cast<uint64_t>(i));
    ASSERT_NO_FATAL_FAILURE(expect_canonical<ExactSum>(cases, [](ExactSum& sums, double x) { sums.add(x); }));
    ASSERT_NO_FATAL_FAILURE(expect_canonical<ExactMoments>(cases, [](ExactMoments& sums, double x) { sums.add(x); }));
    ASSERT_NO_FATAL_FAILURE(expect_canonical<ExactComoments>(cases, [](ExactComoments& sums, double x) { sums.add(x, std::sqrt(std::fabs(x))); }));
  }
}

TEST(ExactSumTest, ManyLargeValuesLeaveTheWindow) {
  ExactSum sum;
  ExactMoments moments;
  for (int i = 0; i < 100000; ++i) {
    sum.add(4503599627370495.5);  // just below 2^52
    moments.add(562949953421311.5);
  }
  EXPECT_EQ(*sum.sum(), 4503599627370495.5 * 100000);
  EXPECT_EQ(*moments.variance(Divisor::kSample), 0.0);
}

TEST(ExactSumTest, HeapIsGivenBack) {
  int64_t before = exact_sum_heap_bytes();
  {
    ExactSum sum = sum_of({1e300, 1e-300});
    EXPECT_GT(exact_sum_heap_bytes(), before);
    EXPECT_LT(exact_sum_heap_bytes(), before + 500);
    ExactSum copy(sum);
  }
  EXPECT_EQ(exact_sum_heap_bytes(), before);
}

std::string hex(const std::optional<double>& value) { return value ? fmt::format("\"{:016x}\"", std::bit_cast<uint64_t>(*value)) : "null"; }

std::string hex_list(const std::vector<double>& values) {
  std::string out;
  for (double x : values) out += (out.empty() ? "" : ", ") + hex(x);
  return "[" + out + "]";
}

// tests/base/exact_sum_oracle.py computes the same with Python's fractions and math.fsum.
TEST(ExactSumTest, AgreesWithFractions) {
  if (std::system("python3 -c '' 2>/dev/null") != 0) GTEST_SKIP() << "python3 is not installed";
  DoubleCases cases(test_seed());
  std::string lines;
  const int kCases = std::getenv("TIDEMARK_TEST_ALL") ? 3000 : 600;
  for (int i = 0; i < kCases; ++i) {
    auto x = cases.values(i % 50 == 0 ? 1000 : 40, false);
    auto y = x;
    for (auto& value : y) value = cases.below(2) ? value : cases.value(cases.below(DoubleCases::kKinds));
    ExactSum sum = sum_of(x);
    ExactMoments moments;
    ExactComoments comoments;
    for (size_t k = 0; k < x.size(); ++k) {
      moments.add(x[k]);
      comoments.add(y[k], x[k]);
    }
    lines += fmt::format(
        "{{\"x\": {}, \"y\": {}, \"sum\": {}, \"avg\": {}, \"var_pop\": {}, \"var_samp\": {}, \"stddev_pop\": {}, \"stddev_samp\": {}, \"covar_pop\": {}, "
        "\"covar_samp\": {}, \"corr\": {}}}\n",
        hex_list(x), hex_list(y), hex(sum.sum()), hex(sum.average()), hex(moments.variance(Divisor::kPopulation)), hex(moments.variance(Divisor::kSample)),
        hex(moments.deviation(Divisor::kPopulation)), hex(moments.deviation(Divisor::kSample)), hex(comoments.covariance(Divisor::kPopulation)),
        hex(comoments.covariance(Divisor::kSample)), hex(comoments.correlation()));
  }
  std::string file = (fs::temp_directory_path() / ("tidemark-" + random_uuid())).string();
  write_file(file, lines);
  int status = std::system(("python3 " + source_dir().string() + "/tests/base/exact_sum_oracle.py " + file + " " + std::to_string(kCases)).c_str());
  remove_file(file);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace tidemark
