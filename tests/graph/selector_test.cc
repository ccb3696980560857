#include "graph/selector.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::graph {
namespace {

//  source:raw.trips -> stg_trips -> agg_v1 -> report (exposure)
//  seed:zones --------------------> agg_v1
//  stg_trips -> agg_v3;  tests: unique_stg (stg_trips), rel_agg (agg_v1, zones), singular (agg_v3)
class SelectorTest : public testing::Test {
 protected:
  SelectorTest() {
    manifest_.project_name = "shop";
    add(ResourceType::kSource, "source.shop.raw.trips", "trips", {"shop", "raw", "trips"}, "models/sources.yml", {});
    last_->source_name = "raw";
    add(ResourceType::kSeed, "seed.shop.zones", "zones", {"shop", "zones"}, "seeds/zones.csv", {});
    add(ResourceType::kModel, "model.shop.stg_trips", "stg_trips", {"shop", "staging", "stg_trips"}, "models/staging/stg_trips.sql", {"source.shop.raw.trips"});
    last_->tags = {"nightly"};
    last_->config.values()["materialized"] = "view";
    add(ResourceType::kModel, "model.shop.agg_v1", "agg_v1", {"shop", "metrics", "agg_v1"}, "models/metrics/agg_v1.sql",
        {"model.shop.stg_trips", "seed.shop.zones"});
    last_->tags = {"nightly", "metrics"};
    last_->config.values() = Json{{"materialized", "table"}, {"meta", {{"owner", "ann"}}}};
    add(ResourceType::kModel, "model.shop.agg_v3", "agg_v3", {"shop", "metrics", "agg_v3"}, "models/metrics/agg_v3.sql", {"model.shop.stg_trips"});
    last_->config.values()["materialized"] = "incremental";
    add(ResourceType::kModel, "model.pkg.helper", "helper", {"pkg", "helper"}, "models/helper.sql", {});
    last_->package_name = "pkg";
    add(ResourceType::kTest, "test.shop.unique_stg", "unique_stg", {"shop", "staging", "unique_stg"}, "models/schema.yml", {"model.shop.stg_trips"});
    last_->test_metadata = TestMetadata{"unique", "", Json::object()};
    add(ResourceType::kTest, "test.shop.rel_agg", "rel_agg", {"shop", "metrics", "rel_agg"}, "models/schema.yml", {"model.shop.agg_v1", "seed.shop.zones"});
    last_->test_metadata = TestMetadata{"relationships", "", Json::object()};
    add(ResourceType::kTest, "test.shop.singular", "singular", {"shop", "singular"}, "tests/singular.sql", {"model.shop.agg_v3"});
    add(ResourceType::kExposure, "exposure.shop.report", "report", {"shop", "report"}, "models/exposures.yml", {"model.shop.agg_v1"});
    for (auto& node : nodes_) {
      auto& group = node->type == ResourceType::kSource ? manifest_.sources : node->type == ResourceType::kExposure ? manifest_.exposures : manifest_.nodes;
      group[node->unique_id] = node;
    }
  }

  void add(ResourceType type, const std::string& id, const std::string& name, std::vector<std::string> fqn, const std::string& path,
           std::vector<std::string> parents) {
    nodes_.push_back(std::make_shared<Node>());
    last_ = nodes_.back().get();
    last_->type = type;
    last_->unique_id = id;
    last_->name = name;
    last_->package_name = "shop";
    last_->fqn = std::move(fqn);
    last_->original_file_path = path;
    last_->depends_on_nodes = std::move(parents);
  }

  std::string ids(SelectionRequest request) const {
    const Dag dag(manifest_);
    std::vector<std::string> names;
    for (const std::string& id : select(manifest_, dag, request).ids) names.push_back(id.substr(id.rfind('.') + 1));
    std::sort(names.begin(), names.end());
    return join(names, " ");
  }

  std::string chosen(const std::string& text, const std::string& exclude = "", IndirectSelection indirect = IndirectSelection::kEmpty) const {
    SelectionRequest request;
    if (!text.empty()) request.select = {text};
    if (!exclude.empty()) request.exclude = {exclude};
    request.indirect = indirect;
    return ids(request);
  }

