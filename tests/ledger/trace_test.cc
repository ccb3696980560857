// Which shapes of queries a column is traced through: told by what a changed file is said to affect.
#include "model_fixture.h"

namespace tidemark::ledger {
namespace {

class TraceTest : public ModelFixture {
 protected:
  void SetUp() override {
    write("a/1.parquet", "SELECT d, d % 2 AS k, d * 10 AS x FROM range(1, 4) r(d)");
    write("b/1.parquet", "SELECT d, d % 2 AS k, d * 100 AS y FROM range(1, 4) r(d)");
    publish("SELECT range AS d, 'n' || range AS name FROM range(10)", {}, "dim");
  }

  // What is affected in `day` when a file with the day 7 comes to folder `a`, and when one with the day 8 comes to `b`.
  std::pair<std::string, std::string> affected(const std::string& sql) {
    fs::remove("a/2.parquet");
    fs::remove("b/2.parquet");
    run(sql, "day");
    write("a/2.parquet", "SELECT 7::BIGINT AS d, 1::BIGINT AS k, 70::BIGINT AS x");
    std::string first = detailed(sql);
    write("b/2.parquet", "SELECT 8::BIGINT AS d, 0::BIGINT AS k, 800::BIGINT AS y");
    std::string second = detailed(sql);
    return {first, second};
  }

  std::string detailed(const std::string& sql) {
    wait_for_grain();
    ModelLedger model = begin(sql, {"day"});
    const AffectedPartitions affected = model.affected("day");
    std::string out = text_of(affected);
    if (affected.is_all) out = "all: " + affected.reason.detail.substr(0, affected.reason.detail.find(':'));
    publish("SELECT 1 AS one", model.commit());
    return out;
  }

  void traced(const std::string& sql, const std::string& a, const std::string& b = "") {
    SCOPED_TRACE(sql);
    const auto [first, second] = affected(sql);
    EXPECT_EQ(first, a);
    EXPECT_EQ(second, b);
  }

  void untraced(const std::string& sql, const std::string& code) {
    SCOPED_TRACE(sql);
    EXPECT_EQ(affected(sql).first, "all: " + make_reason(code).text());
  }

