"""Maintained models under files that arrive late, change, move and go: equal to a full rebuild after every step.

After each step every model is held against plain DuckDB over all files (doubles to 1e-12 of the sum of magnitudes, in practice
1e-9 relative), sums of one model against math.fsum to the last bit, and `tidemark verify` must find all of them exact.
TIDEMARK_SEED replays a sequence; TIDEMARK_TEST_ALL=1 runs ten times as many.
"""

import datetime
import math
import os
import random
import shutil
import unittest

import harness
from harness import ProjectCase, duckdb

ROWS = "read_parquet('in/*.parquet')"

# name: (config, body). {rows} is the scan; configs without partition_by leave the choice to tidemark.
SHAPES = {
    "daily": ("partition_by='day'", "select day, sum(amount) as revenue, count(*) as trips, sum(qty) as people from {rows} group by day"),
    "daily_running": ("partition_by='day'", "select day, sum(amount) as revenue, sum(sum(amount)) over (order by day rows between unbounded preceding and current row) as running from {rows} group by day"),
    "filtered": ("partition_by='day'", "select day, count(*) as n, sum(amount) as revenue from {rows} where amount > 0 and zone is not null group by day"),
    "by_zone": ("", "select zone, sum(price) as money, count(qty) as n, min(amount) as low, max(amount) as high from {rows} group by zone"),
    "two_keys": ("partition_by='day'", "select day, zone, sum(qty) as q, avg(amount) as a from {rows} group by day, zone"),
    "averages": ("partition_by='day'", "select day, avg(amount) as a, avg(tip) as t from {rows} group by day"),
    "spread": ("partition_by='day'", "select day, var_samp(tip) as v, stddev_pop(tip) as s from {rows} group by day"),
    "ungrouped": ("", "select count(*) as n, sum(amount) as total, min(day) as first_day, max(day) as last_day from {rows}"),
    "having": ("partition_by='day'", "select day, sum(qty) as q from {rows} group by day having count(*) > 3"),
    "flags": ("partition_by='day'", "select day, bool_or(flag) as any_flag, bool_and(flag) as all_flags, count(*) filter (where flag) as flagged from {rows} group by day"),
    "expression_key": ("partition_by='week'", "select cast(date_trunc('week', day) as date) as week, sum(amount) as revenue, count(*) as n from {rows} group by 1"),
    "texts": ("", "select upper(name) as name, count(*) as n, max(ts) as latest from {rows} group by upper(name)"),
    "union": ("partition_by='day'", "select day, sum(x) as x from (select day, amount as x from {rows} union all select day, tip as x from {rows}) as both_ group by day"),
    "unused_row_number": ("partition_by='day'", "select day, sum(amount) as revenue from (select *, row_number() over (order by ts) as id from {rows}) as numbered group by day"),
    "median_by_day": ("partition_by='day'", "select day, median(tip) as middle, count(*) as n from {rows} group by day"),
    "distinct_by_day": ("partition_by='day'", "select day, count(distinct zone) as zones from {rows} group by day"),
    "plain_rows": ("partition_by='day'", "select day, zone, amount, qty from {rows} where qty > 2"),
    "ranked_in_day": ("partition_by='day'", "select day, zone, q, rank() over (partition by day order by q desc, zone) as place from (select day, zone, sum(qty) as q from {rows} group by day, zone) as sums"),
    "share_of_total": ("", "select zone, sum(qty) as q, sum(sum(qty)) over () as total from {rows} group by zone"),
    "over_view": ("partition_by='day'", "select day, sum(amount) as revenue, count(*) as n from {{{{ ref('stg') }}}} group by day"),
    "with_cte": ("partition_by='day'", "with good as (select * from {rows} where amount is not null) select day, sum(amount) as revenue, max(zone) as zone from good group by day order by day"),
    "case_sum": ("partition_by='day'", "select day, sum(case when zone = 1 then amount else 0 end) as first_zone, sum(cast(flag as integer)) as flags from {rows} group by day"),
}
# What is partition-local or mergeable must not be rebuilt once it was built.
NEVER_REBUILT = {"daily", "daily_running", "filtered", "by_zone", "two_keys", "averages", "spread", "having", "flags", "over_view", "median_by_day", "plain_rows"}


def oracle_sql(name):
    body = SHAPES[name][1].replace("{{{{ ref('stg') }}}}", "(select * from read_parquet('in/*.parquet', union_by_name = true) where amount is not null)")
    return body.format(rows="read_parquet('in/*.parquet', union_by_name = true)")