  Manifest manifest_;
  std::vector<std::shared_ptr<Node>> nodes_;
  Node* last_ = nullptr;
};

TEST_F(SelectorTest, MethodsAndGraphSigns) {
  const std::vector<std::pair<const char*, const char*>> cases{
      {"stg_trips", "stg_trips"},
      {"agg_*", ""},  // as in dbt, the pattern stands for the whole name, with its folders
      {"*agg_*", "agg_v1 agg_v3"},
      {"metrics", "agg_v1 agg_v3 rel_agg"},
      {"metrics.agg_v3", "agg_v3"},
      {"shop.metrics.agg_v3", "agg_v3"},
      {"shop.metrics", "agg_v1 agg_v3 rel_agg"},
      {"shop.*.agg_v1", "agg_v1"},
      {"metrics.*", "agg_v1 agg_v3 rel_agg"},
      {"pkg", "helper"},
      {"fqn:stg_trips", "stg_trips"},
      {"tag:nightly", "agg_v1 stg_trips"},
      {"tag:night*", "agg_v1 stg_trips"},
      {"tag:nightly,tag:metrics", "agg_v1"},
      {"tag:metrics stg_trips", "agg_v1 stg_trips"},
      {"source:raw", "trips"},
      {"source:raw.trips", "trips"},
      {"source:raw.other", ""},
      {"source:raw+", "agg_v1 agg_v3 rel_agg report singular stg_trips trips unique_stg"},
      {"source:raw+1", "stg_trips trips"},
      {"path:models/metrics", "agg_v1 agg_v3"},
      {"models/metrics", "agg_v1 agg_v3"},
      {"models/metrics/agg_v1.sql", "agg_v1"},
      {"models/*/agg_v1.sql", "agg_v1"},
      {"agg_v1.sql", "agg_v1"},
      {"file:agg_v1.sql", "agg_v1"},
      {"file:agg_v1", "agg_v1"},
      {"package:pkg", "helper"},
      {"package:this,resource_type:seed", "zones"},
      {"config.materialized:table", "agg_v1"},
      {"config.meta.owner:ann", "agg_v1"},
      {"config.materialized:incremental", "agg_v3"},
      {"test_name:unique", "unique_stg"},
      {"test_type:generic", "rel_agg unique_stg"},
      {"test_type:singular", "singular"},
      {"test_type:data", "rel_agg singular unique_stg"},
      {"resource_type:seed", "zones"},
      {"resource_type:exposure", "report"},
      {"exposure:report", "report"},
      {"+exposure:report", "agg_v1 report stg_trips trips zones"},
      {"+agg_v1", "agg_v1 stg_trips trips zones"},
      {"1+agg_v1", "agg_v1 stg_trips zones"},
      {"2+agg_v1", "agg_v1 stg_trips trips zones"},
      {"stg_trips+", "agg_v1 agg_v3 rel_agg report singular stg_trips unique_stg"},
      {"stg_trips+1", "agg_v1 agg_v3 stg_trips unique_stg"},
      {"+agg_v3+", "agg_v3 singular stg_trips trips"},
      {"1+agg_v3+1", "agg_v3 singular stg_trips"},
      {"@stg_trips", "agg_v1 agg_v3 rel_agg report singular stg_trips trips unique_stg zones"},
      {"@zones", "agg_v1 rel_agg report stg_trips trips zones"},
      {"+agg_v1,+agg_v3", "stg_trips trips"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(chosen(text), expected) << text;
}

TEST_F(SelectorTest, ExcludeTakesAway) {
  EXPECT_EQ(chosen("metrics", "agg_v3"), "agg_v1 rel_agg");
  EXPECT_EQ(chosen("", "resource_type:test resource_type:source resource_type:exposure package:pkg"), "agg_v1 agg_v3 stg_trips zones");
  EXPECT_EQ(chosen("+agg_v1", "+stg_trips"), "agg_v1 zones");
}

TEST_F(SelectorTest, TestsComeAlongByMode) {
  EXPECT_EQ(chosen("agg_v1", "", IndirectSelection::kEager), "agg_v1 rel_agg");
  EXPECT_EQ(chosen("agg_v1", "", IndirectSelection::kCautious), "agg_v1");
  EXPECT_EQ(chosen("agg_v1 zones", "", IndirectSelection::kCautious), "agg_v1 rel_agg zones");
  EXPECT_EQ(chosen("agg_v1", "", IndirectSelection::kBuildable), "agg_v1 rel_agg");
  EXPECT_EQ(chosen("zones", "", IndirectSelection::kBuildable), "zones");
  EXPECT_EQ(chosen("agg_v1", "", IndirectSelection::kEmpty), "agg_v1");
  EXPECT_EQ(chosen("stg_trips", "test_name:unique", IndirectSelection::kEager), "stg_trips");
}

TEST_F(SelectorTest, NothingMatchedWarns) {
  SelectionRequest request;
  request.select = {"no_such"};
  const Dag dag(manifest_);
  const Selection selection = select(manifest_, dag, request);
  EXPECT_TRUE(selection.ids.empty());
  EXPECT_EQ(selection.warnings, std::vector<std::string>{"The selection criterion 'no_such' does not match any enabled nodes"});
}

TEST_F(SelectorTest, BadCriteriaAreRefused) {
  for (const char* text : {"tags:x", "tag:", "@stg_trips+", "state:modified", "result:error", "test_type:odd"}) EXPECT_THROW(chosen(text), Error) << text;
}

TEST_F(SelectorTest, SelectorsYml) {
  SelectionRequest request;
  request.indirect = IndirectSelection::kEmpty;
  request.selectors = Json::parse(R"({"selectors":[
    {"name":"nightly","definition":{"union":[{"method":"tag","value":"nightly","parents":true},"zones",{"exclude":[{"method":"source","value":"raw"}]}]}},
    {"name":"both","definition":{"intersection":["tag:nightly",{"method":"config.materialized","value":"table"}]}},
    {"name":"again","definition":{"method":"selector","value":"both"}}]})");
  request.selector = "nightly";
  EXPECT_EQ(ids(request), "agg_v1 stg_trips zones");
  request.selector = "both";
  EXPECT_EQ(ids(request), "agg_v1");
  request.selector = "again";
  EXPECT_EQ(ids(request), "agg_v1");
  request.selector = "nigthly";
  EXPECT_THROW(ids(request), Error);
}

TEST_F(SelectorTest, StateAndResultReadArtifacts) {
  const Json state = Json::parse(R"({"nodes":{"model.shop.agg_v1":{"checksum":{"checksum":"x"},"alias":"","schema":""}}})");
  const Json results = Json::parse(R"({"results":[{"unique_id":"model.shop.agg_v3","status":"error"}]})");
  SelectionRequest request;
  request.indirect = IndirectSelection::kEmpty;
  request.state_manifest = &state;
  request.state_run_results = &results;
  request.select = {"state:new,resource_type:model"};
  EXPECT_EQ(ids(request), "agg_v3 helper stg_trips");
  request.select = {"state:modified.body,state:old"};
  EXPECT_EQ(ids(request), "agg_v1");
  request.select = {"result:error+1"};
  EXPECT_EQ(ids(request), "agg_v3 singular");
}

TEST_F(SelectorTest, SubsetOrderSeesThroughUnselectedNodes) {
  const Dag dag(manifest_);
  const SubgraphOrder order = order_subset(dag, manifest_, {"source.shop.raw.trips", "model.shop.agg_v1", "test.shop.rel_agg"}, false);
  EXPECT_EQ(order.parents.at("model.shop.agg_v1"), std::vector<std::string>{"source.shop.raw.trips"});
  const SubgraphOrder build = order_subset(dag, manifest_, {"model.shop.stg_trips", "model.shop.agg_v1", "test.shop.unique_stg"}, true);
  EXPECT_EQ(build.order, (std::vector<std::string>{"model.shop.stg_trips", "test.shop.unique_stg", "model.shop.agg_v1"}));
}

TEST_F(SelectorTest, CyclesAreShown) {
  nodes_[2]->depends_on_nodes.push_back("model.shop.agg_v1");
  try {
    const Dag dag(manifest_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM3001");
    EXPECT_NE(error.message().find("model.shop.agg_v1 -> model.shop.stg_trips -> model.shop.agg_v1"), std::string::npos);
  }
}

}  // namespace
}  // namespace tidemark::graph
