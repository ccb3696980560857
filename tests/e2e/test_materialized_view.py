"""Models with materialized='materialized_view': exactly what a rebuild gives, whatever happens to the files."""

import json
import os
import random
import signal
import unittest

import harness
from harness import ProjectCase

DAILY = """
{{ config(materialized='materialized_view', partition_by=['day']) }}
with daily as (
    select ts::date as day, sum(amount) as revenue, count(*) as trips
    from read_parquet('in/*.parquet')
    where amount > 0
    group by 1
)
select day, revenue, trips, sum(revenue) over (order by day rows unbounded preceding) as running from daily
"""

MEDIAN = """
{{ config(materialized='materialized_view', partition_by=['day']) }}
select ts::date as day, median(amount) as middle, count(distinct zone) as zones
from read_parquet('in/*.parquet') group by 1
"""

ROWS = """
select ts, amount, zone from (
    select timestamp '2024-01-01' + interval (hash(i, {seed}) % {minutes}) minute as ts,
           (hash(i, {seed}, 1) % 9000)::double / 100 - 5 as amount,
           (hash(i, {seed}, 2) % 5)::int as zone
    from range({rows}) as r(i))
"""


class Maintained(ProjectCase):
    def file(self, name, seed, rows=200, minutes=8000):
        return self.parquet(f"in/{name}.parquet", ROWS.format(seed=seed, rows=rows, minutes=minutes))

    def drop(self, name):
        self.remove(f"in/{name}.parquet")

    def run_model(self, *args, **more):
        """The node's own answer: strategy, and what was read and written."""
        self.tidemark("run", *args, **more)
        results = json.loads(self.path("target/run_results.json").read_text())["results"]
        return results[-1]["adapter_response"]

    def expect_daily(self, name="daily"):
        """To the last bit what math.fsum gives, by day."""
        import math

        rows = self.query("select ts::date, amount from read_parquet('in/*.parquet', union_by_name = true) where amount > 0")
        days = {}
        for day, amount in rows:
            days.setdefault(day, []).append(amount)
        expected, before = [], []
        for day in sorted(days):
            before += days[day]
            expected.append((day, math.fsum(days[day]), len(days[day])))
        found = self.table(name)
        self.assertEqual([row[:3] for row in found], expected)
        total = 0.0
        for row in found:
            total += row[1]
            self.assertAlmostEqual(row[3], total, places=6)

    def expect_median(self):
        expected = self.query("select ts::date, median(amount), count(distinct zone) from read_parquet('in/*.parquet', union_by_name = true) group by 1")
        self.assertEqual(self.table("middle"), expected)

    def test_files_that_come_late_change_and_go(self):
        self.model("daily", DAILY)
        self.file("b", 1)
        self.file("c", 2)
        self.assertEqual(self.run_model()["strategy"], "rebuild")
        self.expect_daily()
        self.file("a", 3)  # late
        response = self.run_model()
        self.assertEqual((response["strategy"], response["files_read"]), ("merge", 1))
        self.expect_daily()
        self.file("b", 4)  # replaced
        response = self.run_model()
        self.assertEqual((response["strategy"], response["files_read"]), ("merge", 1))
        self.expect_daily()
        self.drop("c")
        response = self.run_model()
        self.assertEqual((response["strategy"], response.get("files_read", 0)), ("merge", 0))
        self.expect_daily()

    def test_nothing_changed_commits_nothing(self):
        self.model("daily", DAILY)
        self.file("a", 1)
        self.run_model()
        version = self.version("daily")
        self.assertEqual(self.run_model()["strategy"], "unchanged")
        os.utime(self.path("in/a.parquet"), (1, 1))  # touched
        self.assertEqual(self.run_model()["strategy"], "unchanged")
        self.assertEqual(self.version("daily"), version)

    def test_nothing_changed_loads_no_engine(self):
        self.model("stg", "select * from read_parquet('in/*.parquet')")
        self.model("daily", DAILY.replace("read_parquet('in/*.parquet')", "{{ ref('stg') }}"))
        self.file("a", 1)
        loader = {"LD_DEBUG": "files"}  # the loader tells which libraries it opens
        self.assertIn("libduckdb", self.tidemark("run", env=loader).err)
        self.assertNotIn("libduckdb", self.tidemark("run", env=loader).err)
        self.file("b", 2)
        self.assertIn("libduckdb", self.tidemark("run", env=loader).err)
        self.expect_daily()

    def test_only_partitions_that_differ_are_written(self):
        self.model("daily", DAILY.replace(", sum(revenue) over (order by day rows unbounded preceding) as running", ""))
        self.file("a", 1, rows=300)
        self.file("one_day", 2, rows=10, minutes=1000)
        self.run_model()
        self.file("one_day", 3, rows=10, minutes=1000)
        self.assertEqual(self.run_model()["partitions_written"], 1)
        self.file("nothing", 4, rows=0)
        self.assertEqual(self.run_model()["partitions_written"], 0)
        self.assertEqual(self.run_model()["strategy"], "unchanged")

    def test_a_change_that_makes_no_difference(self):
        self.model("zones", "{{ config(materialized='materialized_view') }}select zone, count(*) as n, sum(amount) as s from read_parquet('in/*.parquet') group by 1")
        self.file("a", 1)
        self.run_model()
        before = self.table("zones")
        self.file("nothing", 2, rows=0)
        response = self.run_model()
        self.assertEqual((response["strategy"], response["partitions_written"]), ("merge", 0))
        self.assertEqual(self.run_model()["strategy"], "unchanged")
        self.assertEqual(self.table("zones"), before)
        self.file("b", 3)
        self.assertEqual(self.run_model()["strategy"], "merge")
        self.assertEqual([row[:2] for row in self.table("zones")], self.query("select zone, count(*) from read_parquet('in/*.parquet') group by 1"))

    def test_an_edit_above_the_aggregate_opens_no_file(self):
        self.model("daily", DAILY)
        self.file("a", 1)
        self.run_model()
        self.model("daily", DAILY.replace("running from daily", "running, revenue * 2 as twice from daily"))
        response = self.run_model()
        self.assertEqual((response["strategy"], response.get("files_read", 0)), ("upper", 0))
        self.assertEqual([row[4] for row in self.table("daily")], [row[1] * 2 for row in self.table("daily")])

    def test_affected_partitions_alone_are_recomputed(self):
        self.model("middle", MEDIAN)
        self.file("january", 1)
        self.parquet("in/march.parquet", "select timestamp '2024-03-05' as ts, 3.0::double as amount, 1 as zone")
        self.run_model()
        self.expect_median()
        self.parquet("in/late.parquet", "select timestamp '2024-03-05' + interval (i) hour as ts, i * 0.5 as amount, i::int as zone from range(30) r(i)")
        response = self.run_model()
        self.assertEqual((response["strategy"], response["partitions_written"]), ("partitions", 2))
        self.expect_median()
        self.drop("march")
        self.assertEqual(self.run_model()["strategy"], "partitions")
        self.expect_median()

    def test_whoever_else_writes_is_noticed(self):
        self.model("daily", DAILY)
        self.file("a", 1)
        self.run_model()
        import deltalake

        deltalake.DeltaTable(self.table_path("daily")).delete("trips > 0")
        self.assertEqual(self.run_model()["strategy"], "rebuild")
        self.expect_daily()
        self.file("b", 2)
        self.assertEqual(self.run_model()["strategy"], "merge")
        tables = list(self.path("data/warehouse/_tidemark/contributions").rglob("_delta_log"))
        self.assertEqual(len(tables), 1)
        deltalake.DeltaTable(str(tables[0].parent)).delete("n > 0")
        self.file("c", 3)
        self.assertEqual(self.run_model()["strategy"], "rebuild")
        self.expect_daily()

    def test_what_changes_from_run_to_run_is_refused_with_its_place(self):
        self.model("daily", DAILY.replace("where amount > 0", "where ts < now()"))
        self.file("a", 1)
        outcome = self.failing("run", code=1, saying=["TM5301", "now()"])
        self.assertIn("daily.sql:5:16", outcome.all)

    def test_strict_refuses_a_rebuild(self):
        self.model("firsts", "{{ config(materialized='materialized_view', maintain='strict') }}select zone, first(amount) as f from read_parquet('in/*.parquet') group by 1")
        self.file("a", 1)
        self.failing("run", code=1, saying=["TM5302", "first()"])

    def test_a_new_type_rebuilds(self):
        self.model("zones", "{{ config(materialized='materialized_view') }}select zone, count(*) as n from read_parquet('in/*.parquet') group by 1")
        self.file("a", 1)
        self.run_model()
        self.parquet("in/b.parquet", "select 7.5::double as zone")
        self.assertEqual(self.run_model()["strategy"], "rebuild")
        self.assertEqual(self.table("zones")[-1], (7.5, 1))

    def test_random_arrivals(self):
        seed = int(os.environ.get("TIDEMARK_SEED", "11"))
        print(f"replay with TIDEMARK_SEED={seed}")
        chance = random.Random(seed)
        self.model("daily", DAILY)
        self.model("middle", MEDIAN)
        names = ["a", "b", "c", "d"]
        self.file("base", 0)
        for _ in range(5):
            name = chance.choice(names)
            if self.path(f"in/{name}.parquet").exists() and chance.random() < 0.4:
                self.drop(name)
            else:
                self.file(name, chance.randrange(10**6), rows=chance.choice([0, 1, 60]))
            self.tidemark("run")
            self.expect_daily()
            self.expect_median()


