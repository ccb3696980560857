#include "adapter/duckdb/exact_aggregates.h"

#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapter/duckdb/database.h"
#include "base/error.h"
#include "base/exact_cases.h"
#include "base/exact_sum.h"

namespace tidemark::duckdb {
namespace {

using ::testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

DatabaseOptions with_threads(int threads) {
  DatabaseOptions options;
  options.threads = threads;
  return options;
}

class ExactAggregates : public ::testing::Test {
 protected:
  // Doubles of every kind, over many row groups, with NULLs; `values()` has the others in order.
  void fill(int rows) {
    DoubleCases cases(20260101);
    connection_->execute("CREATE OR REPLACE TABLE t (i BIGINT, g INTEGER, x DOUBLE, y DOUBLE)");
    for (int first = 0; first < rows; first += 1000) {
      std::string list;
      for (int i = first; i < std::min(first + 1000, rows); ++i) {
        const double x = cases.value(i % DoubleCases::kKinds);
        const bool is_null = i % 13 == 5;
        if (!is_null) values_.push_back(x);
        list += fmt::format("{}({}, {}, {}, CAST('{:.17g}' AS DOUBLE))", list.empty() ? "" : ", ", i, i % 7,
                            is_null ? "NULL" : fmt::format("CAST('{:.17g}' AS DOUBLE)", x), cases.value(0));
      }
      connection_->execute("INSERT INTO t VALUES " + list);
    }
  }
  double real(const std::string& sql) { return connection_->scalar(sql).as_double(); }
  std::string text(const std::string& sql) { return connection_->scalar(sql).text(); }
  std::string fault(const std::string& sql) {
    try {
      connection_->query(sql);
    } catch (const Error& error) {
      return error.message();
    }
    return "no error";
  }

