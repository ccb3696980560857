#include "sql/bind.h"

#include <gtest/gtest.h>

#include "engine.h"
#include "sql/tree.h"

namespace tidemark::sql {
namespace {

class BindTest : public ::testing::Test {
 protected:
  void SetUp() override {
    engine.run(R"(
      create table t as select i, i % 3 as k, i * 1.5::double as x, 'n' || i % 4 as s, date '2024-01-01' + (i % 5)::int as d from range(20) r(i);
      create table u as select k, 'name ' || k as name, k * 10 as i from range(4) r(k);
      create schema other; create table other.t as select 7 as z;
      copy (select i, i % 2 as k, i * 0.1::double as x from range(10) r(i)) to 'a1.parquet';
      copy (select i::int as i, i % 4 as k, i::bigint as x, 'extra' as e from range(5) r(i)) to 'a2.parquet';
    )");
    engine.views["v"] = "select k, sum(x) as total from t group by k";
  }

  std::string emitted(const Query& query, std::vector<std::string> names) {
    EmitOptions options;
    options.files = [](const Rel& rel) { return testing::Engine::files_of(rel.scan); };
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i].empty()) names[i] = "unnamed" + std::to_string(i);
    }
    return engine.parser().print(emit_query(query, names, options));
  }

  // The bound query gives what the engine gives for the text itself.
  void same(const std::string& text, const std::string& oracle = {}) {
    SCOPED_TRACE(text);
    const BindResult bound = engine.bind(text);
    ASSERT_TRUE(bound.query) << bound.reason.code << ": " << bound.reason.text();
    const std::string printed = emitted(*bound.query, bound.query->names);
    EXPECT_EQ(engine.rows(printed), engine.rows(oracle.empty() ? text : oracle)) << printed;
    const auto wanted = engine.describe(oracle.empty() ? text : oracle);
    const auto got = engine.describe(printed);
    ASSERT_EQ(got.size(), wanted.size());
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].type, wanted[i].type) << wanted[i].name;
      if (!bound.query->names[i].empty()) {
        EXPECT_EQ(got[i].name, wanted[i].name);
      }
    }
  }

  void refused(const std::string& text, const std::string& code) {
    SCOPED_TRACE(text);
    const BindResult bound = engine.bind(text);
    EXPECT_FALSE(bound.query);
    EXPECT_EQ(bound.reason.code, code) << bound.reason.text();
  }

  testing::Engine engine;
};

TEST_F(BindTest, SelectsFiltersAndExpressions) {
  same("select 1 as one, 'x' as s, 1.5 as dec, 1e3 as dbl, null as n, true as b, date '2024-02-29' as d");
  same("select i, x from t where k = 1 and x > 3");
  same("select T.I, t.x * 2 as y, y + 1 as z from t where y > 5");
  same("select case when i > 3 then 'big' when i is null then 'none' else s end as c, i between 2 and 5 as b, i in (1, 2) as m, not (i = 1) as n from t");
  same("select cast(x as decimal(10,2)) as m, try_cast(s as int) as q, -i as neg, i // 2 as h, i % 2 as r from t");
  same("select s like 'n1%' as l, s || '!' as c, coalesce(null, s) as e, nullif(i, 3) as f, d + interval 3 day as g, date_trunc('month', d) as h from t");
  same("select extract(year from d) as y, strftime(d, '%Y') as f, list_value(i, k) as l, [i, k][1] as e, {'a': i, 'b': s} as st from t");
  same("select list_transform([1, 2], lambda q: q + i) as l from t");
  same("select a.b.c, a.d from (select {'b': {'c': i}, 'd': s} as a from t) as q");
}

TEST_F(BindTest, Stars) {
  same("select * from t");
  same("select t.*, k as kk from t");
  same("select * exclude (x) replace (i + 1 as i) from t");
  same("select * rename (i as number) from t");
  same("select * from t join u on t.k = u.k", "select * from t join u on t.k = u.k");
  same("select u.*, t.i from t join u using (k)");
  same("select * from t join u using (k)");
  same("select * from t left join u using (k) where u.name is not null");
  same("from t");
}

