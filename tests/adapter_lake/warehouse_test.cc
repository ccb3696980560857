// Relations, states and folders of a warehouse.
#include <fstream>

#include "adapter/duckdb/library.h"
#include "adapter_lake/child.h"
#include "adapter_lake/lake_fixture.h"
#include "base/file_system.h"

namespace tidemark {
namespace {

using WarehouseTest = LakeFixture;

PublishRequest to(const Relation& target, WriteMode mode = WriteMode::kReplace) {
  PublishRequest request;
  request.target = target;
  request.mode = mode;
  return request;
}

TEST_F(WarehouseTest, NamesIgnoreCase) {
  create("Orders", "SELECT 1 AS Id");
  EXPECT_EQ(session_->find_relation(rel("ORDERS", "S"))->render(), "\"w\".\"s\".\"Orders\"");
  EXPECT_EQ(lake("SELECT id FROM S.oRdErS"), "Id INTEGER, \n1|\n");
  create("orders", "SELECT 2 AS id");
  EXPECT_EQ(session_->list_relations("W", "s").size(), 1u);
  EXPECT_EQ(session_->state(rel("orders"))->version, 1);
}

TEST_F(WarehouseTest, NamesMayHoldAnyCharacter) {
  for (const char* name : {"a b", "a/b", "ünï", "..", "x.view.json", "per%cent", "quo\"te", "it's", "[a]*?"}) {
    create(name, "SELECT 1 AS x");
    EXPECT_EQ(session_->query("SELECT * FROM " + rel(name).render()).rows.size(), 1u) << name;
    session_->create_view(rel(std::string(name) + " view"), {.sql = "SELECT x FROM " + rel(name).render(), .node_id = {}, .description = {}});
    EXPECT_EQ(session_->query("SELECT * FROM " + rel(std::string(name) + " view").render()).rows.size(), 1u) << name;
  }
  EXPECT_EQ(session_->list_relations("w", "s").size(), 18u);
}

TEST_F(WarehouseTest, StateTellsVersionsAndWhoWroteThem) {
  EXPECT_FALSE(session_->state(rel("t")));
  PublishRequest first = to(rel("t"));
  first.commit = Json{{"node", "model.p.t"}, {"n", 1}};
  publish("SELECT 1 AS a", first);
  auto state = session_->state(rel("t"));
  ASSERT_TRUE(state && state->own);
  EXPECT_EQ(state->version, 0);
  EXPECT_EQ(state->own_version, 0);
  EXPECT_EQ((*state->own)["node"], "model.p.t");
  EXPECT_FALSE(state->foreign_since_own);
  EXPECT_GT(state->committed_at_ms, 1700000000000);
}

TEST_F(WarehouseTest, ACommitWithoutChangeIsACommit) {
  create("t", "SELECT 1 AS a");
  PublishRequest request = to(rel("t"), WriteMode::kAppend);
  request.commit = Json{{"n", 2}};
  const PublishResult result = publish("SELECT 1 AS a WHERE false", request);
  EXPECT_EQ(result.version, 1);
  EXPECT_EQ(result.files_added, 0);
  EXPECT_EQ((*session_->state(rel("t"))->own)["n"], 2);
}

TEST_F(WarehouseTest, ExpectedVersionIsKept) {
  create("t", "SELECT 1 AS a");
  PublishRequest request = to(rel("t"));
  request.expected_version = 0;
  publish("SELECT 2 AS a", request);
  EXPECT_EQ(code_of([&] { publish("SELECT 3 AS a", request); }), "TM4205");
  EXPECT_EQ(lake("SELECT * FROM s.t"), "a INTEGER, \n2|\n");
  PublishRequest none = to(rel("fresh"));
  none.expected_version = 0;
  EXPECT_EQ(code_of([&] { publish("SELECT 3 AS a", none); }), "TM4205");
}

TEST_F(WarehouseTest, ViewsAndTablesReplaceEachOther) {
  session_->create_view(rel("x"), {.sql = "SELECT 1 AS a", .node_id = "model.p.x", .description = "d"});
  EXPECT_EQ(session_->find_relation(rel("x"))->type, RelationType::kView);
  EXPECT_EQ(session_->columns(rel("x")), (std::vector<ColumnType>{{"a", "INTEGER"}}));
  create("x", "SELECT 2 AS b");
  EXPECT_EQ(session_->find_relation(rel("x"))->type, RelationType::kTable);
  EXPECT_EQ(lake("SELECT * FROM s.x"), "b INTEGER, \n2|\n");
  session_->create_view(rel("x"), {.sql = "SELECT 3 AS c", .node_id = {}, .description = {}});
  EXPECT_EQ(lake("SELECT * FROM s.x"), "c INTEGER, \n3|\n");
  EXPECT_EQ(session_->list_relations("w", "s").size(), 1u);
  create("x", "SELECT 4 AS d");
  EXPECT_EQ(session_->state(rel("x"))->version, 0) << "made anew";
}

TEST_F(WarehouseTest, ViewsFollowWhatTheyRead) {
  create("base", "SELECT 1 AS a");
  session_->create_view(rel("v1"), {.sql = "SELECT * FROM w.s.base", .node_id = {}, .description = {}});
  session_->create_view(rel("v2"), {.sql = "SELECT *, 9 AS z FROM w.s.v1", .node_id = {}, .description = {}});
  EXPECT_EQ(lake("SELECT * FROM s.v2"), "a INTEGER, z INTEGER, \n1|9|\n");
  create("base", "SELECT 'text' AS a, 2 AS b");
  EXPECT_EQ(lake("SELECT * FROM s.v2"), "a VARCHAR, b INTEGER, z INTEGER, \ntext|2|9|\n");
  session_->drop(rel("base"));
  std::string message;
  EXPECT_EQ(code_of([&] { session_->query("SELECT * FROM s.v2"); }, &message), "TM4202");
  create("base", "SELECT 5 AS a");
  EXPECT_EQ(lake("SELECT * FROM s.v2"), "a INTEGER, z INTEGER, \n5|9|\n");
}

TEST_F(WarehouseTest, AColumnCalledLikeAViewThatReadsItIsNoCycle) {
  create("t", "SELECT 1 AS v2, 2 AS v1");
  session_->create_view(rel("v1"), {.sql = "SELECT v2 FROM s.t", .node_id = {}, .description = {}});
  session_->create_view(rel("v2"), {.sql = "SELECT v2 AS v1 FROM s.v1", .node_id = {}, .description = {}});
  reopen();
  EXPECT_EQ(lake("SELECT * FROM s.v1"), "v2 INTEGER, \n1|\n");
  EXPECT_EQ(lake("SELECT * FROM s.v2"), "v1 INTEGER, \n1|\n");
}

TEST_F(WarehouseTest, DropAndMakeAnewIsSeenByOthers) {
  create("t", "SELECT 1 AS a");
  publish("SELECT 2 AS a", to(rel("t"), WriteMode::kAppend));
  auto other = make_lake_adapter(options());
  auto other_session = other->open_session("other");
  EXPECT_EQ(rows_text(other_session->query("SELECT count(*) AS n FROM s.t")), "n BIGINT, \n2|\n");
  session_->drop(rel("t"));
  create("t", "SELECT 7 AS a");
  publish("SELECT 8 AS a", to(rel("t"), WriteMode::kAppend));
  publish("SELECT 9 AS a", to(rel("t"), WriteMode::kAppend));
  EXPECT_EQ(rows_text(other_session->query("SELECT sum(a)::INTEGER AS n FROM s.t")), "n INTEGER, \n24|\n");
}

TEST_F(WarehouseTest, HiddenSchemasHoldContributionTables) {
  const Relation hidden = rel("model_x", "_tidemark_contributions");
  publish("SELECT 1 AS a", to(hidden));
  EXPECT_TRUE(session_->find_relation(hidden));
  EXPECT_EQ(rows_text(session_->query("SELECT * FROM " + hidden.render())), "a INTEGER, \n1|\n");
  create("t", "SELECT 1 AS a");
  EXPECT_EQ(session_->list_schemas("w"), std::vector<std::string>{"s"});
  EXPECT_TRUE(std::filesystem::is_directory(folder_ / "w" / "_tidemark" / "contributions" / "model_x" / "_delta_log"));
  session_->drop(hidden);
  EXPECT_FALSE(session_->find_relation(hidden));
}

TEST_F(WarehouseTest, InformationSchemaShowsEverything) {
  create("t", "SELECT 1 AS a");
  session_->create_view(rel("v"), {.sql = "SELECT 2 AS b", .node_id = {}, .description = {}});
  EXPECT_EQ(lake("SELECT table_name FROM information_schema.tables WHERE table_schema = 's' ORDER BY 1"), "table_name VARCHAR, \nt|\nv|\n");
  session_->drop(rel("t"));
  EXPECT_EQ(lake("SELECT table_name FROM information_schema.tables WHERE table_schema = 's' ORDER BY 1"), "table_name VARCHAR, \nv|\n");
  EXPECT_EQ(session_->query("SHOW TABLES").rows.size(), 1u);
}

TEST_F(WarehouseTest, DiscardedRowsLeaveNoFiles) {
  {
    auto staged = session_->stage({.sql = "SELECT 1 AS a", .cluster_by = {}, .partition_folders = {}});
    EXPECT_EQ(rows_text(session_->query("SELECT * FROM " + staged->scan())), "a INTEGER, \n1|\n");
    EXPECT_EQ(staged->rows(), 1);
    EXPECT_GT(staged->bytes(), 0);
  }
  create("t", "SELECT 1 AS a");
  EXPECT_NE(code_of([&] { create("t", "SELECT error('no') AS a"); }), "no error");
  EXPECT_TRUE(list_directory(folder_ / "w" / "_tidemark" / "staged").empty());
  EXPECT_EQ(list_directory(folder_ / "w" / "s" / "t").size(), 2u) << "the log and one data file";
}

TEST_F(WarehouseTest, SchemaChanges) {
  create("t", "SELECT i AS a, 'x' AS b FROM range(3) r(i)");
  PublishRequest add = to(rel("t"), WriteMode::kAppend);
  add.new_columns = {{"a", "BIGINT"}, {"b", "VARCHAR"}, {"c", "DATE"}};
  publish("SELECT 9 AS a, DATE '2024-01-01' AS c", add);
  EXPECT_EQ(lake("SELECT * FROM s.t ORDER BY a"), "a BIGINT, b VARCHAR, c DATE, \n0|x|<null>|\n1|x|<null>|\n2|x|<null>|\n9|<null>|2024-01-01|\n");
  PublishRequest sync = to(rel("t"), WriteMode::kMerge);
  sync.unique_key = {"a"};
  sync.new_columns = {{"a", "DECIMAL(20,1)"}, {"c", "DATE"}};
  publish("SELECT 9 AS a, DATE '2024-02-02' AS c", sync);
  EXPECT_EQ(lake("SELECT * FROM s.t ORDER BY a"), "a DECIMAL(20,1), c DATE, \n0.0|<null>|\n1.0|<null>|\n2.0|<null>|\n9.0|2024-02-02|\n");
  PublishRequest again = to(rel("t"), WriteMode::kAppend);
  again.new_columns = {{"a", "DECIMAL(20,1)"}, {"c", "DATE"}, {"b", "VARCHAR"}};
  publish("SELECT 10 AS a, NULL::DATE AS c, 'new' AS b", again);
  EXPECT_EQ(lake("SELECT b FROM s.t ORDER BY a"), "b VARCHAR, \n<null>|\n<null>|\n<null>|\n<null>|\nnew|\n") << "a dropped column's values never come back";
}

TEST_F(WarehouseTest, DescriptionsArePersisted) {
  PublishRequest request = to(rel("t"));
  request.description = "a table";
  request.column_descriptions = {{"a", "a column"}};
  publish("SELECT 1 AS a", request);
  publish("SELECT 2 AS a", to(rel("t"), WriteMode::kAppend));
  EXPECT_EQ(session_->list_relations("w", "s").at(0).comment, "a table");
}

TEST_F(WarehouseTest, AnotherDatabaseIsNotThisOne) {
  Relation other = rel("t");
  other.database = "elsewhere";
  EXPECT_FALSE(session_->find_relation(other));
  EXPECT_EQ(code_of([&] { publish("SELECT 1 AS a", to(other)); }), "TM4201");
  EXPECT_TRUE(session_->list_schemas("elsewhere").empty());
}

TEST_F(WarehouseTest, NewerProtocolsAreRefused) {
  create("t", "SELECT 1 AS a");
  std::ofstream(folder_ / "w/s/t/_delta_log/00000000000000000001.json")
      << R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["fromTheFuture"],"writerFeatures":["fromTheFuture"]}})" << "\n";
  std::string message;
  EXPECT_EQ(code_of([&] { session_->query("SELECT * FROM s.t"); }, &message), "TM4330");
  EXPECT_NE(message.find("fromTheFuture"), std::string::npos) << message;
  EXPECT_NE(code_of([&] { publish("SELECT 1 AS a", to(rel("t"), WriteMode::kAppend)); }), "no error");
}

