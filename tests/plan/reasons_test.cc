#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "plan/maintain.h"
#include "source_dir.h"
#include "sql/aggregates.h"
#include "sql/engine.h"

namespace tidemark::plan {
namespace {

#define FILES "read_parquet('f*.parquet')"

class Reasons : public ::testing::Test {
 protected:
  void SetUp() override {
    engine.run(
        "create table t as select 1 as k, 'one' as name; copy (select i % 3 as k, i, i * 0.5::double as x, 's' || i as s, date '2024-01-01' + i::int as d, [i] "
        "as l from range(9) "
        "r(i)) to 'f1.parquet'");
    engine.views["staged"] = "select *, now() as loaded_at from " FILES;
  }

  Maintenance analysed(const std::string& sql, const std::string& partition = "k") { return analyse(sql, {partition}, engine); }

  void merges(const std::string& sql) { EXPECT_EQ(analysed(sql).no_merge.text(), "") << sql; }
  void no_merge(const std::string& code, const std::string& sql) {
    EXPECT_EQ(analysed(sql).no_merge.code, code) << sql << "\n" << analysed(sql).no_merge.text();
  }
  void no_partitions(const std::string& code, const std::string& sql, const std::string& partition = "k") {
    const Maintenance found = analysed(sql, partition);
    EXPECT_EQ(found.no_partitions.code, code) << sql << "\n" << found.no_partitions.text();
  }
  void inexact(const std::string& code, const std::string& sql) { EXPECT_EQ(analysed(sql).inexact.code, code) << sql << "\n" << analysed(sql).inexact.text(); }
  void exact(const std::string& sql) { EXPECT_EQ(analysed(sql).inexact.text(), "") << sql; }
  void not_analysed(const std::string& code, const std::string& sql) {
    EXPECT_EQ(analysed(sql).not_analysed.code, code) << sql << "\n" << analysed(sql).not_analysed.text();
  }

  std::string place_of_volatile(const std::string& sql) {
    try {
      analysed(sql);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "TM5301");
      return error.spans().empty() ? "nowhere" : std::string(error.spans()[0].text());
    }
    return "no error";
  }