TEST_F(BindTest, Joins) {
  same("select a.i, b.name from t a join u b on a.k = b.k and b.i > 5");
  same("select a.i, b.name from t a left join u b on a.k = b.k + 1");
  same("select a.i, b.name from t a right join u b on a.k = b.k");
  same("select a.i, b.name from t a full join u b on a.k = b.k");
  same("select a.i, b.name from t a, u b where a.k = b.k");
  same("select a.i from t a semi join u b on a.k = b.k and b.i > 5");
  same("select a.i from t a anti join u b on a.k = b.k and b.i > 5");
  same("select a.i, b.i as j, c.name from t a join t b on a.i = b.i + 1 join u c on c.k = b.k");
  same("select t.i, other.t.z from t, other.t");
  same("select main.t.i from main.t");
}

TEST_F(BindTest, Aggregates) {
  same("select count(*) as n from t");
  same("select count(*) as n, sum(x) as s from t where false");
  same("select k, sum(x) as s, count(distinct s) as c, min(d) as m from t group by k");
  same("select k + 1 as kk, sum(i) as s from t group by k + 1");
  same("select k + 1 as kk, sum(i) as s from t group by kk having sum(i) > 50");
  same("select k as kk, s, sum(i) from t group by 1, 2 having count(*) > 1");
  same("select k, s, sum(i) as n from t group by all");
  same("select k, sum(i) filter (where x > 3) as f, sum(i) * 2 + max(i) as g from t group by k having g > 20");
  same("select string_agg(s, ',' order by i) as l, list(i order by i desc) as m from t group by k");
  same("select k, s, sum(i) as n from t group by grouping sets ((k), (s), ())");
  same("select k, s, sum(i) as n from t group by rollup (k, s)");
  same("select k, s, sum(i) as n from t group by cube (k, s)");
  same("select distinct k from t");
  same("select date_trunc('month', d) as m, sum(sum(i)) over (order by date_trunc('month', d)) as r from t group by 1");
}

TEST_F(BindTest, Windows) {
  same("select i, row_number() over (partition by k order by i) as r, lag(i, 1, -1) over (partition by k order by i) as l from t");
  same("select k, sum(i) as s, sum(sum(i)) over (order by k rows unbounded preceding) as r from t group by k");
  same("select i, k from t qualify row_number() over (partition by k order by i desc) = 1");
  same("select i, row_number() over (partition by k order by i desc) as r from t qualify r <= 2");
  same("select i, avg(x) over (order by i rows between 2 preceding and 1 following) as a, first_value(i) over (partition by s order by i) as f from t");
  same("select i, sum(i) over (order by d range between interval 1 day preceding and current row) as a from t");
  same("select sum(i) over w as a, count(*) over w as b from t window w as (partition by k order by i)");
  same("select *, max(x) over (partition by k) as best from t");
}

TEST_F(BindTest, CtesViewsAndSubqueries) {
  same("with a as (select k, sum(x) as s from t group by k), b as (select * from a where s > 10) select * from b join a using (k)");
  same("with a(q) as (select i from t) select q from a");
  same("with t as (select i from t where i < 5) select * from t");
  same("with a as (select 1 as n), b as (with a as (select 2 as n) select * from a) select a.n, b.n as m from a, b");
  same("select s.j from (select i as j from t) as s");
  same("select s.p from (select i, k from t) as s(p, q)");
  same("select k, total from v", "select k, sum(x) as total from t group by k");
  same("with v as (select 5 as total) select total from v");
  same("select i from t where i > (select avg(i) from t)");
  same("select i from t where k in (select k from u where i > 5)");
  same("select i from t where exists (select 1 from u where i > 500)");
  same("select i from t where (k, i) in (select (k, i) from t where i < 3)");
}