TEST_F(WarehouseTest, RunsHoldTheLockAndRecordVersions) {
  create("t", "SELECT 1 AS a");
  auto lock = adapter_->lock({.command = "run", .timeout_seconds = 1, .on_wait = {}});
  auto other = make_lake_adapter(options());
  std::string holder;
  EXPECT_EQ(code_of([&] { other->lock({.command = "run", .timeout_seconds = 0.2, .on_wait = [&](const std::string& who) { holder = who; }}); }), "TM6010");
  EXPECT_NE(holder.find(std::to_string(getpid())), std::string::npos) << holder;
  adapter_->record_versions("invocation-1");
  EXPECT_FALSE(list_directory(folder_ / "w" / "_tidemark" / "versions").empty());
  lock.reset();
  other->lock({.command = "run", .timeout_seconds = 1, .on_wait = {}});
}

TEST_F(WarehouseTest, LooksUpWithoutTheEngine) {
  create("t", "SELECT 1 AS a");
  session_->create_view(rel("v"), {.sql = "SELECT 1 AS b", .node_id = {}, .description = {}});
  EXPECT_EQ(run_child("LakeChild.LooksUp", {{"TM_CHILD_FOLDER", folder_.string()}}), 0);
}

TEST(LakeChild, LooksUp) {
  if (child_folder().empty()) GTEST_SKIP() << "run by another test";
  LakeOptions options;
  options.warehouse = child_folder() + "/w";
  auto adapter = make_lake_adapter(options);
  auto session = adapter->open_session("child");
  Relation t;
  t.schema = "s";
  t.identifier = "t";
  Relation v = t;
  v.identifier = "v";
  EXPECT_TRUE(session->find_relation(t));
  EXPECT_EQ(session->list_relations("w", "s").size(), 2u);
  EXPECT_EQ(session->columns(t).size(), 1u);
  EXPECT_EQ(session->columns(v).size(), 1u);
  EXPECT_EQ(session->state(t)->version, 0);
  adapter->record_versions("x");
  Relation renamed = t;
  renamed.identifier = "u";
  session->rename(t, renamed);
  session->truncate(renamed);
  session->drop(renamed);
  EXPECT_FALSE(duckdb::engine_loaded());
}

}  // namespace
}  // namespace tidemark