  Database database_{with_threads(4)};
  std::unique_ptr<Connection> connection_ = database_.connect();
  std::vector<double> values_;
};

TEST_F(ExactAggregates, SumIsTheSumOfTheValues) {
  fill(3000);
  ExactSum sum;
  ExactMoments moments;
  for (double x : values_) sum.add(x);
  for (double x : values_) moments.add(x);
  EXPECT_EQ(std::bit_cast<uint64_t>(real("SELECT tm_sum(x) FROM t")), std::bit_cast<uint64_t>(*sum.sum()));
  EXPECT_EQ(real("SELECT tm_avg(x) FROM t"), *sum.average());
  EXPECT_EQ(real("SELECT tm_sum_final(tm_sum_state(x)) FROM t"), *sum.sum());
  EXPECT_EQ(connection_->scalar("SELECT tm_sum_state(x) FROM t").as_string(), sum.serialized());
  EXPECT_EQ(real("SELECT tm_var_samp(x) FROM t"), *moments.variance(Divisor::kSample));
  EXPECT_EQ(real("SELECT tm_stddev_pop_final(tm_moments_state(x)) FROM t"), *moments.deviation(Divisor::kPopulation));
  EXPECT_EQ(connection_->scalar("SELECT tm_sum_count(tm_sum_state(x)) FROM t").as_integer(), static_cast<int64_t>(values_.size()));
}

TEST_F(ExactAggregates, NoRowsGiveNull) {
  const Table none = connection_->query(
      "SELECT tm_sum(x), tm_avg(x), tm_sum_state(x), tm_sum_merge(tm_sum_state) , tm_var_pop(x), tm_corr(x, x) "
      "FROM (SELECT NULL::DOUBLE AS x, NULL::BLOB AS tm_sum_state) WHERE x > 0");
  for (const Value& value : none.rows.at(0)) EXPECT_TRUE(value.is_null());
  EXPECT_TRUE(connection_->scalar("SELECT tm_sum(NULL::DOUBLE)").is_null());
  EXPECT_TRUE(connection_->scalar("SELECT tm_var_samp(1.0::DOUBLE)").is_null());
  EXPECT_TRUE(connection_->scalar("SELECT tm_sum_final(NULL)").is_null());
  EXPECT_TRUE(connection_->scalar("SELECT tm_sum_subtract(s, s) FROM (SELECT tm_sum_state(2.5::DOUBLE) AS s)").is_null());
  EXPECT_TRUE(connection_->scalar("SELECT tm_covar_pop(NULL, 1)").is_null());
}

TEST_F(ExactAggregates, ValuesThatAreNotNumbers) {
  EXPECT_EQ(real("SELECT tm_sum(x) FROM (VALUES (1.0::DOUBLE), ('inf'::DOUBLE)) t(x)"), kInfinity);
  EXPECT_TRUE(std::isnan(real("SELECT tm_sum(x) FROM (VALUES ('-inf'::DOUBLE), ('inf'::DOUBLE)) t(x)")));
  EXPECT_TRUE(std::isnan(real("SELECT tm_avg(x) FROM (VALUES ('nan'::DOUBLE), (1)) t(x)")));
  EXPECT_FALSE(std::signbit(real("SELECT tm_sum('-0.0'::DOUBLE)")));
  EXPECT_EQ(real("SELECT tm_sum(x) FROM (VALUES ('5e-324'::DOUBLE), ('5e-324'::DOUBLE)) t(x)"), 1e-323);
  EXPECT_EQ(real("SELECT tm_sum(x) FROM (VALUES ('1e308'::DOUBLE), ('1e308'::DOUBLE), ('-1e308'::DOUBLE)) t(x)"), 1e308);
  // a NaN that is taken out is gone
  EXPECT_EQ(real("SELECT tm_sum_final(tm_sum_subtract(a, b)) FROM (SELECT tm_sum_state(x) AS a, tm_sum_state(x) FILTER (isnan(x)) AS b "
                 "FROM (VALUES ('nan'::DOUBLE), (1.5)) t(x))"),
            1.5);
}

TEST_F(ExactAggregates, BytesDoNotDependOnThreadsOrOrder) {
  connection_->execute(
      "CREATE TABLE big AS SELECT i, (i % 997)::INTEGER AS g, CASE WHEN i % 11 = 0 THEN NULL ELSE (hash(i) % 1000000007)::DOUBLE / 97 * "
      "CASE WHEN i % 5 = 0 THEN -1 ELSE 1 END * CASE WHEN i % 1009 = 0 THEN 1e200 WHEN i % 1013 = 0 THEN 1e-200 ELSE 1 END END AS x FROM range(400000) t(i)");
  const std::string sql = "SELECT string_agg(hex(s), '' ORDER BY g) FROM (SELECT g, tm_sum_state(x) AS s FROM {} GROUP BY g)";
  const std::string expected = text(fmt::format(fmt::runtime(sql), "big"));
  for (int threads : {1, 2, 3, 8}) {
    connection_->execute(fmt::format("SET threads = {}", threads));
    EXPECT_EQ(text(fmt::format(fmt::runtime(sql), "big")), expected) << threads << " threads";
    EXPECT_EQ(text(fmt::format(fmt::runtime(sql), fmt::format("(SELECT * FROM big ORDER BY hash(i + {}))", threads))), expected)
        << threads << " threads, shuffled";
  }
  // merged from any split
  EXPECT_EQ(text("SELECT string_agg(hex(s), '' ORDER BY g) FROM (SELECT g, tm_sum_merge(s) AS s FROM (SELECT g, i % 31 AS part, tm_sum_state(x) AS s "
                 "FROM big GROUP BY g, part) GROUP BY g)"),
            expected);
  EXPECT_EQ(text("SELECT hex(tm_moments_state(x)) FROM big"),
            text("SELECT hex(tm_moments_merge(s)) FROM (SELECT tm_moments_state(x) AS s FROM big GROUP BY g)"));
  EXPECT_EQ(text("SELECT hex(tm_comoments_state(x, g)) FROM big"),
            text("SELECT hex(tm_comoments_merge(s)) FROM (SELECT tm_comoments_state(x, g) AS s FROM big GROUP BY i % 100)"));
}

TEST_F(ExactAggregates, WhatIsAddedAndTakenOutIsGone) {
  fill(2000);
  const std::string parts = "(SELECT tm_sum_state(x) AS a, tm_sum_state(x) FILTER (i % 3 = 0) AS b, tm_sum_state(x) FILTER (i % 3 <> 0) AS c FROM t)";
  EXPECT_EQ(text("SELECT tm_sum_subtract(a, b) = c AND tm_sum_add(b, c) = a AND tm_sum_subtract(tm_sum_add(a, b), b) = a FROM " + parts), "true");
  const std::string moments =
      "(SELECT tm_comoments_state(x, y) AS a, tm_comoments_state(x, y) FILTER (i % 3 = 0) AS b, tm_comoments_state(x, y) FILTER (i % 3 <> 0) AS c FROM t)";
  EXPECT_EQ(text("SELECT tm_comoments_subtract(a, b) = c AND tm_comoments_add(b, c) = a FROM " + moments), "true");
}

TEST_F(ExactAggregates, WindowsFiltersAndDistinct) {
  fill(1500);
  // every frame of a running total and of a sliding one against the sum over the rows of that frame
  const std::string different =
      "SELECT count(*) FROM (SELECT a.i, a.running, a.sliding, a.outside, "
      "(SELECT tm_sum(b.x) FROM t b WHERE b.i <= a.i) AS r, (SELECT tm_sum(b.x) FROM t b WHERE b.i BETWEEN a.i - 10 AND a.i + 3) AS s, "
      "(SELECT tm_sum(b.x) FROM t b WHERE b.i BETWEEN a.i - 2 AND a.i + 2 AND b.i <> a.i) AS o "
      "FROM (SELECT i, tm_sum(x) OVER (ORDER BY i) AS running, tm_sum(x) OVER (ORDER BY i ROWS BETWEEN 10 PRECEDING AND 3 FOLLOWING) AS sliding, "
      "tm_sum(x) OVER (ORDER BY i ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) AS outside FROM t) a) "
      "WHERE running IS DISTINCT FROM r OR sliding IS DISTINCT FROM s OR outside IS DISTINCT FROM o";
  EXPECT_EQ(connection_->scalar(different).as_integer(), 0);
  EXPECT_EQ(real("SELECT tm_sum(x) FILTER (i % 2 = 0) FROM t"), real("SELECT tm_sum(x) FROM t WHERE i % 2 = 0"));
  EXPECT_EQ(real("SELECT tm_sum(DISTINCT v) FROM (SELECT i % 5 + 0.5 AS v FROM t)"), 12.5);
  EXPECT_EQ(connection_
                ->scalar("SELECT count(*) FROM (SELECT tm_avg(x) FILTER (g <> 3) OVER (PARTITION BY g ROWS BETWEEN UNBOUNDED PRECEDING AND 1000000000000 "
                         "FOLLOWING) AS w, g FROM t) "
                         "LEFT JOIN (SELECT g, tm_avg(x) AS a FROM t WHERE g <> 3 GROUP BY g) USING (g) WHERE w IS DISTINCT FROM a")
                .as_integer(),
            0);
  // running totals over states, as upper parts of maintained models have them
  EXPECT_EQ(connection_
                ->scalar("SELECT count(*) FROM (SELECT g, tm_sum_merge_final(s) OVER (ORDER BY g) AS w FROM (SELECT g, tm_sum_state(x) AS s FROM t "
                         "GROUP BY g)) AS a WHERE w IS DISTINCT FROM (SELECT tm_sum(x) FROM t WHERE t.g <= a.g)")
                .as_integer(),
            0);
}

TEST_F(ExactAggregates, WhatTheEngineCannotRunIsRefused) {
  fill(3000);
  for (const std::string over : {"()", "(PARTITION BY g)", "(RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)", "(RANGE BETWEEN CURRENT ROW AND CURRENT ROW)",
                                 "(GROUPS UNBOUNDED PRECEDING)", "(ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
                                 "(PARTITION BY (SELECT max(g) FROM t ORDER BY 1))", "w", "(w)",
                                 "(ORDER BY i RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE NO OTHERS)", "/* all */ (/* of it */)"}) {
    EXPECT_THAT(fault("SELECT Tm_Sum(x) OVER " + over + " FROM t WINDOW w AS (PARTITION BY g)"), HasSubstr("Tm_Sum() cannot be used over window frames"))
        << over;
    EXPECT_THAT(fault("CREATE VIEW v AS SELECT \"tm_avg\"(x) FILTER (WHERE i > 2) OVER " + over + " FROM t WINDOW w AS (PARTITION BY g)"),
                HasSubstr("whole partitions"))
        << over;
  }
  for (const std::string call : {"tm_sum(x ORDER BY i)", "tm_sum(DISTINCT x ORDER BY x)", "tm_corr(x, x ORDER BY (i))", "tm_sum(x) WITHIN GROUP (ORDER BY i)"})
    EXPECT_THAT(fault("SELECT " + call + " FROM t"), HasSubstr("takes no ORDER BY of its own")) << call;
}

TEST_F(ExactAggregates, WindowsThatAreNoWholePartitionsRun) {
  fill(3000);
  const double sum = real("SELECT tm_sum(x) FROM t");
  for (const std::string over : {"(ROWS BETWEEN UNBOUNDED PRECEDING AND 1000000000000 FOLLOWING)", "(ORDER BY 1)", "(ORDER BY g - g, 'a')", "w", "(w)",
                                 "(ORDER BY i ROWS UNBOUNDED PRECEDING)", "(ORDER BY i GROUPS BETWEEN 3 PRECEDING AND UNBOUNDED FOLLOWING)",
                                 "(w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW)",
                                 "(ORDER BY i RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)", "(ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)"}) {
    EXPECT_FALSE(connection_->scalar("SELECT max(v) FROM (SELECT tm_sum(x) OVER " + over + " AS v FROM t WINDOW w AS (ORDER BY i), other AS ())").is_null())
        << over;
  }
  EXPECT_EQ(real("SELECT max(v) FROM (SELECT tm_sum(x) OVER (ORDER BY 1) AS v FROM t)"), sum);
  EXPECT_EQ(real("SELECT max(v) FROM (SELECT tm_sum(DISTINCT x) OVER () AS v FROM t)"), real("SELECT tm_sum(DISTINCT x) FROM t"));
  EXPECT_EQ(real("SELECT list_aggregate(list(x), 'tm_sum') FROM t"), sum);
  EXPECT_EQ(connection_->scalar("SELECT 'tm_sum(x) OVER ()'").as_string(), "tm_sum(x) OVER ()");
}

TEST_F(ExactAggregates, AMillionGroups) {
  const int64_t before = exact_sum_heap_bytes();
  EXPECT_EQ(connection_
                ->scalar("SELECT count(*) FROM (SELECT i % 1000000 AS g, tm_sum(i * 0.25) AS s FROM range(2000000) t(i) GROUP BY g) "
                         "WHERE s = g * 0.5 + 250000")
                .as_integer(),
            1000000);
  EXPECT_EQ(exact_sum_heap_bytes(), before);  // narrow sums take nothing beside the engine's memory
}

TEST_F(ExactAggregates, MemoryBesideTheEngineIsBounded) {
  const int64_t before = exact_sum_heap_bytes();
  set_exact_aggregates_limit(16 << 20);
  EXPECT_THAT(fault("SELECT count(*) FROM (SELECT i % 500000 AS g, tm_sum(CASE WHEN i % 2 = 0 THEN 1e300 ELSE 1e-300 END) AS s FROM range(1000001) t(i) "
                    "GROUP BY g HAVING s > 0)"),
              HasSubstr("exact sums hold"));
  set_exact_aggregates_limit(int64_t{1} << 30);
  EXPECT_EQ(exact_sum_heap_bytes(), before);  // all given back
  EXPECT_EQ(real("SELECT tm_sum(x) FROM (VALUES (1e300::DOUBLE), (1e-300::DOUBLE), (-1e300::DOUBLE)) t(x)"), 1e-300);
  EXPECT_EQ(exact_sum_heap_bytes(), before);
}

TEST_F(ExactAggregates, BytesThatAreNoStateAreRefused) {
  EXPECT_THAT(fault("SELECT tm_sum_merge('abc'::BLOB)"), HasSubstr("no state of an exact aggregate"));
  EXPECT_THAT(fault("SELECT tm_sum_final(tm_moments_state(1.5::DOUBLE))"), HasSubstr("no state of an exact aggregate"));
  EXPECT_THAT(fault("SELECT tm_sum_subtract(tm_sum_state(1.5::DOUBLE), tm_sum_state(x)) FROM (VALUES (2.5::DOUBLE), (1.0)) t(x)"),
              HasSubstr("does not hold it"));
}

TEST_F(ExactAggregates, StandForTheEnginesOwn) {
  EXPECT_EQ(exact_aggregate_for("SUM"), "tm_sum");
  EXPECT_EQ(exact_aggregate_for("stddev"), "tm_stddev_samp");
  EXPECT_EQ(exact_aggregate_for("max"), "");
  fill(500);
  for (const char* name : {"sum", "avg", "var_pop", "var_samp", "stddev", "fsum", "mean"}) {
    const std::string sql = fmt::format("SELECT {}(y), {}(y) FROM t", name, exact_aggregate_for(name));
    const Row row = connection_->query(sql).rows.at(0);
    EXPECT_NEAR(row[0].as_double(), row[1].as_double(), 1e-9 * std::abs(row[0].as_double())) << name;
  }
  for (const char* name : {"covar_pop", "covar_samp", "corr"}) {
    const Row row = connection_->query(fmt::format("SELECT {}(y, i), {}(y, i) FROM t", name, exact_aggregate_for(name))).rows.at(0);
    EXPECT_NEAR(row[0].as_double(), row[1].as_double(), 1e-9 * std::abs(row[0].as_double()) + 1e-12) << name;
  }
}

}  // namespace
}  // namespace tidemark::duckdb