TEST_F(BindTest, SetOperations) {
  same("select i from t union all select k from u");
  same("select i from t union select k from u union all select 5");
  same("select k from t except select k from u where k > 1");
  same("select k from t intersect select k from u");
  same("select i, k from t union all by name select k, name from u");
  same("(select i from t order by i limit 3) union all select 100");
  same("select i from t union all select i from u order by 1 desc limit 4");
}

TEST_F(BindTest, OrderLimitDistinctOn) {
  same("select i, k from t order by i");
  same("select i, k from t order by i desc limit 5");
  same("select s from t order by i desc limit 5 offset 2");
  same("select distinct on (k) k, i from t order by k, i desc");
  same("select k, sum(i) as s from t group by k order by sum(i) desc limit 2");
}

TEST_F(BindTest, OtherFromClauses) {
  same("select * from (values (1, 'a'), (2, 'b')) as v(n, s)");
  same("select * from range(3)");
  same("select range + 1 as r from range(3)");
  same("select r.n from range(3) as r(n)");
  same("select g.generate_series from generate_series(1, 3) as g");
}

TEST_F(BindTest, FileScans) {
  const std::string bound = "read_parquet(['a1.parquet', 'a2.parquet'], union_by_name = true)";
  same("select * from read_parquet('a*.parquet')", "select * from " + bound);
  same("select * from 'a*.parquet'", "select * from " + bound);
  same("select * from parquet_scan(['a2.parquet', 'a1.parquet'], union_by_name = true)");
  same("select *, filename, file_row_number from read_parquet('a*.parquet')", "select *, filename, file_row_number from " + bound);
  same("select * from read_parquet('a*.parquet', filename = true)", "select *, filename from " + bound);
  same("select f.filename || '#' || f.file_row_number as id, f.x from read_parquet('a*.parquet') as f where f.k = 1",
       "select filename || '#' || file_row_number as id, x from " + bound + " where k = 1");
  same("select k, sum(x) as s from read_parquet('a*.parquet') group by k", "select k, sum(x) as s from " + bound + " group by k");
  same("select count(*) as n from read_parquet('a*.parquet')", "select count(*) as n from " + bound);
}

TEST_F(BindTest, TypesAreKnownWithoutReadingFiles) {
  const BindResult bound = engine.bind("select k, x, sum(x) as s, filename from read_parquet('a*.parquet') group by all");
  ASSERT_TRUE(bound.query);
  const std::string empty = engine.parser().print(emit_query(*bound.query, bound.query->names, {}));
  EXPECT_EQ(empty.find("read_parquet"), std::string::npos);
  const std::vector<ColumnType> wanted{{"k", "BIGINT"}, {"x", "DOUBLE"}, {"s", "DOUBLE"}, {"filename", "VARCHAR"}};
  EXPECT_EQ(engine.describe(empty), wanted);
}

TEST_F(BindTest, WhatIsNotCertainIsRefused) {
  refused("select i from t, u", "ambiguous_name");
  refused("select (select max(name) from u where u.k = t.k) from t", "unsupported_expression");
  refused("select t.i, l.j from t, lateral (select t.i + 1 as j) as l", "unknown_name");
  refused("select unnest([1, 2])", "set_returning_function");
  refused("select columns('i') from t", "unsupported_expression");
  refused("with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select * from r", "unsupported_clause");
  refused("select * from t natural join u", "unsupported_clause");
  refused("select * from t asof join u on t.k >= u.k", "unsupported_clause");
  refused("select * from t positional join u", "unsupported_clause");
  refused("select * from t using sample 10%", "unsupported_clause");
  refused("select * from t tablesample 10%", "unsupported_clause");
  refused("select * from read_parquet(getvariable('x'))", "dynamic_files");
  refused("select * from read_text('x.csv')", "file_format");
  refused("select * from read_parquet('none*.parquet')", "no_files");
  refused("select * from read_parquet('a*.parquet', encryption_config = {'footer_key': 'k'})", "scan_option");
  refused("select current_date", "unknown_name");
  refused("select sum(x) as x from t having x > 3", "ambiguous_name");
}

}  // namespace
}  // namespace tidemark::sql