class Killed(Maintained):
    def points(self):
        found = set()
        for path in (harness.ROOT / "src").rglob("*.cc"):
            for part in path.read_text().split('crash_point("')[1:]:
                found.add(part.split('"')[0])
        return sorted(found)

    def test_killed_at_every_step(self):
        hit = []
        for point in self.points():
            with self.subTest(point=point):
                self.setUp()
                self.model("daily", DAILY)
                self.file("a", 1, rows=30)
                self.file("b", 2, rows=30)
                self.tidemark("run")
                before = self.table("daily")
                self.file("b", 3, rows=30)
                self.file("c", 4, rows=30)
                outcome = self.tidemark("run", code=None, env={"TIDEMARK_CRASH_AT": point})
                if outcome.code != -signal.SIGKILL:
                    continue
                hit.append(point)
                if self.table("daily") != before:
                    self.expect_daily()
                self.drop("a")  # nothing of the killed run may be counted, and nothing it took away be missed
                self.tidemark("run")
                self.expect_daily()
                self.file("a", 1, rows=30)
                self.tidemark("run")
                self.expect_daily()
        self.assertIn("run.contributions.published", hit)


def load_tests(loader, tests, pattern):
    """The tests of Maintained run once, not again in its subclass."""
    suite = loader.loadTestsFromTestCase(Maintained)
    suite.addTest(Killed("test_killed_at_every_step"))
    return suite


if __name__ == "__main__":
    unittest.main()
