#include "cli/flags.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace tidemark::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

app::Invocation invocation(const std::vector<std::string>& arguments) {
  auto read = read_flags(arguments);
  if (const auto* answer = std::get_if<Answer>(&read)) throw std::runtime_error(answer->text);
  return std::get<app::Invocation>(read);
}

Answer answer(const std::vector<std::string>& arguments) { return std::get<Answer>(read_flags(arguments)); }

TEST(Flags, GlobalOnesStandBeforeAndAfterTheCommand) {
  EXPECT_EQ(invocation({"--target", "prod", "run"}).target, "prod");
  EXPECT_EQ(invocation({"run", "--target", "prod"}).target, "prod");
  EXPECT_EQ(invocation({"run", "-t", "prod"}).command, "run");
}

TEST(Flags, SelectionTakesSeveralValues) {
  const app::Invocation in = invocation({"run", "-s", "a", "+b", "--exclude", "c", "--select", "tag:d"});
  EXPECT_THAT(in.selection.select, ElementsAre("a", "+b", "tag:d"));
  EXPECT_THAT(in.selection.exclude, ElementsAre("c"));
}

TEST(Flags, VariablesAreYaml) {
  EXPECT_EQ(invocation({"run", "--vars", "{a: 1, b: yes}"}).vars, (Json{{"a", 1}, {"b", true}}));
  EXPECT_EQ(invocation({"run", "--vars", "a: 1"}).vars, (Json{{"a", 1}}));
  EXPECT_THROW(read_flags({"run", "--vars", "[1"}), Error);
}

TEST(Flags, GroupsNeedTheirSecondWord) {
  EXPECT_EQ(invocation({"docs", "generate"}).command, "docs generate");
  EXPECT_EQ(invocation({"source", "freshness", "-s", "raw"}).command, "source freshness");
  EXPECT_EQ(answer({"docs"}).exit_code, app::kExitCommandFailed);
}

TEST(Flags, ListIsLs) { EXPECT_EQ(invocation({"list"}).command, "ls"); }

TEST(Flags, EnvironmentTwins) {
  ::setenv("DBT_FULL_REFRESH", "true", 1);
  ::setenv("DBT_TARGET", "prod", 1);
  const app::Invocation in = invocation({"run"});
  ::unsetenv("DBT_FULL_REFRESH");
  ::unsetenv("DBT_TARGET");
  EXPECT_TRUE(in.full_refresh);
  EXPECT_EQ(in.target, "prod");
  EXPECT_FALSE(invocation({"run"}).full_refresh);
}

TEST(Flags, UnknownNamesGetNearOnes) {
  for (const auto& [arguments, near] : {std::pair{std::vector<std::string>{"runn"}, "'run'"},
                                        {std::vector<std::string>{"run", "--selct", "a"}, "'--select'"},
                                        {std::vector<std::string>{"ls", "--output-key", "a"}, "'--output-keys'"}}) {
    const Answer found = answer(arguments);
    EXPECT_EQ(found.exit_code, app::kExitCommandFailed);
    EXPECT_THAT(found.text, HasSubstr(near));
    EXPECT_THAT(found.text, HasSubstr("TM1900"));
  }
}

TEST(Flags, AnUnknownCommandIsCalledOne) {
  EXPECT_THAT(answer({"zzz"}).text, HasSubstr("there is no command 'zzz'"));
  EXPECT_THAT(answer({"zzz", "--select", "a"}).text, HasSubstr("there is no command 'zzz'"));
  EXPECT_THAT(answer({"run", "--zzz"}).text, ::testing::Not(HasSubstr("command 'zzz'")));
}

TEST(Flags, AWordThatCommandsFollowShowsThem) {
  const Answer found = answer({"docs"});
  EXPECT_EQ(found.exit_code, app::kExitCommandFailed);
  EXPECT_THAT(found.text, HasSubstr("Usage: tidemark docs"));
  EXPECT_THAT(found.text, HasSubstr("generate"));
}

TEST(Flags, ValuesOutsideTheirRangeAreFaults) {
  EXPECT_EQ(answer({"run", "--threads", "0"}).exit_code, app::kExitCommandFailed);
  EXPECT_EQ(answer({"run", "--log-format", "xml"}).exit_code, app::kExitCommandFailed);
  EXPECT_EQ(answer({"ls", "--output", "csv"}).exit_code, app::kExitCommandFailed);
}

TEST(Flags, FormatsAndKeys) {
  const app::Invocation in = invocation({"ls", "--output", "json", "--output-keys", "name, alias"});
  EXPECT_EQ(in.output, app::OutputFormat::kJson);
  EXPECT_THAT(in.output_keys, ElementsAre("name", "alias"));
}

}  // namespace
}  // namespace tidemark::cli