class Arrivals:
    """Files of trips with everything that makes sums hard: magnitudes, signs, zeros, NULLs, stray days, drifting types."""

    def __init__(self, case, seed):
        self.case = case
        self.random = random.Random(seed)
        self.next = 0

    def value(self, make, null=0.05):
        return "null" if self.random.random() < null else make()

    def amount(self):
        pick = self.random.random()
        if pick < 0.7:
            return f"{self.random.randint(-2000, 9000) / 100}::double"
        if pick < 0.8:
            return "'-0.0'::double"
        return f"'{self.random.uniform(-1, 1) * 10 ** self.random.randint(-12, 15)!r}'::double"

    def row(self):
        day = datetime.date(2024, 1, 1) + datetime.timedelta(days=self.random.choice([0, 1, 2, 3, 7, 8, 31, -5000]))
        r = self.random
        return ", ".join([
            self.value(lambda: f"date '{day}'"), f"timestamp '{day} 0{r.randint(0, 9)}:30:00'", self.value(lambda: str(r.randint(1, 4)) + "::int"), self.value(self.amount),
            f"{r.randint(0, 500) / 100}::double", self.value(lambda: str(r.randint(0, 6)) + "::" + self.qty_type), f"{r.randint(0, 10**6)}::decimal(10, 2) / 100", self.value(lambda: f"'{r.choice('abAB')}'"),
            self.value(lambda: r.choice(["true", "false"]))])

    def write(self, name, rows):
        self.qty_type = self.random.choice(["bigint", "int", "int"])
        columns = "day, ts, zone, amount, tip, qty, price, name, flag"
        if rows == 0:
            query = f"select * from (values ({self.row()})) as t({columns}) where false"
        else:
            types = f"day::date as day, ts, zone::int as zone, amount::double as amount, tip, qty::{self.qty_type} as qty, price::decimal(10, 2) as price, name::varchar as name, flag::boolean as flag"
            query = f"select {types} from (values {', '.join('(' + self.row() + ')' for _ in range(rows))}) as t({columns})"
        self.case.parquet(name, query)

    def names(self):
        return sorted(str(path.relative_to(self.case.folder)) for path in self.case.path("in").glob("*.parquet"))

    def step(self):
        names = self.names()
        pick = self.random.random()
        some = self.random.choice(names) if names else None
        if pick < 0.45 or len(names) < 2:
            self.next += 1
            name = f"in/{self.random.choice('abc')}{self.next}.parquet"
            self.write(name, self.random.choice([0, 1, 5, 20, 60]))
            return f"add {name}"
        if pick < 0.6:
            self.case.remove(some)
            return f"remove {some}"
        if pick < 0.78:
            self.write(some, self.random.choice([1, 10, 30]))
            return f"replace {some}"
        if pick < 0.85:
            os.utime(self.case.path(some))
            return f"touch {some}"
        if pick < 0.93:
            self.next += 1
            self.case.path(some).rename(self.case.path(f"in/r{self.next}.parquet"))
            return f"rename {some}"
        self.next += 1
        shutil.copy(self.case.path(some), self.case.path(f"in/d{self.next}.parquet"))
        return f"duplicate {some}"


