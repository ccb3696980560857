"""Maintained models over tables of other models, seeds and files: equal to a full rebuild after every step.

The oracle is plain DuckDB with a view for every model over all files. TIDEMARK_SEED replays a sequence.
"""

import datetime
import math
import os
import random
import shutil
import unittest

import harness
from harness import ProjectCase, duckdb

FILES = "read_parquet('in/*.parquet')"
DAY = "materialized='materialized_view', partition_by='day'"
MAINTAINED = "materialized='materialized_view'"

# In the order of the chain. {name} stands for a model or seed.
MODELS = {
    "trips": (DAY, f"select day, zone, amount, qty from {FILES} where qty >= 0"),
    "daily": (DAY, f"select day, sum(amount) as revenue, count(*) as trips from {FILES} group by day"),
    "daily_zone": (DAY, "select day, zone, sum(qty) as qty, avg(amount) as mean from {trips} group by day, zone"),
    "as_table": ("materialized='table'", "select day, zone, qty from {daily_zone} where qty > 2"),
    "weekly": (MAINTAINED + ", partition_by='week'", "select cast(date_trunc('week', day) as date) as week, sum(revenue) as revenue, sum(trips) as trips from {daily} group by 1"),
    "best_week": (MAINTAINED + ", partition_by='week'", "select week, revenue, trips, trips > 20 as busy from {weekly} where trips > 1"),
    "week_rank": (MAINTAINED, "select week, trips, rank() over (order by trips desc, week) as place from {best_week}"),
    "over_table": (MAINTAINED, "select day, count(distinct zone) as zones, median(cast(qty as double)) as middle from {as_table} group by day"),
    "together": (DAY, f"select day, sum(x) as x from (select day, cast(qty as double) as x from {{daily_zone}} union all select day, amount as x from {FILES}) as u group by day"),
    "beside": (DAY, "select d.day, d.trips, h.name, z.zones from {daily} as d left join {holidays} as h on h.day = d.day left join {over_table} as z on z.day = d.day"),
    "latest": (DAY, "select day, max(trips) as trips, max(coalesce(zones, -1)) as zones, count(name) as names from {beside} group by day"),
}
NEVER_REBUILT = {"daily_zone", "weekly", "best_week", "over_table", "together", "beside", "latest"}


