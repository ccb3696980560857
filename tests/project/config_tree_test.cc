#include "project/config_tree.h"

#include <gtest/gtest.h>

namespace tidemark::project {
namespace {

Json merged(const std::vector<Json>& configs) {
  ConfigMerge merge;
  for (const Json& config : configs) merge.add(config);
  return merge.result();
}

TEST(ConfigTree, DeeperLevelsWin) {
  const Json tree = Json::parse(R"({"+materialized":"view","shop":{"+schema":"a","staging":{"+materialized":"table","stg_x":{"materialized":"ephemeral"}}}})");
  EXPECT_EQ(merged(configs_along(tree, {"shop", "staging", "stg_x"})), Json::parse(R"({"materialized":"ephemeral","schema":"a"})"));
  EXPECT_EQ(merged(configs_along(tree, {"shop", "staging", "other"})), Json::parse(R"({"materialized":"table","schema":"a"})"));
  EXPECT_EQ(merged(configs_along(tree, {"other", "x"})), Json::parse(R"({"materialized":"view"})"));
}

TEST(ConfigTree, TagsAddUpMetaMergesOthersReplace) {
  EXPECT_EQ(merged({Json::parse(R"({"+tags":"a","+meta":{"x":1,"y":1},"schema":"s"})"), Json::parse(R"({"tags":["b","a"],"meta":{"y":2},"schema":"t"})")}),
            Json::parse(R"({"tags":["a","b"],"meta":{"x":1,"y":2},"schema":"t"})"));
}

TEST(ConfigTree, HooksAddUpInOrder) {
  EXPECT_EQ(merged({Json::parse(R"({"pre-hook":"a"})"), Json::parse(R"({"+pre_hook":["b","a"]})")}), Json::parse(R"({"pre_hook":["a","b","a"]})"));
}

TEST(ConfigTree, GrantsReplaceOrAddByPlus) {
  EXPECT_EQ(merged({Json::parse(R"({"+grants":{"select":["a"]}})"), Json::parse(R"({"grants":{"+select":"b"}})")}),
            Json::parse(R"({"grants":{"select":["a","b"]}})"));
  EXPECT_EQ(merged({Json::parse(R"({"+grants":{"select":["a"]}})"), Json::parse(R"({"grants":{"select":"b"}})")}),
            Json::parse(R"({"grants":{"select":["b"]}})"));
}

TEST(ConfigTree, TheRootProjectOverridesAPackage) {
  const Json package = Json::parse(R"({"pkg":{"+schema":"own"}})");
  const Json root = Json::parse(R"({"pkg":{"+schema":"root"}})");
  EXPECT_EQ(merged(project_configs(package, root, false, {"pkg", "m"})), Json::parse(R"({"schema":"root"})"));
}

}  // namespace
}  // namespace tidemark::project
