#include <gtest/gtest.h>

#include "adapter/duckdb/native_adapter.h"
#include "adapter/spark/spark_printing.h"
#include "adapter/spark/spark_reading.h"
#include "base/error.h"
#include "base/json.h"
#include "sql/sql_parser.h"

namespace tidemark::spark {
namespace {

class Planning : public ::testing::Test {
 protected:
  std::string there_and_back(const std::string& spark) { return print(planning_text(spark)); }
  std::string print(const std::string& planning) {
    return spark_text(session_->parser().parse(planning), [](const std::vector<std::string>& files) {
      return std::vector<FileKind>{{{{"day", "DATE"}, {"n", "INTEGER"}}, {files.at(0)}}, {{{"day", "DATE"}}, {files.begin() + 1, files.end()}}};
    });
  }
  std::string code_of(const std::string& spark) {
    try {
      return there_and_back(spark);
    } catch (const Error& error) {
      return error.code();
    }
  }

  std::unique_ptr<Adapter> adapter_ = make_native_adapter({});
  std::unique_ptr<Session> session_ = adapter_->open_session("test");
};

TEST_F(Planning, ReadsSparksOwnTexts) {
  EXPECT_EQ(planning_text("select `a b`, \"x\", 'it\\'s' from parquet.`/in/*.parquet`"), "select \"a b\", 'x', 'it''s' from read_parquet('/in/*.parquet')");
  EXPECT_EQ(planning_text("select _metadata.file_path, t._metadata.row_index -- `no`\nfrom t"), "select filename, t.file_row_number -- `no`\nfrom t");
  EXPECT_EQ(planning_text("cast(a as timestamp), b::timestamp_ntz, timestamp '2024-01-01', timestamp from t"),
            "cast(a as TIMESTAMPTZ), b::TIMESTAMP, TIMESTAMPTZ '2024-01-01', timestamp from t");
}

TEST_F(Planning, RefusesWhatWouldMeanAnotherThing) {
  for (const char* sql : {"select 1L", "select 1.5BD", "select r'\\d'", "select 'a\\%'", "select cast(a as decimal) from t", "select cast(a as long) from t",
                          "select * from parquet.`s3://b/x`", "select _metadata.file_size from t", "select 'a''b'", "select 'open"}) {
    EXPECT_EQ(code_of(sql), "TM4130") << sql;
  }
}

TEST_F(Planning, PrintsExpressions) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"select a || 'x\\\\y' as b from t", "SELECT (`a` || 'x\\\\y') AS `b` FROM `t`"},
      {"select count(*), sum(distinct x) filter (where y > 1.50) from `s`.`t` group by z having max(x) is not null",
       "SELECT count(*), sum(DISTINCT `x`) FILTER (WHERE (`y` > 1.50BD)) FROM `s`.`t` GROUP BY `z` HAVING (max(`x`) IS NOT NULL)"},
      {"select case when a in (1, 2) then 'p' else 'q' end, a not between 1 and -2, not b, c like 'x%' from t",
       "SELECT CASE WHEN (`a` IN (1, 2)) THEN 'p' ELSE 'q' END, (NOT (`a` BETWEEN 1 AND -2)), (NOT `b`), (`c` LIKE 'x%') FROM `t`"},
      {"select a + interval 14 day, extract(year from d), cast(a as decimal(10,2)), d is distinct from e from t",
       "SELECT (`a` + INTERVAL '14' DAY), date_part('year', `d`), CAST(`a` AS decimal(10,2)), (NOT (`d` <=> `e`)) FROM `t`"},
      {"select sum(x) over (partition by y order by z desc rows between 1 preceding and current row), row_number() over (order by a nulls last), lag(x, 2) "
       "over (order by a) from t",
       "SELECT sum(`x`) OVER (PARTITION BY `y` ORDER BY `z` DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), row_number() OVER (ORDER BY `a` NULLS LAST), "
       "lag(`x`, 2) OVER (ORDER BY `a`) FROM `t`"},
      {"select a from t left join u on t.k = u.k where exists (select 1 from v) union all select b from w order by 1 limit 3",
       "(SELECT `a` FROM `t` LEFT JOIN `u` ON (`t`.`k` = `u`.`k`) WHERE EXISTS (SELECT 1 FROM `v`)) UNION ALL (SELECT `b` FROM `w`) ORDER BY 1 LIMIT 3"},
      {"select cast(a as timestamp), cast(b as timestamp_ntz), true, 1e3 from t",
       "SELECT CAST(`a` AS timestamp), CAST(`b` AS timestamp_ntz), true, CAST('1000.0' AS DOUBLE) FROM `t`"}};
  for (const auto& [sql, expected] : cases) EXPECT_EQ(there_and_back(sql), expected);
}

TEST_F(Planning, RefusesWhatSparkHasNot) {
  for (const char* sql : {"select distinct on (a) a, b from t", "select * exclude (a) from t", "select a ^ 2 from t", "with c as (select 1) select * from c",
                          "select position('a' in b) from t"}) {
    EXPECT_EQ(code_of(sql), "TM4420") << sql;
  }
}

TEST_F(Planning, ScansFilesOfDifferentKindsByName) {
  const std::string scan =
      "select f.day, f.n, f.file_index from read_parquet(['/in/a.parquet', '/in/b[*].parquet', '/in/c,d.parquet'], "
      "schema = map(['day', 'n'], [{'name': 'day', 'type': 'DATE', 'default_value': null}, {'name': 'n', 'type': 'BIGINT', 'default_value': null}])) f";
  const std::string index =
      "nullif(array_position(array('/in/a.parquet', '/in/b*.parquet', '/in/c,d.parquet'), regexp_replace(_metadata.file_path, '^file:/+', '/')), 0) - 1 AS "
      "file_index";
  EXPECT_EQ(print(scan), "SELECT `f`.`day`, `f`.`n`, `f`.`file_index` FROM (SELECT `day`, CAST(`n` AS bigint) AS `n`, " + index +
                             " FROM parquet.`/in/a.parquet` UNION ALL SELECT `day`, CAST(NULL AS bigint) AS `n`, " + index +
                             " FROM parquet.`/in/{b\\*.parquet,c\\,d.parquet}`) AS `f`");
}

TEST_F(Planning, ScansALongListOfFiles) {
  const std::string scan =
      "select f.day from read_parquet(string_split('/in/a.parquet\x1f/in/b.parquet\x1f/in/c.parquet', '\x1f'), schema = map(['day'], [{'name': 'day', 'type': "
      "'DATE', 'default_value': null}])) f";
  EXPECT_EQ(print(scan),
            "SELECT `f`.`day` FROM (SELECT `day` FROM parquet.`/in/a.parquet` UNION ALL SELECT `day` FROM parquet.`/in/{b.parquet,c.parquet}`) AS `f`");
}

TEST(SparkTypes, ThereAndBack) {
  for (const char* type :
       {"BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "FLOAT", "VARCHAR", "BLOB", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DECIMAL(12,2)"}) {
    EXPECT_EQ(planning_type(spark_type(type)), type);
  }
  EXPECT_THROW(spark_type("INTERVAL"), Error);
}

}  // namespace
}  // namespace tidemark::spark
