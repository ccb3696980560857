#include "run/node_options.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "run/file_bindings.h"
#include "run/node_files.h"

namespace tidemark::run {
namespace {

Node node_with(Json config) {
  Node node;
  node.config = Config(std::move(config));
  return node;
}

std::string code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

TEST(NodeOptions, PartitionByIsATextAListOrAMapping) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(partition_columns(node_with({{"partition_by", "day"}})), Names{"day"});
  EXPECT_EQ(partition_columns(node_with({{"partition_by", {"day", "zone"}}})), (Names{"day", "zone"}));
  EXPECT_EQ(partition_columns(node_with(Json{{"partition_by", Json{{"field", "day"}, {"data_type", "date"}}}})), Names{"day"});
  EXPECT_EQ(partition_columns(node_with(Json::object())), Names{});
  EXPECT_EQ(code_of([] { partition_columns(node_with({{"partition_by", 3}})); }), "TM6102");
}

TEST(NodeOptions, PartitionsAreClusteredUnlessTheyAreFolders) {
  const Layout files = layout_of(node_with({{"partition_by", "day"}}));
  EXPECT_EQ(files.cluster_by, std::vector<std::string>{"day"});
  EXPECT_TRUE(files.partition_folders.empty());
  const Layout folders = layout_of(node_with({{"partition_by", "day"}, {"layout", "folders"}}));
  EXPECT_TRUE(folders.cluster_by.empty());
  EXPECT_EQ(folders.partition_folders, std::vector<std::string>{"day"});
  EXPECT_EQ(code_of([] { layout_of(node_with({{"layout", "heap"}})); }), "TM6102");
}

TEST(NodeOptions, TheDefaultStrategyFollowsTheUniqueKey) {
  EXPECT_EQ(incremental_options(node_with(Json::object())).strategy, IncrementalStrategy::kAppend);
  const IncrementalOptions keyed = incremental_options(node_with({{"unique_key", {"a", "b"}}}));
  EXPECT_EQ(keyed.strategy, IncrementalStrategy::kDeleteInsert);
  EXPECT_EQ(keyed.unique_key, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(code_of([] { incremental_options(node_with({{"incremental_strategy", "upsert"}})); }), "TM6103");
  EXPECT_EQ(code_of([] { incremental_options(node_with({{"merge_update_columns", {"a"}}, {"merge_exclude_columns", {"b"}}})); }), "TM6102");
}

TEST(NodeOptions, FullRefreshOfTheConfigBeatsTheFlag) {
  EXPECT_TRUE(wants_full_refresh(node_with(Json::object()), true));
  EXPECT_FALSE(wants_full_refresh(node_with({{"full_refresh", false}}), true));
  EXPECT_TRUE(wants_full_refresh(node_with({{"full_refresh", true}}), false));
}

TEST(NodeFiles, AffectedColumnsAreFoundInTheTemplate) {
  EXPECT_EQ(affected_columns_in("{% if is_incremental() %} where {{ affected_partitions('day') }} {% endif %} {{ affected_partitions( column = \"Zone\" ) }} "
                                "{{ affected_partitions('DAY') }} {{ affected_partitions(name) }}"),
            (std::vector<std::string>{"day", "Zone"}));
}

TEST(FileBindings, NamesHaveOneToThreeParts) {
  const Relation relation = relation_named(name_parts("a.\"b.\"\"c\".d"));
  EXPECT_EQ(relation.database, "a");
  EXPECT_EQ(relation.schema, "b.\"c");
  EXPECT_EQ(relation.identifier, "d");
  EXPECT_EQ(relation_named(name_parts("t")).schema, "");
}

}  // namespace
}  // namespace tidemark::run
