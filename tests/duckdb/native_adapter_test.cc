// The adapter over a native DuckDB file, against the same operations in plain SQL.
#include "adapter/duckdb/native_adapter.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "adapter/table.h"
#include "base/error.h"
#include "base/hash.h"

namespace tidemark {
namespace {

class NativeAdapterTest : public ::testing::Test {
 protected:
  NativeAdapterTest() : folder_(std::filesystem::temp_directory_path() / ("tm_native_" + random_uuid())) {
    std::filesystem::create_directories(folder_);
    reopen();
  }
  ~NativeAdapterTest() override {
    session_.reset();
    adapter_.reset();
    std::filesystem::remove_all(folder_);
  }
  void reopen() {
    session_.reset();
    adapter_.reset();
    adapter_ = make_native_adapter(
        {.path = (folder_ / "x.duckdb").string(), .default_schema = "s", .threads = 2, .memory_limit = {}, .temp_directory = {}, .settings = {}, .setup = {}});
    session_ = adapter_->open_session("test");
  }
  static Relation rel(const std::string& identifier) {
    Relation relation;
    relation.database = "x";
    relation.schema = "s";
    relation.identifier = identifier;
    return relation;
  }
  PublishResult publish(const std::string& sql, PublishRequest request) {
    return session_->publish(session_->stage({.sql = sql, .cluster_by = {}, .partition_folders = {}}), request);
  }
  std::string rows(const std::string& sql) {
    std::string text;
    for (const Row& row : session_->query(sql).rows) {
      for (const Value& value : row) text += value.text() + "|";
      text += "\n";
    }
    return text;
  }
  PublishRequest request(WriteMode mode, std::vector<std::string> key = {}) {
    PublishRequest request;
    request.target = rel("t");
    request.mode = mode;
    request.unique_key = std::move(key);
    return request;
  }

  std::filesystem::path folder_;
  std::unique_ptr<Adapter> adapter_;
  std::unique_ptr<Session> session_;
};

TEST_F(NativeAdapterTest, WritesInEveryMode) {
  EXPECT_EQ(publish("SELECT i AS k, 'old' AS v FROM range(4) r(i)", request(WriteMode::kReplace)).version, 0);
  EXPECT_EQ(publish("SELECT 4 AS k, 'more' AS v", request(WriteMode::kAppend)).version, 1);
  EXPECT_EQ(publish("SELECT 1 AS k, 'merged' AS v UNION ALL SELECT 9, 'new'", request(WriteMode::kMerge, {"k"})).rows_deleted, 1);
  EXPECT_EQ(publish("SELECT 2 AS k, 'a' AS v UNION ALL SELECT 2, 'b'", request(WriteMode::kDeleteInsert, {"k"})).rows_deleted, 1);
  PublishRequest partitions = request(WriteMode::kReplacePartitions);
  partitions.partitions = {.columns = {"k"}, .is_all = false, .values = {{"3"}, {"NULL"}}};
  EXPECT_EQ(publish("SELECT 4 AS k, 'again' AS v", partitions).partitions_written, 3);
  EXPECT_EQ(rows("SELECT * FROM s.t ORDER BY ALL"), "0|old|\n1|merged|\n2|a|\n2|b|\n4|again|\n9|new|\n");
}

TEST_F(NativeAdapterTest, ChangesColumns) {
  publish("SELECT 1 AS a, 2 AS b", request(WriteMode::kReplace));
  PublishRequest evolve = request(WriteMode::kAppend);
  evolve.new_columns = {{"a", "BIGINT"}, {"c", "DATE"}};
  publish("SELECT 5 AS a, DATE '2024-01-01' AS c", evolve);
  EXPECT_EQ(rows("SELECT * FROM s.t ORDER BY ALL"), "1|NULL|\n5|2024-01-01|\n");
  EXPECT_EQ(session_->columns(rel("t")), (std::vector<ColumnType>{{"a", "BIGINT"}, {"c", "DATE"}}));
}

TEST_F(NativeAdapterTest, KeepsWhatACommitCarriesAndSeesOthersWrites) {
  PublishRequest first = request(WriteMode::kReplace);
  first.commit = Json{{"node", "model.p.t"}};
  publish("SELECT 1 AS a", first);
  reopen();
  auto state = session_->state(rel("t"));
  ASSERT_TRUE(state);
  EXPECT_EQ(state->version, 0);
  EXPECT_EQ((*state->own)["node"], "model.p.t");
  EXPECT_FALSE(state->foreign_since_own);
  session_->execute("INSERT INTO s.t VALUES (2)");
  EXPECT_TRUE(session_->state(rel("t"))->foreign_since_own);
  PublishRequest late = request(WriteMode::kAppend);
  late.expected_version = 0;
  EXPECT_THROW(publish("SELECT 3 AS a", late), Error);
  EXPECT_EQ(rows("SELECT count(*) FROM s.t"), "2|\n");
}

TEST_F(NativeAdapterTest, AFailedPublishLeavesTheTable) {
  publish("SELECT 1 AS k, 'x' AS v", request(WriteMode::kReplace));
  EXPECT_THROW(publish("SELECT 1 AS k, 'a' AS v UNION ALL SELECT 1, 'b'", request(WriteMode::kMerge, {"k"})), Error);
  EXPECT_THROW(publish("SELECT 'no number' AS k, 'a' AS v", request(WriteMode::kAppend)), Error);
  EXPECT_EQ(rows("SELECT * FROM s.t"), "1|x|\n");
  EXPECT_EQ(session_->state(rel("t"))->version, 0);
}

TEST_F(NativeAdapterTest, RelationsComeAndGo) {
  publish("SELECT 1 AS a", request(WriteMode::kReplace));
  session_->create_view(rel("v"), {.sql = "SELECT a + 1 AS b FROM s.t", .node_id = {}, .description = "a view"});
  EXPECT_EQ(session_->find_relation(rel("V"))->type, RelationType::kView);
  EXPECT_EQ(session_->list_relations("x", "s").size(), 2u);
  session_->rename(rel("t"), rel("u"));
  EXPECT_EQ(session_->state(rel("u"))->own_version, 0);
  Relation view = rel("v");
  view.type = RelationType::kView;
  session_->drop(view);
  session_->drop(view);
  EXPECT_FALSE(session_->find_relation(rel("v")));
  for (const std::string& schema : session_->list_schemas("x")) EXPECT_FALSE(schema.starts_with("_tidemark"));
}

}  // namespace
}  // namespace tidemark