  const std::string a = "read_parquet('a/*.parquet')", b = "read_parquet('b/*.parquet')";
};

TEST_F(TraceTest, RowByRow) {
  traced("SELECT d AS day, x FROM " + a, "7");
  traced("SELECT d + 1 AS day, x FROM " + a + " WHERE x > 5 AND random() < 2", "8");
  traced("SELECT d AS day FROM " + a + " WHERE x < 5", "");
  traced("SELECT DISTINCT d AS day FROM " + a, "7");
  traced("SELECT 'all' AS day, sum(x) AS s FROM " + a, "'all'");
  traced("SELECT CASE WHEN d > 5 THEN 'late' ELSE 'early' END AS day, x FROM (SELECT * FROM " + a + " ORDER BY d)", "'late'");
}

TEST_F(TraceTest, Aggregates) {
  traced("SELECT d AS day, sum(x) AS s FROM " + a + " GROUP BY d HAVING sum(x) > 1000", "7");
  traced("SELECT day, max(s) AS m FROM (SELECT d AS day, k, sum(x) AS s FROM " + a + " GROUP BY ALL) GROUP BY day", "7");
  traced("SELECT d AS day, k, sum(x) AS s FROM " + a + " GROUP BY GROUPING SETS ((d, k), (d))", "7");
  untraced("SELECT d AS day, k, sum(x) AS s FROM " + a + " GROUP BY GROUPING SETS ((d, k), (k))", "aggregate_across_partitions");
  untraced("SELECT max(d) AS day, k FROM " + a + " GROUP BY k", "column_computed");
}

TEST_F(TraceTest, Windows) {
  traced("SELECT d AS day, sum(x) OVER (ORDER BY d) AS running FROM " + a, "7");
  traced("SELECT d AS day, x FROM " + a + " QUALIFY row_number() OVER (PARTITION BY d ORDER BY x) = 1", "7");
  traced("SELECT d // 5 AS day, x FROM " + a + " QUALIFY row_number() OVER (PARTITION BY d ORDER BY x) = 1", "1");
  untraced("SELECT d AS day, x FROM " + a + " QUALIFY row_number() OVER (PARTITION BY k ORDER BY x) = 1", "window_across_partitions");
  untraced("SELECT day, count(*) AS n FROM (SELECT d AS day, row_number() OVER (ORDER BY x) AS r FROM " + a + ") GROUP BY day HAVING max(r) > 1",
           "window_across_partitions");
  untraced("SELECT row_number() OVER (ORDER BY x) AS day FROM " + a, "column_computed");
}

TEST_F(TraceTest, Joins) {
  traced("SELECT f.d AS day, name FROM " + a + " f JOIN s.dim USING (d)", "7");
  traced("SELECT f.d AS day, name FROM " + a + " f LEFT JOIN s.dim t ON t.d = f.k", "7");
  traced("SELECT f.d AS day, x, y FROM " + a + " f JOIN " + b + " g ON f.d = g.d", "7", "8");
  traced("SELECT f.d AS day, x, y FROM " + a + " f LEFT JOIN (SELECT d, sum(y) AS y FROM " + b + " GROUP BY d) g ON f.d = g.d AND y > 5", "7", "8");
  traced("SELECT f.d AS day FROM " + a + " f SEMI JOIN " + b + " g ON f.d = g.d", "7", "8");
  const std::string across = "all: " + make_reason("join_across_partitions").text();
  traced("SELECT f.d AS day, x, y FROM " + a + " f JOIN " + b + " g ON f.k = g.k", "7", across);
  traced("SELECT f.d AS day, x FROM " + a + " f CROSS JOIN (SELECT max(y) AS y FROM " + b + ")", "7", across);
  traced("SELECT f.d AS day, x FROM " + a + " f JOIN (SELECT d::VARCHAR AS d FROM " + b + ") g ON f.d = g.d", "7", across);
  untraced("SELECT t.d AS day, x FROM s.dim t LEFT JOIN " + a + " f USING (d)", "column_of_other_side");
  untraced("SELECT f.d AS day, x FROM s.dim t LEFT JOIN " + a + " f ON t.d = f.d", "join_may_lack_row");
  untraced("SELECT f.d AS day, x FROM " + a + " f FULL JOIN " + b + " g ON f.d = g.d", "join_may_lack_row");
  untraced("SELECT f.d + g.d AS day, x FROM " + a + " f JOIN " + b + " g ON f.d = g.d", "column_of_other_side");
}

TEST_F(TraceTest, SetOperations) {
  traced("SELECT d AS day FROM " + a + " UNION ALL SELECT d FROM " + b, "7", "8");
  traced("SELECT d AS day FROM " + a + " UNION SELECT d + 0.5 FROM " + b, "7.0", "8.5");
  traced("SELECT d AS day FROM " + a + " EXCEPT SELECT d FROM " + b, "7", "8");
  traced("SELECT day, count(*) AS n FROM (SELECT d AS day FROM " + a + " UNION ALL SELECT 99 FROM " + b + ") GROUP BY day", "7", "99");
}

TEST_F(TraceTest, RowsChosenAmongAll) {
  untraced("SELECT d AS day FROM " + a + " ORDER BY x DESC LIMIT 2", "limit_across_partitions");
  untraced("SELECT DISTINCT ON (k) k, d AS day FROM " + a + " ORDER BY k, x", "distinct_across_partitions");
  traced("SELECT DISTINCT ON (d) d AS day, x FROM " + a + " ORDER BY d, x", "7");
}

TEST_F(TraceTest, Subqueries) {
  const std::string subquery = "all: " + make_reason("subquery_reads_files").text();
  traced("SELECT d AS day FROM " + a + " WHERE d IN (SELECT d FROM s.dim)", "7");
  traced("SELECT d AS day FROM " + a + " WHERE d IN (SELECT d FROM " + b + ")", "7", "8");
  traced("SELECT d AS day, (SELECT max(y) FROM " + b + ") AS m FROM " + a, "7", subquery);
}

TEST_F(TraceTest, UncertainValues) {
  untraced("SELECT d + random() AS day FROM " + a, "volatile_function");
  session_->execute("CREATE MACRO twice(v) AS v * 2");
  untraced("SELECT twice(d) AS day FROM " + a, "unknown_function");
  untraced("SELECT {'d': d} AS day FROM " + a, "unsupported_expression");
  untraced("SELECT d AS today FROM " + a, "column_unknown");
}

}  // namespace
}  // namespace tidemark::ledger
