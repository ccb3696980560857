#include "run/data_test.h"

#include <gtest/gtest.h>

namespace tidemark::run {
namespace {

NodeResult judged(const TestCounts& counts, Json config, bool warn_error = false) {
  NodeResult result;
  judge_test(counts, Config(std::move(config)), warn_error, result);
  return result;
}

TEST(DataTest, FailsInDbtsWords) {
  const NodeResult result = judged({3, true, true}, {{"severity", "ERROR"}, {"error_if", "!= 0"}});
  EXPECT_EQ(result.status, RunStatus::kFail);
  EXPECT_EQ(result.message, "Got 3 results, configured to fail if != 0");
  EXPECT_EQ(result.failures, 3);
  EXPECT_EQ(judged({1, true, true}, Json::object()).message, "Got 1 result, configured to fail if != 0");
}

TEST(DataTest, WarnsBySeverityOrByItsLimits) {
  const NodeResult mild = judged({2, true, true}, {{"severity", "warn"}, {"warn_if", "> 1"}});
  EXPECT_EQ(mild.status, RunStatus::kWarn);
  EXPECT_EQ(mild.message, "Got 2 results, configured to warn if > 1");
  EXPECT_EQ(judged({2, true, false}, {{"error_if", "> 10"}}).status, RunStatus::kWarn);
  const NodeResult strict = judged({2, true, false}, {{"warn_if", "> 1"}}, true);
  EXPECT_EQ(strict.status, RunStatus::kFail);
  EXPECT_EQ(strict.message, "Got 2 results, configured to fail if > 1");
}

TEST(DataTest, PassesWithoutFailures) {
  const NodeResult result = judged({0, false, false}, Json::object());
  EXPECT_EQ(result.status, RunStatus::kPass);
  EXPECT_EQ(result.failures, 0);
  EXPECT_EQ(result.message, "");
  EXPECT_EQ(judged({5, false, false}, {{"warn_if", "> 10"}, {"error_if", "> 10"}}).failures, 0);
}

}  // namespace
}  // namespace tidemark::run
