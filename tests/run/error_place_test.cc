#include "run/error_place.h"

#include <gtest/gtest.h>

namespace tidemark::run {
namespace {

constexpr const char* kCompiled = "select a,\n  wrong as b\nfrom read_parquet('in/*.parquet')\nwhere nope > 1";

size_t line_of(std::string_view text, size_t offset) {
  return 1 + static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<long>(offset), '\n'));
}

TEST(ErrorPlace, IsFoundInSqlThatWasPutIntoMore) {
  const std::string compiled = kCompiled;
  const std::string executed = "select x\nfrom (\n" + compiled + "\n) as new_rows";
  EXPECT_EQ(place_in_compiled(executed, executed.find("wrong"), compiled), compiled.find("wrong"));
  EXPECT_EQ(place_in_compiled(executed, executed.find("x"), compiled), std::nullopt);
  EXPECT_EQ(place_in_compiled(executed, executed.find("new_rows"), compiled), std::nullopt);
}

TEST(ErrorPlace, IsFoundBeforeAndBehindReplacedPatterns) {
  const std::string compiled = kCompiled;
  const std::string executed =
      "SELECT \"a\" FROM (\nselect a,\n  wrong as b\nfrom read_parquet(['in/a.parquet', 'in/b.parquet'], schema = MAP {})\nwhere nope > 1\n)";
  EXPECT_EQ(place_in_compiled(executed, executed.find("wrong"), compiled), compiled.find("wrong"));
  EXPECT_EQ(place_in_compiled(executed, executed.find("nope"), compiled), compiled.find("nope"));
}

TEST(ErrorPlace, BehindAPatternOnTheSameLine) {
  const std::string compiled = "select a from read_parquet('*.pq') as t where nope > 1";
  const std::string executed = "select a from read_parquet(['1.pq', '2.pq'], schema = MAP {}) as t where nope > 1";
  EXPECT_EQ(place_in_compiled(executed, executed.find("nope"), compiled), compiled.find("nope"));
  EXPECT_EQ(place_in_compiled(executed, executed.find(" a ") + 1, compiled), compiled.find(" a ") + 1);
}

TEST(ErrorPlace, LinesThatAreAlikeAreNotMixedUp) {
  const std::string compiled = "select x\nfrom read_parquet('*.pq')\nunion all\nselect x\nfrom read_parquet('*.pq')";
  std::string executed = compiled;
  for (size_t at = 0; (at = executed.find("'*.pq'", at)) != std::string::npos; at += 6) executed.replace(at, 6, "['1.pq', '2.pq']");
  const std::optional<size_t> place = place_in_compiled(executed, executed.rfind('x'), compiled);
  ASSERT_TRUE(place);
  EXPECT_EQ(line_of(compiled, *place), 4U);
}

TEST(ErrorPlace, OtherSqlHasNoPlace) {
  EXPECT_EQ(place_in_compiled("select 1", 3, ""), std::nullopt);
  EXPECT_EQ(place_in_compiled("select 1", 30, "select 1"), std::nullopt);
}

}  // namespace
}  // namespace tidemark::run
