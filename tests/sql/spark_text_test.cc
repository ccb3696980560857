#include "sql/spark_text.h"

#include <gtest/gtest.h>

#include "adapter/duckdb/database.h"

namespace tidemark::sql {
namespace {

TEST(SparkTextTest, NamesAndStrings) {
  EXPECT_EQ(from_spark("select `a b`, `c``d`, \"it's\", 'x\\'y', 'a\\\\b', 'q''r' from `s`.`t`"),
            "select \"a b\", \"c`d\", 'it''s', 'x''y', 'a\\b', 'q''r' from \"s\".\"t\"");
  EXPECT_EQ(from_spark("-- `a` \"b\"\nselect 1 /* `c` \"d\" */"), "-- `a` \"b\"\nselect 1 /* `c` \"d\" */");
  EXPECT_EQ(from_spark("select 'never closed"), "select 'never closed'");
  EXPECT_EQ(from_spark(""), "");
}

TEST(SparkTextTest, Operators) {
  EXPECT_EQ(from_spark("a <=> b"), "a  IS NOT DISTINCT FROM  b");
  EXPECT_EQ(from_spark("a rlike 'b.' and c not rlike \"d\""), "a ~ '(?s).*(?:b.).*' and c !~ '(?s).*(?:d).*'");
}

TEST(SparkTextTest, FilesByPath) {
  EXPECT_EQ(from_spark("select * from parquet.`data/raw`"), "select * from read_parquet('data/raw/**/*.parquet')");
  EXPECT_EQ(from_spark("select * from parquet.`data/*.parquet` p"), "select * from read_parquet('data/*.parquet') p");
  EXPECT_EQ(from_spark("select t.parquet from t"), "select t.parquet from t");
}

TEST(SparkTextTest, FunctionsByTheirNumberOfArguments) {
  EXPECT_EQ(from_spark("date_add(d, 1)"), "spark_date_add(d, 1)");
  EXPECT_EQ(from_spark("t.size + size"), "t.size + size");
  EXPECT_EQ(from_spark("date_format(coalesce(a, b), 'yyyy-MM-dd''T''HH:mm')"), "strftime(coalesce(a, b), '%Y-%m-%dT%H:%M')");
  EXPECT_EQ(from_spark("to_date(x) = to_date(y, \"dd/MM/yy\")"), "spark_to_date(x) = CAST(try_strptime(y, '%d/%m/%y') AS DATE)");
  EXPECT_EQ(from_spark("from_unixtime(n + f(1, 2), 'yyyy')"), "strftime(make_timestamp(1000000 * CAST(n + f(1, 2) AS BIGINT)), '%Y')");
}

TEST(SparkTextTest, FunctionsGiveWhatSparkGives) {
  duckdb::Database database(duckdb::DatabaseOptions{});
  const auto opened = database.connect();
  duckdb::Connection& connection = *opened;
  const auto of = [&](const std::string& expression) {
    for (const std::string& statement : spark_functions(from_spark(expression))) connection.execute(statement);
    return connection.query(from_spark("select cast(" + expression + " as string)")).rows.at(0).at(0).text();
  };
  EXPECT_EQ(of("date_add('2024-02-28', 2)"), "2024-03-01");
  EXPECT_EQ(of("date_sub(date '2024-03-01', 1)"), "2024-02-29");
  EXPECT_EQ(of("datediff('2024-03-01', '2024-02-01')"), "29");
  EXPECT_EQ(of("add_months('2024-01-31', 1)"), "2024-02-29");
  EXPECT_EQ(of("trunc('2024-03-17', 'MM')"), "2024-03-01");
  EXPECT_EQ(of("date_format(timestamp '2024-03-07 05:06:07', 'yyyy/M/d HH:mm')"), "2024/3/7 05:06");
  EXPECT_EQ(of("unix_timestamp('2024-01-01', 'yyyy-MM-dd')"), "1704067200");
  EXPECT_EQ(of("from_unixtime(1704067200)"), "2024-01-01 00:00:00");
  EXPECT_EQ(of("nvl(null, 3)"), "3");
  EXPECT_EQ(of("regexp_extract('ab12', '([a-z]+)([0-9]+)')"), "ab");
  EXPECT_EQ(of("regexp_extract('ab12', '([a-z]+)([0-9]+)', 2)"), "12");
  EXPECT_EQ(of("regexp_replace('a1b2', '[0-9]', 'x')"), "axbx");
  EXPECT_EQ(of("size(collect_list(1))"), "1");
  EXPECT_EQ(of("locate('b', 'abc')"), "2");
  EXPECT_EQ(of("dayofweek(date '2024-01-07')"), "1");
}

}  // namespace
}  // namespace tidemark::sql