  testing::Engine engine;
};

TEST_F(Reasons, WhatDoesNotMerge) {
  no_merge("no_aggregate", "select k, x from " FILES);
  no_merge("aggregate_not_mergeable", "select k, median(x) as m from " FILES " group by k");
  no_merge("aggregate_not_mergeable", "select k, count(distinct x) as m from " FILES " group by k");
  no_merge("aggregate_not_mergeable", "select k, sum(distinct x) as m from " FILES " group by k");
  no_merge("aggregate_not_mergeable", "select [x] as l, sum(i) as m from " FILES " group by 1");
  no_merge("aggregate_not_mergeable", "select distinct on (k) k, i from " FILES " order by k, i, filename, file_row_number");
  no_merge("below_not_row_wise", "select k, sum(r) as s from (select k, rank() over (order by x) as r from " FILES ") group by k");
  no_merge("below_not_row_wise", "select s, sum(x) as s from (select s, x from " FILES " union all select 'one', 2.0::double) group by s");
  no_merge("below_not_row_wise", "select a.k, sum(b.i) as s from " FILES " a join " FILES " b on a.s = b.s group by a.k");
  no_merge("below_not_row_wise", "select k, count(*) as s from (select k, i from " FILES " order by i, k limit 5) group by k");
  no_merge("several_aggregates",
           "select a.k, a.s, b.m from (select k, sum(i) as s from " FILES " group by k) a join (select k, max(i) as m from " FILES " group by k) b using (k)");
  no_merge("several_aggregates", "select k, sum(i) as s from " FILES " group by k union all select k, i from " FILES);
  no_merge("join_may_lack_row", "select t.name, count(*) as n from t left join " FILES " f on f.k = t.k group by 1");
  no_merge("join_may_lack_row", "select t.name, count(f.i) as n from t full join " FILES " f on f.k = t.k group by 1");
  no_merge("several_aggregates", "select k, sum(i) as s from " FILES " where x < (select avg(x) from " FILES ") group by k");
  no_merge("subquery_reads_files", "select k, sum(i + (select max(i) from " FILES ")) as s from " FILES " group by k");
  no_merge("no_files_read", "select k, count(*) as n from t group by k");
}

TEST_F(Reasons, WhatMerges) {
  merges("select k, sum(i) as s from " FILES " f left join t using (k) where t.name is null or x > 1 group by k");
  merges("select k, sum(i) as s from " FILES " f semi join t using (k) group by k");
  merges("select k, sum(i) as s from " FILES " where k in (select k from t) group by k");
  merges("select distinct k, s from " FILES);
  merges("select k, count(*) as n from staged group by k");
  merges("select max(d) as d from " FILES);
  merges("select t.name, count(f.i) as n from t left join " FILES " f on f.k = t.k group by 1");
  merges("select k, sum(i) as s from " FILES " f where exists (select 1 from t where t.k = f.k and t.name <> f.s) group by k");
  merges("select name from t where not exists (select 1 from " FILES " f where f.k = t.k)");
  merges("select k, s from (select k, sum(x) as s from " FILES " group by k) where s = (select max(t) from (select k, sum(x) as t from " FILES " group by k))");
  merges("select k, count(distinct i) as m, sum(distinct i) as s, avg(distinct i) as a from " FILES " group by k");
  merges("select k, sum(i) as m from " FILES " group by grouping sets ((k), ())");
  merges("select k, arg_min(s, x) as m, max_by(x, d) as n from " FILES " group by k");
  merges("select a.s, sum(b.i) as s from " FILES " a join " FILES " b on a.k = b.k group by a.s");
  merges("select s, sum(r) as r from (select s, rank() over (partition by k order by x) as r from " FILES ") group by s");
  merges("select k, sum(i) as s, lag(sum(i)) over (order by k) as before from " FILES " group by k order by s desc");
}

TEST_F(Reasons, WhatIsNotPartitionLocal) {
  no_partitions("column_unknown", "select k, i from " FILES, "nope");
  no_partitions("aggregate_across_partitions", "select k, median(i) as m from " FILES " group by grouping sets ((k), ())");
  no_partitions("column_computed", "select max(i) as k from " FILES);
  no_partitions("column_computed", "select rank() over (partition by s order by i) as k from " FILES);
  no_partitions("window_across_partitions", "select k, rank() over (order by i) as r from " FILES);
  no_partitions("join_across_partitions", "select a.k, b.i from " FILES " a join " FILES " b on a.i = b.i");
  no_partitions("join_may_lack_row", "select f.k, t.name from t left join " FILES " f on f.k = t.k");
  no_partitions("column_of_other_side", "select t.k, f.i from t join " FILES " f on f.i = t.k");
  no_partitions("limit_across_partitions", "select k, i, filename, file_row_number from " FILES " order by 1, 2, 3, 4 limit 3");
  no_partitions("distinct_across_partitions", "select distinct on (i) i, k from " FILES " order by i, filename, file_row_number");
  no_partitions("join_across_partitions", "select k, i from " FILES " where i > (select avg(i) from " FILES ")");
  no_partitions("subquery_reads_files", "select k, i + (select max(i) from " FILES ") as j from " FILES);
  const Maintenance none = analyse("select k, i from " FILES, {}, engine);
  EXPECT_EQ(none.no_partitions.code, "no_partition_column");
  EXPECT_EQ(none.strategy(Maintain::kAuto), Strategy::kRebuild);
}

TEST_F(Reasons, WhatIsPartitionLocal) {
  no_partitions("", "select k, median(x) as m from " FILES " group by k");
  no_partitions("", "select k, i, sum(i) over (partition by k order by d) as r from " FILES);
  no_partitions("", "select a.k, b.i from " FILES " a join " FILES " b on a.k = b.k");
  no_partitions("", "select k, i from " FILES " union all select k, 5 from t");
  no_partitions("", "select k, i from " FILES " except select k, i from " FILES " where x > 3");
  no_partitions("", "select k % 2 as p, count(*) as n, median(x) as m from " FILES " group by 1", "p");
}

TEST_F(Reasons, WhatMayDifferNextTime) {
  inexact("order_not_total", "select k, first(i) as f from " FILES " group by k");
  inexact("order_not_total", "select k, arg_max(i, x, 2) as f from " FILES " group by k");
  inexact("order_not_total", "select k, arg_min(i, x) over (partition by k) as f from " FILES);
  inexact("order_not_total", "select k, string_agg(s, ',' order by i) as f from " FILES " group by k");
  inexact("order_not_total", "select k, row_number() over (order by i) as r from " FILES);
  inexact("order_not_total", "select k, sum(i) over (order by d rows unbounded preceding) as r from " FILES);
  inexact("order_not_total", "select distinct on (k) k, i from " FILES " order by k, i");
  inexact("limit_without_order", "select k, i from " FILES " order by i limit 3");
  inexact("limit_without_order", "select k, i from " FILES " limit 3");
  inexact("unknown_aggregate", "select k, kurtosis(x) as z from " FILES " group by k");
  inexact("unsupported_expression", "select s collate nocase as s, count(*) as n from " FILES " group by 1");
  engine.run("create macro twice(v) as v * 2");
  inexact("unknown_function", "select k, twice(i) as z from " FILES);
}

TEST_F(Reasons, WhatMayNot) {
  exact("select k, string_agg(s, ',' order by s) as f from " FILES " group by k");
  exact("select k, first(i order by i) as f from " FILES " group by k");
  exact("select k, row_number() over (partition by k order by i, filename, file_row_number) as r from " FILES);
  exact("select k, rank() over (order by i) as r, sum(i) over (order by d) as q, min(i) over () as m from " FILES);
  exact("select k, s from (select k, sum(i) as s, row_number() over (order by sum(i), k) as r from " FILES " group by k) where r < 3");
  exact("select k, sum(i) as s from " FILES " group by k order by s, k limit 2");
  exact("select k, i from " FILES " order by k, i limit 3");  // rows that are equal may stand for each other
}

TEST_F(Reasons, WhatIsNotBound) {
  not_analysed("ambiguous_name", "select k from " FILES ", t");
  not_analysed("unknown_name", "select nothing from " FILES);
  not_analysed("unsupported_expression", "select k, (select max(name) from t where t.k = f.k) as n from " FILES " f");
  not_analysed("unsupported_expression", "select columns('k') from " FILES);
  not_analysed("unsupported_clause", "select * from " FILES " tablesample 10%");
  not_analysed("set_returning_function", "select unnest(l) from " FILES);
  not_analysed("dynamic_files", "select * from read_parquet(getvariable('x'))");
  not_analysed("file_format", "select * from read_text('x.csv')");
  not_analysed("scan_option", "select * from read_parquet('f*.parquet', encryption_config = {'footer_key': 'k'})");
  not_analysed("no_files", "select * from read_parquet('none*.parquet')");
}

TEST_F(Reasons, VolatileFunctionsAreErrorsWithTheirPlace) {
  EXPECT_EQ(place_of_volatile("select k, count(*) as n from " FILES " where d < now() group by k"), "now");
  EXPECT_EQ(place_of_volatile("select k, random() as r from " FILES), "random");
  EXPECT_EQ(place_of_volatile("select k, i from " FILES " where d < current_date"), "current_date");
  EXPECT_EQ(place_of_volatile("select k, loaded_at from staged"), "nowhere");
  EXPECT_EQ(place_of_volatile("select k, count(*) as n from staged group by k"), "no error");
}

TEST_F(Reasons, ConfigurationNarrowsTheLadder) {
  const Maintenance both = analysed("select k, sum(x) as s from " FILES " group by k");
  EXPECT_EQ(both.strategy(Maintain::kAuto), Strategy::kMerge);
  EXPECT_EQ(both.strategy(Maintain::kPartitions), Strategy::kPartitions);
  EXPECT_EQ(both.strategy(Maintain::kRebuild), Strategy::kRebuild);
  EXPECT_EQ(both.reason(Maintain::kRebuild).code, "config_rebuild");
  const Maintenance partitions = analysed("select k, median(x) as s from " FILES " group by k");
  EXPECT_EQ(partitions.strategy(Maintain::kAuto), Strategy::kPartitions);
  EXPECT_EQ(partitions.reason(Maintain::kAuto).code, "aggregate_not_mergeable");
  EXPECT_THROW(check_allowed(partitions, Maintain::kMerge), Error);
  EXPECT_NO_THROW(check_allowed(partitions, Maintain::kStrict));
  const Maintenance neither = analysed("select median(x) as s from " FILES);
  EXPECT_NO_THROW(check_allowed(neither, Maintain::kAuto));
  EXPECT_THROW(check_allowed(neither, Maintain::kStrict), Error);
  EXPECT_EQ(maintain_from("Strict"), Maintain::kStrict);
  EXPECT_THROW(maintain_from("sometimes"), Error);
}

TEST_F(Reasons, TheUpperPartIsNoPartOfTheContributionKey) {
  const auto key = [&](const std::string& sql) { return contribution_key(*analysed(sql).cut, "engine", "UTC", [](const auto&) { return 1; }); };
  const std::string plain = key("select k, sum(x) as s from " FILES " where i > 2 group by k");
  EXPECT_EQ(key("select 7 as seven, k, round(sum(x)) as t, sum(sum(x)) over (order by k) as r from " FILES " as q where q.i > 2 group by q.k"), plain);
  EXPECT_NE(key("select k, sum(x) as s from " FILES " where i > 3 group by k"), plain);
  EXPECT_NE(key("select k, sum(x + 1) as s from " FILES " where i > 2 group by k"), plain);
  EXPECT_NE(key("select s as k, sum(x) as s from " FILES " where i > 2 group by 1"), plain);
  const Maintenance star = analysed("select t.name, sum(x) as s from " FILES " f join t using (k) group by 1");
  EXPECT_EQ(contribution_key(*star.cut, "e", "", [](const auto&) { return 1; }), contribution_key(*star.cut, "e", "", [](const auto&) { return 2; }));
  const Maintenance joined = analysed("select s, sum(x * t.k) as s from " FILES " f join t using (k) group by 1");
  EXPECT_NE(contribution_key(*joined.cut, "e", "", [](const auto&) { return 1; }), contribution_key(*joined.cut, "e", "", [](const auto&) { return 2; }));
}

std::string document() {
  std::ifstream file(source_dir() / "docs/exactness.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Documentation, ListsEveryReason) {
  const std::string text = document();
  ASSERT_FALSE(text.empty());
  std::set<std::string> documented, known;
  static const std::regex kRow(R"(\| `([a-z_]+)` \| ([^|]*) \|)");
  for (std::sregex_iterator it(text.begin(), text.end(), kRow), end; it != end; ++it) documented.insert((*it)[1].str() + ": " + (*it)[2].str());
  for (const ReasonText& reason : reason_texts()) known.insert(std::string(reason.code) + ": " + std::string(reason.text));
  EXPECT_EQ(documented, known);
}

TEST(Documentation, NamesEveryAggregate) {
  const std::string text = document();
  for (const sql::Aggregate& aggregate : sql::aggregates()) {
    if (aggregate.name.starts_with("tm_")) continue;
    EXPECT_NE(text.find("`" + std::string(aggregate.name) + "`"), std::string::npos) << aggregate.name;
  }
}

}  // namespace
}  // namespace tidemark::plan