class Maintained(ProjectCase):
    def setUp(self):
        super().setUp()
        self.path("in").mkdir()
        self.model("stg", "select * from read_parquet('in/*.parquet') where amount is not null")
        for name, (config, body) in SHAPES.items():
            self.model(name, "{{ config(materialized='materialized_view'" + (", " + config if config else "") + ") }}\n" + body.format(rows=ROWS).replace("{{{{", "{{").replace("}}}}", "}}"))

    def published(self, name):
        return self.table(name)

    def assert_equal_to_rebuild(self):
        for name in SHAPES:
            found = [tuple(row) for row in self.published(name)]
            self.assert_close(name, found, self.query(oracle_sql(name)))
        sums = self.query("select day, list(amount) filter (where amount is not null), count(*) from read_parquet('in/*.parquet', union_by_name = true) group by day")
        exact = {day: math.fsum(values) if values else None for day, values, _ in sums}
        for day, revenue, _, _ in self.published("daily"):
            self.assertEqual(None if revenue is None else revenue.hex(), None if exact[day] is None else (exact[day] + 0.0).hex(), f"daily, {day}")

    def assert_close(self, name, found, expected):
        key = lambda row: tuple(("" if isinstance(v, float) else str(v), v is None) for v in row)
        number = lambda row: tuple(-math.inf if v is None else v for v in row if isinstance(v, float) or v is None and False)
        found, expected = (sorted(rows, key=lambda row: (key(row), number(row))) for rows in (found, expected))
        self.assertEqual(len(found), len(expected), f"{name}\nfound    {found[:20]}\nexpected {expected[:20]}")
        scale = self.query("select coalesce(sum(abs(amount)) + sum(abs(tip)), 0) from read_parquet('in/*.parquet', union_by_name = true)")[0][0] if expected else 0
        for one, other in zip(found, expected):
            for a, b in zip(one, other):
                if isinstance(a, float) and isinstance(b, float) and not (math.isnan(a) and math.isnan(b)):
                    self.assertLessEqual(abs(a - b), max(1e-12 * scale, 1e-9 * max(abs(a), abs(b))), f"{name}: {one} is not {other}")
                elif not isinstance(a, float):
                    self.assertEqual(a, b, f"{name}: {one} is not {other}")

    def run_step(self):
        self.tidemark("run")
        self.assert_equal_to_rebuild()

    def test_random_arrivals(self):
        first = harness.first_seed()
        count = 1 if "TIDEMARK_SEED" in os.environ else 20 if os.environ.get("TIDEMARK_TEST_ALL") else 2
        for seed in range(first, first + count):
            print(f"TIDEMARK_SEED={seed}", flush=True)
            for path in self.path("in").glob("*"):
                path.unlink()
            shutil.rmtree(self.path("data"), ignore_errors=True)
            arrivals = Arrivals(self, seed)
            arrivals.write("in/a0.parquet", 40)
            done = []
            for step in range(8):
                done.append("build" if step == 0 else arrivals.step())
                with self.subTest(seed=seed, steps=done):
                    self.run_step()
                    if step > 0:
                        results = self.run_results()
                        for name in NEVER_REBUILT:
                            result = results[f"model.shop.{name}"]
                            reason = result["adapter_response"].get("reason") or ""
                            if "columns or types of the source files" in reason:
                                continue  # a file with wider types came, or the last one went
                            self.assertNotEqual(result["adapter_response"].get("strategy"), "rebuild", f"{name} after {done[-1]}: {reason}")
                    if step % 3 == 0:
                        self.tidemark("verify")

    def test_nothing_changed_opens_nothing(self):
        Arrivals(self, 1).write("in/a.parquet", 30)
        self.tidemark("run")
        versions = {name: self.version(name) for name in SHAPES}
        self.tidemark("run")
        self.assertEqual({name: self.version(name) for name in SHAPES}, versions)
        for name in SHAPES:
            response = self.run_results()[f"model.shop.{name}"]["adapter_response"]
            self.assertEqual((response["strategy"], response["files_read"]), ("unchanged", 0), name)

    def test_verify_tells_stale_from_drift(self):
        arrivals = Arrivals(self, 2)
        arrivals.write("in/a.parquet", 30)
        self.tidemark("run")
        self.assertIn("exact", self.tidemark("verify", "--select", "daily").out)
        arrivals.write("in/b.parquet", 30)
        stale = self.failing("verify", "--select", "daily", code=1, saying=["stale", "in/b.parquet"])
        self.assertNotIn("drift", stale.out)
        self.tidemark("run")
        self.tidemark("verify", "--select", "daily")
        table = harness.deltalake.DeltaTable(self.table_path("daily"))
        table.update(updates={"trips": "trips + 1"}, predicate="day = '2024-01-01'")
        self.failing("verify", "--select", "daily", code=1, saying=["drift", "2024-01-01"])
        self.tidemark("run")
        self.tidemark("verify", "--select", "daily")

    def test_a_volatile_function_is_an_error_at_its_place(self):
        self.model("daily", "{{ config(materialized='materialized_view', partition_by='day') }}\nselect day, count(*) as n, random() as r\nfrom read_parquet('in/*.parquet') group by day")
        Arrivals(self, 3).write("in/a.parquet", 5)
        self.failing("run", "--select", "daily", code=1, saying=["models/daily.sql:2:", "random"])

    def test_strict_refuses_a_rebuild_by_name(self):
        self.model("daily", "{{ config(materialized='materialized_view', partition_by='day', maintain='strict') }}\nselect day, first(amount) as a from read_parquet('in/*.parquet') group by day")
        Arrivals(self, 3).write("in/a.parquet", 5)
        self.failing("run", "--select", "daily", code=1, saying="first")

    def test_a_file_removed_is_taken_out_without_reading_others(self):
        arrivals = Arrivals(self, 4)
        for name in "abcd":
            arrivals.write(f"in/{name}.parquet", 30)
        self.tidemark("run")
        self.remove("in/b.parquet")
        self.tidemark("run", "--select", "daily", "by_zone", "averages")
        for name in ("daily", "averages"):
            self.assertEqual(self.run_results()[f"model.shop.{name}"]["adapter_response"]["files_read"], 0, name)
        self.tidemark("verify", "--select", "daily", "by_zone", "averages")


if __name__ == "__main__":
    unittest.main()
