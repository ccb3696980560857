// Every way to write, against the same statement on a plain DuckDB table.
#include "adapter_lake/lake_fixture.h"

namespace tidemark {
namespace {

class WriteModes : public LakeFixture {
 protected:
  void both_start(const std::string& select, std::vector<std::string> cluster_by = {}) {
    create("t", select, cluster_by);
    oracle_->execute("CREATE OR REPLACE TABLE s.t AS " + select);
    expect_same("t", "start");
  }
  PublishRequest request(WriteMode mode, std::vector<std::string> key = {}) {
    PublishRequest request;
    request.target = rel("t");
    request.mode = mode;
    request.unique_key = std::move(key);
    return request;
  }
};

TEST_F(WriteModes, ReplaceIsTheStagedRows) {
  both_start("SELECT i AS a, 'x' || i AS b FROM range(10) r(i)");
  const PublishResult result = create("t", "SELECT i AS c FROM range(3) r(i)");
  EXPECT_EQ(result.version, 1);
  EXPECT_EQ(result.rows_written, 3);
  EXPECT_EQ(result.rows_inserted, 3);
  EXPECT_EQ(result.rows_deleted, 10);
  EXPECT_EQ(result.files_added, 1);
  EXPECT_EQ(result.files_removed, 1);
  EXPECT_GT(result.bytes_written, 0);
  oracle_->execute("CREATE OR REPLACE TABLE s.t AS SELECT i AS c FROM range(3) r(i)");
  expect_same("t");
}

TEST_F(WriteModes, ReplaceByNothingKeepsTheColumns) {
  both_start("SELECT i AS a, 'x' || i AS b FROM range(10) r(i)");
  create("t", "SELECT 1 AS a, DATE '2024-01-01' AS d WHERE false");
  EXPECT_EQ(lake("SELECT * FROM s.t"), "a INTEGER, d DATE, \n");
}

TEST_F(WriteModes, AppendFitsColumnsByName) {
  both_start("SELECT i AS a, 'x' || i AS b FROM range(3) r(i)");
  publish("SELECT 'y' AS b, 7::TINYINT AS a", request(WriteMode::kAppend));
  oracle_->execute("INSERT INTO s.t BY NAME SELECT 'y' AS b, 7::TINYINT AS a");
  expect_same("t");
}

TEST_F(WriteModes, AppendIgnoresNewColumnsAndRefusesMissingOnes) {
  both_start("SELECT 1 AS a, 'x' AS b");
  publish("SELECT 2 AS a, 'y' AS b, 3 AS c", request(WriteMode::kAppend));
  oracle_->execute("INSERT INTO s.t VALUES (2, 'y')");
  expect_same("t");
  std::string message;
  EXPECT_EQ(code_of([&] { publish("SELECT 3 AS a", request(WriteMode::kAppend)); }, &message), "TM4206");
  EXPECT_NE(message.find("b"), std::string::npos);
  expect_same("t");
}

TEST_F(WriteModes, MergeUpdatesAndInserts) {
  both_start("SELECT i AS k, i * 10 AS v, 'old' AS w FROM range(10) r(i) UNION ALL SELECT NULL, -1, 'null'");
  const std::string source = "SELECT i AS k, i * 100 AS v, 'new' AS w FROM range(5, 15) r(i) UNION ALL SELECT NULL, -2, 'null2'";
  const PublishResult result = publish(source, request(WriteMode::kMerge, {"k"}));
  EXPECT_EQ(result.rows_inserted, 11);
  EXPECT_EQ(result.rows_deleted, 5);
  oracle_->execute("MERGE INTO s.t USING (" + source +
                   ") n ON t.k = n.k WHEN MATCHED THEN UPDATE SET v = n.v, w = n.w WHEN NOT MATCHED THEN INSERT VALUES (n.k, n.v, n.w)");
  expect_same("t");
}

TEST_F(WriteModes, MergeOfSomeColumns) {
  both_start("SELECT i AS k, 1 AS v, 'old' AS w FROM range(4) r(i)");
  PublishRequest some = request(WriteMode::kMerge, {"K"});
  some.update_columns = {"W"};
  publish("SELECT 2 AS k, 9 AS v, 'new' AS w", some);
  oracle_->execute("UPDATE s.t SET w = 'new' WHERE k = 2");
  expect_same("t", "update_columns");
  PublishRequest others = request(WriteMode::kMerge, {"k"});
  others.exclude_columns = {"w"};
  publish("SELECT 3 AS k, 8 AS v, 'newer' AS w", others);
  oracle_->execute("UPDATE s.t SET v = 8 WHERE k = 3");
  expect_same("t", "exclude_columns");
}

TEST_F(WriteModes, MergeWithPredicatesAndTwoKeys) {
  both_start("SELECT i AS k, i % 2 AS j, 'old' AS w FROM range(10) r(i)");
  PublishRequest with = request(WriteMode::kMerge, {"k", "j"});
  with.predicates = {"DBT_INTERNAL_DEST.k > 3", "DBT_INTERNAL_SOURCE.w <> 'skip'"};
  const std::string source = "SELECT i AS k, i % 2 AS j, CASE WHEN i = 7 THEN 'skip' ELSE 'new' END AS w FROM range(2, 9) r(i)";
  publish(source, with);
  oracle_->execute(
      "MERGE INTO s.t AS d USING (" + source +
      ") n ON d.k = n.k AND d.j = n.j AND d.k > 3 AND n.w <> 'skip' WHEN MATCHED THEN UPDATE SET w = n.w WHEN NOT MATCHED THEN INSERT VALUES (n.k, n.j, n.w)");
  expect_same("t");
}

TEST_F(WriteModes, MergeRefusesTwoUpdatesOfARow) {
  both_start("SELECT i AS k, 'old' AS w FROM range(3) r(i)");
  std::string message;
  EXPECT_EQ(code_of([&] { publish("SELECT 1 AS k, 'a' AS w UNION ALL SELECT 1, 'b'", request(WriteMode::kMerge, {"k"})); }, &message), "TM6201");
  EXPECT_NE(message.find("1"), std::string::npos);
  expect_same("t", "nothing happened");
  publish("SELECT 9 AS k, 'a' AS w UNION ALL SELECT 9, 'b'", request(WriteMode::kMerge, {"k"}));  // no row is updated twice
  oracle_->execute("INSERT INTO s.t VALUES (9, 'a'), (9, 'b')");
  expect_same("t");
}

TEST_F(WriteModes, MergeWithoutKeyAppends) {
  both_start("SELECT 1 AS k");
  publish("SELECT 1 AS k", request(WriteMode::kMerge));
  oracle_->execute("INSERT INTO s.t VALUES (1)");
  expect_same("t");
}

TEST_F(WriteModes, DeleteInsertDeletesMatchesOnce) {
  both_start("SELECT i % 4 AS k, i AS v FROM range(12) r(i) UNION ALL SELECT NULL, 99");
  const std::string source = "SELECT 1 AS k, 100 AS v UNION ALL SELECT 1, 101 UNION ALL SELECT NULL, 102 UNION ALL SELECT 7, 103";
  const PublishResult result = publish(source, request(WriteMode::kDeleteInsert, {"k"}));
  EXPECT_EQ(result.rows_deleted, 3);
  EXPECT_EQ(result.rows_inserted, 4);
  oracle_->execute("DELETE FROM s.t WHERE k IN (SELECT k FROM (" + source + ") q)");
  oracle_->execute("INSERT INTO s.t " + source);
  expect_same("t");
}

TEST_F(WriteModes, DeleteInsertWithPredicateOnTheTable) {
  both_start("SELECT i % 4 AS k, i AS v FROM range(12) r(i)");
  PublishRequest with = request(WriteMode::kDeleteInsert, {"k"});
  with.predicates = {"v > 5"};
  publish("SELECT 1 AS k, 100 AS v", with);
  oracle_->execute("DELETE FROM s.t WHERE k = 1 AND v > 5");
  oracle_->execute("INSERT INTO s.t VALUES (1, 100)");
  expect_same("t");
}

TEST_F(WriteModes, ReplacePartitionsOfResultAndOfRequest) {
  both_start("SELECT DATE '2024-01-01' + (i % 5)::INTEGER AS d, i AS v FROM range(20) r(i) UNION ALL SELECT NULL, 99", {"d"});
  PublishRequest some = request(WriteMode::kReplacePartitions);
  some.partitions = {.columns = {"d"}, .is_all = false, .values = {{"DATE '2024-01-02'"}, {"NULL"}}};
  const PublishResult result = publish("SELECT DATE '2024-01-03' AS d, 1000 AS v", some, {"d"});
  oracle_->execute("DELETE FROM s.t WHERE d IS NULL OR d IN (DATE '2024-01-02', DATE '2024-01-03')");
  oracle_->execute("INSERT INTO s.t VALUES (DATE '2024-01-03', 1000)");
  expect_same("t");
  EXPECT_EQ(result.partitions_written, 3);
  EXPECT_EQ(result.rows_deleted, 9);
}

TEST_F(WriteModes, ReplacePartitionsWithNullInTheResult) {
  both_start("SELECT NULL::INTEGER AS p, 1 AS v UNION ALL SELECT 1, 2");
  PublishRequest some = request(WriteMode::kReplacePartitions);
  some.partitions.columns = {"p"};
  publish("SELECT NULL::INTEGER AS p, 7 AS v", some);
  oracle_->execute("DELETE FROM s.t WHERE p IS NULL");
  oracle_->execute("INSERT INTO s.t VALUES (NULL, 7)");
  expect_same("t");
}

TEST_F(WriteModes, ReplaceAllPartitions) {
  both_start("SELECT i AS p, i AS v FROM range(4) r(i)");
  PublishRequest all = request(WriteMode::kReplacePartitions);
  all.partitions = {.columns = {"p"}, .is_all = true, .values = {}};
  publish("SELECT 8 AS p, 8 AS v", all);
  oracle_->execute("CREATE OR REPLACE TABLE s.t AS SELECT 8::BIGINT AS p, 8::BIGINT AS v");
  expect_same("t");
}

TEST_F(WriteModes, OnlyOverlappingFilesAreRewritten) {
  create("t", "SELECT i AS p, i AS v FROM range(0, 10) r(i)", {"p"});
  for (int from = 10; from < 50; from += 10) {
    publish("SELECT i AS p, i AS v FROM range(" + std::to_string(from) + ", " + std::to_string(from + 10) + ") r(i)", request(WriteMode::kAppend), {"p"});
  }
  PublishRequest some = request(WriteMode::kReplacePartitions);
  some.partitions.columns = {"p"};
  const PublishResult result = publish("SELECT 25::BIGINT AS p, -1::BIGINT AS v", some, {"p"});
  EXPECT_EQ(result.files_removed, 1);
  EXPECT_EQ(result.rows_written, 10);
  const PublishResult merged = publish("SELECT 35::BIGINT AS p, -2::BIGINT AS v", request(WriteMode::kMerge, {"p"}), {"p"});
  EXPECT_EQ(merged.files_removed, 1);
  EXPECT_EQ(merged.rows_written, 10);
  EXPECT_EQ(lake("SELECT count(*) AS n, sum(v)::INTEGER AS s FROM s.t"), "n BIGINT, s INTEGER, \n50|1162|\n");
}

TEST_F(WriteModes, PartitionFolders) {
  const std::string first =
      "SELECT i AS v, CASE WHEN i % 3 = 0 THEN NULL ELSE 'a b/' || (i % 3) END AS p, DATE '2024-01-01' + (i % 2)::INTEGER AS d FROM range(12) r(i)";
  publish(first, request(WriteMode::kReplace), {}, {"p", "d"});
  oracle_->execute("CREATE TABLE s.t AS " + first);
  const std::string sql = "SELECT v, p, d FROM s.t ORDER BY ALL";
  EXPECT_EQ(lake(sql), oracle(sql));
  PublishRequest some = request(WriteMode::kReplacePartitions);
  some.partitions = {.columns = {"p", "d"}, .is_all = false, .values = {{"NULL", "DATE '2024-01-01'"}}};
  const PublishResult result = publish("SELECT 100::BIGINT AS v, 'a b/1' AS p, DATE '2024-01-02' AS d", some, {}, {"p", "d"});
  oracle_->execute("DELETE FROM s.t WHERE (p IS NULL AND d = DATE '2024-01-01') OR (p = 'a b/1' AND d = DATE '2024-01-02')");
  oracle_->execute("INSERT INTO s.t VALUES (100, 'a b/1', DATE '2024-01-02')");
  EXPECT_EQ(lake(sql), oracle(sql));
  EXPECT_EQ(result.files_removed, 2);
  EXPECT_EQ(result.files_added, 1);
}

TEST_F(WriteModes, FirstWriteMakesTheTableWhateverTheMode) {
  for (const WriteMode mode : {WriteMode::kAppend, WriteMode::kMerge, WriteMode::kDeleteInsert, WriteMode::kReplacePartitions}) {
    PublishRequest first = request(mode, {"k"});
    first.target = rel("first_" + std::to_string(static_cast<int>(mode)));
    first.partitions.columns = {"k"};
    const PublishResult result = publish("SELECT 1 AS k UNION ALL SELECT 2", first);
    EXPECT_EQ(result.version, 0);
    EXPECT_EQ(lake("SELECT count(*) AS n FROM " + first.target.render()), "n BIGINT, \n2|\n");
  }
}

}  // namespace
}  // namespace tidemark