class Chains(ProjectCase):
    def setUp(self):
        super().setUp()
        self.path("in").mkdir()
        self.holidays({0: "first", 2: "second"})
        for name, (config, body) in MODELS.items():
            names = {other: f"{{{{ ref('{other}') }}}}" for other in [*MODELS, "holidays"]}
            self.model(name, f"{{{{ config({config}) }}}}\n{body.format(**names)}")
        self.write("seeds/seeds.yml", "seeds:\n  - name: holidays\n    config: {column_types: {day: date, name: varchar}}\n")

    def holidays(self, names):
        self.write("seeds/holidays.csv", "day,name\n" + "".join(f"{day_of(at)},{name}\n" for at, name in names.items()))

    def file(self, name, rows, seed=0):
        r = random.Random(f"{seed} {name}")
        values = [f"({self.day(r)}, {r.randint(1, 4)}, {r.randint(-500, 5000) / 100}::double, {r.randint(-1, 6)})" for _ in range(rows)]
        self.parquet(f"in/{name}.parquet", f"select day::date as day, zone::int as zone, amount::double as amount, qty::bigint as qty from (values {', '.join(values)}) as t(day, zone, amount, qty)")

    @staticmethod
    def day(r):
        return "null" if r.random() < 0.02 else f"date '{day_of(r.choice([0, 1, 2, 3, 7, 8, 31, 400]))}'"

    def assert_equal_to_rebuild(self):
        with duckdb.connect() as db:
            db.execute(f"set file_search_path = '{self.folder}'")
            db.execute(f"create view holidays as select day::date as day, name::varchar as name from read_csv('{self.path('seeds/holidays.csv')}', header = true, all_varchar = true)")
            for name, (_, body) in MODELS.items():
                names = {other: other for other in [*MODELS, "holidays"]}
                db.execute(f"create view {name} as {body.format(**names)}".replace(FILES, "read_parquet('in/*.parquet', union_by_name = true)"))
                key = lambda row: tuple((value is not None, "" if isinstance(value, float) else str(value)) for value in row) + tuple(v for v in row if isinstance(v, float))
                found, expected = sorted(self.table(name), key=key), sorted(db.execute(f"select * from {name}").fetchall(), key=key)
                self.assertEqual(len(found), len(expected), f"{name}\nfound    {found[:30]}\nexpected {expected[:30]}")
                for one, other in zip(found, expected):
                    for a, b in zip(one, other):
                        if isinstance(a, float) and isinstance(b, float):
                            self.assertTrue(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9), f"{name}: {one} is not {other}")
                        else:
                            self.assertEqual(a, b, f"{name}: {one} is not {other}")

    def strategies(self):
        return {id.split(".")[-1]: result["adapter_response"].get("strategy") for id, result in self.run_results().items() if id.startswith("model.")}

    def reasons(self):
        return {id.split(".")[-1]: result["adapter_response"].get("reason") or "" for id, result in self.run_results().items() if id.startswith("model.")}

    def test_random_arrivals(self):
        first = harness.first_seed()
        count = 1 if "TIDEMARK_SEED" in os.environ else 10 if os.environ.get("TIDEMARK_TEST_ALL") else 1
        for seed in range(first, first + count):
            print(f"TIDEMARK_SEED={seed}", flush=True)
            shutil.rmtree(self.path("data"), ignore_errors=True)
            for path in self.path("in").glob("*"):
                path.unlink()
            r = random.Random(seed)
            self.file("a", 40, seed)
            done = []
            for step in range(8):
                done.append(self.step(r, seed, step) if step else "build")
                with self.subTest(seed=seed, steps=done):
                    self.tidemark("build")
                    self.assert_equal_to_rebuild()
                    if step:
                        rebuilt = {name for name, strategy in self.strategies().items() if strategy == "rebuild"}
                        self.assertEqual(rebuilt & NEVER_REBUILT, set(), self.reasons())
                    if step % 3 == 0:
                        self.tidemark("verify")

    def step(self, r, seed, step):
        names = sorted(path.stem for path in self.path("in").glob("*.parquet"))
        pick = r.random()
        some = r.choice(names)
        if pick < 0.5 or len(names) < 2:
            self.file(f"n{step}", r.choice([1, 3, 20]), seed)
            return f"add n{step}"
        if pick < 0.65:
            self.remove(f"in/{some}.parquet")
            return f"remove {some}"
        if pick < 0.8:
            self.file(some, r.choice([1, 10]), seed + step)
            return f"replace {some}"
        names = {at: r.choice(["first", "second", "third"]) for at in r.sample([0, 1, 2, 3, 7, 8, 31], 3)}
        self.holidays(names)
        return f"holidays {names}"

    def test_unchanged_upstream_costs_nothing(self):
        self.file("a", 40)
        self.tidemark("build")
        versions = {name: self.version(name) for name in MODELS}
        # The seed and the plain table are made anew with the same rows: what is behind them has nothing to do.
        outcome = self.tidemark("run", "--select", "weekly+")
        self.assertEqual({self.strategies()[name] for name in ("weekly", "best_week", "week_rank")}, {"unchanged"}, outcome.out)
        for name in ("weekly", "best_week", "week_rank"):
            self.assertEqual(self.version(name), versions[name], name)

    def test_only_affected_partitions_are_touched_downstream(self):
        for at in range(6):
            day = day_of(at * 7)
            self.parquet(f"in/d{at}.parquet", f"select date '{day}' as day, 1::int as zone, (i * 1.5)::double as amount, i::bigint as qty from range(5) t(i)")
        self.tidemark("build")
        self.parquet("in/late.parquet", f"select date '{day_of(14)}' as day, 2::int as zone, 3.25::double as amount, 4::bigint as qty")
        self.tidemark("build")
        self.assert_equal_to_rebuild()
        results = self.run_results()
        for name in ("daily_zone", "weekly", "best_week", "over_table", "together", "beside", "latest"):
            response = results[f"model.shop.{name}"]["adapter_response"]
            self.assertEqual((response["strategy"], response["partitions_written"]), ("partitions", 1), f"{name}: {response}")
        self.assertEqual(results["model.shop.week_rank"]["adapter_response"]["strategy"], "rebuild")
        self.assertIn("rank() over (…)", self.reasons()["week_rank"])


def day_of(at):
    return (datetime.date(2024, 1, 1) + datetime.timedelta(days=at)).isoformat()


if __name__ == "__main__":
    unittest.main()
