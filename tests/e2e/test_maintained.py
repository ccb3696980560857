"""Maintained models under files that arrive late, change, move and go: equal to a full rebuild after every step.

After each step every model is held against plain DuckDB over all files (doubles to 1e-12 of the sum of magnitudes, in practice
1e-9 relative), sums of one model against math.fsum to the last bit, and `tidemark verify` must find all of them exact.
TIDEMARK_SEED replays a sequence; TIDEMARK_TEST_ALL=1 runs ten times as many.
"""

import datetime
import json
import math
import os
import random
import shutil
import unittest
import unittest.mock

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


class Rows:
    """Trips with everything that makes sums hard: magnitudes, signs, zeros, NULLs, stray days. The same for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.qty_type = self.random.choice(["bigint", "int", "int"])

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

    def query(self, count, lacks):
        columns = "day, ts, zone, amount, tip, qty, price, name, flag"
        typed = ["day::date as day", "ts", "zone::int as zone", "amount::double as amount", "tip", f"qty::{self.qty_type} as qty", "price::decimal(10, 2) as price", "name::varchar as name", "flag::boolean as flag"]
        types = ", ".join(column for column in typed if column.split()[-1] != lacks)
        rows = ", ".join("(" + self.row() + ")" for _ in range(max(count, 1)))
        return f"select {types} from (values {rows}) as t({columns}) where {count} > 0"


BASE = "in/a0.parquet"  # has all columns, and stays


class Arrivals:
    """Random steps, each a list of words. A step whose file is not there, as in a shortened sequence, is passed over."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = []
        self.next = 0

    def new_name(self):
        self.next += 1
        name = f"in/{self.random.choice('abc')}{self.next}.parquet"
        self.names.append(name)
        return name

    def draw(self, count):
        steps = [["write", BASE, self.random.randrange(10**9), 40, ""]]
        for i in range(1, count):
            step = self.step()
            steps.append(step)
            if i + 1 < count and self.random.random() < 0.15:
                steps.append(["crash", self.random.choice(CRASHES)])
        return steps

    def step(self):
        pick = self.random.random()
        some = self.random.choice(self.names) if self.names else None
        lacks = self.random.choice(["", "", "", "flag", "tip", "zone"])
        if pick < 0.4 or len(self.names) < 2:
            return ["write", self.new_name(), self.random.randrange(10**9), self.random.choice([0, 1, 5, 20, 60]), lacks]
        if pick < 0.56:
            return ["write", some, self.random.randrange(10**9), self.random.choice([0, 1, 10, 30]), lacks]
        if pick < 0.7:
            self.names.remove(some)
            return ["remove", some]
        if pick < 0.77:
            return ["touch", some]
        if pick < 0.84:
            self.names.remove(some)
            return ["rename", some, self.new_name()]
        if pick < 0.9:
            return ["duplicate", some, self.new_name()]
        return ["edit", self.random.choice(sorted(SHAPES)), self.next]


CRASHES = ["run.contributions.staged", "run.contributions.published", "run.publish.staged", "run.publish.ledger_written", "run.publish.published", "ledger_before_write"]


class Maintained(ProjectCase):
    def setUp(self):
        super().setUp()
        self.path("in").mkdir()
        self.model("stg", "select * from read_parquet('in/*.parquet') where amount is not null")
        self.write_models({})

    def write_models(self, edits):
        """`edits`: by model, a number that its query gives as another column."""
        self.edits = edits
        for name, (config, body) in SHAPES.items():
            sql = body.format(rows=ROWS).replace("{{{{", "{{").replace("}}}}", "}}")
            if name in edits:
                sql = f"select *, {edits[name]} as edited from ({sql}) as written"
            self.model(name, "{{ config(materialized='materialized_view'" + (", " + config if config else "") + ") }}\n" + sql)

    def file(self, name, seed, rows, lacks=""):
        self.parquet(name, Rows(seed).query(rows, lacks))

    def oracle(self, name):
        return f"select *, {self.edits[name]} as edited from ({oracle_sql(name)}) as written" if name in self.edits else oracle_sql(name)

    def published(self, name):
        return self.table(name)

    def assert_equal_to_rebuild(self):
        for name in SHAPES:
            found = [tuple(row) for row in self.published(name)]
            self.assert_close(name, found, self.query(self.oracle(name)))
        sums = self.query("select day, list(amount) filter (where amount is not null), count(*) from read_parquet('in/*.parquet', union_by_name = true) group by day")
        exact = {day: math.fsum(values) if values else None for day, values, _ in sums}
        for day, revenue, *_ in self.published("daily"):
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

    def apply(self, step):
        """Whether a run that is to succeed follows."""
        kind, *words = step
        if kind == "crash":
            self.tidemark("run", code=None, env={"TIDEMARK_CRASH_AT": words[0]})
            return False
        if kind == "write":
            self.file(*words)
        elif kind == "edit":
            self.write_models({**self.edits, words[0]: words[1]})
        elif self.path(words[0]).exists():
            if kind == "remove":
                self.remove(words[0])
            elif kind == "touch":
                os.utime(self.path(words[0]))
            elif kind == "rename":
                self.path(words[0]).rename(self.path(words[1]))
            else:
                shutil.copy(self.path(words[0]), self.path(words[1]))
        return True

    def check_strategies(self):
        results = self.run_results()
        for name in NEVER_REBUILT - set(self.edits):
            response = results[f"model.shop.{name}"]["adapter_response"]
            reason = response.get("reason") or ""
            if "columns or types of the source files" not in reason:  # a file with wider types came, or the last one went
                self.assertNotEqual(response.get("strategy"), "rebuild", f"{name}: {reason}")

    def failure_of(self, steps):
        """What goes wrong first; None: nothing does."""
        for path in self.path("in").glob("*"):
            path.unlink()
        shutil.rmtree(self.path("data"), ignore_errors=True)
        self.write_models({})
        built = False
        for i, step in enumerate(steps):
            try:
                if not self.apply(step):
                    continue
                self.tidemark("run")
                self.assert_equal_to_rebuild()
                if built:
                    self.check_strategies()
                built = True
                if i % 3 == 0:
                    self.tidemark("verify")
            except AssertionError as failure:
                return f"after {step}: {failure}"
        return None

    def shortened(self, steps):
        """The steps without those that it fails without."""
        for i in reversed(range(1, len(steps))):
            fewer = steps[:i] + steps[i + 1 :]
            if self.failure_of(fewer):
                steps = fewer
        return steps

    def test_random_arrivals(self):
        first = harness.first_seed()
        count = 1 if "TIDEMARK_SEED" in os.environ else 20 if os.environ.get("TIDEMARK_TEST_ALL") else 2
        for seed in range(first, first + count):
            print(f"TIDEMARK_SEED={seed}", flush=True)
            steps = Arrivals(seed).draw(8)
            failure = self.failure_of(steps)
            if failure:
                steps = self.shortened(steps)
                self.fail(f"seed {seed}; these steps are enough: {json.dumps(steps, indent=1)}\n{self.failure_of(steps) or failure}")

    def test_sequences_are_shortened_to_what_fails(self):
        wrong = {"daily": (SHAPES["daily"][0], SHAPES["daily"][1]), "wrong": ("", "select count(*) as n from {rows}")}
        steps = [["write", BASE, 1, 3, ""], ["touch", BASE], ["write", "in/b1.parquet", 2, 4, ""], ["remove", "in/b1.parquet"], ["write", "in/b2.parquet", 3, 4, ""]]
        with unittest.mock.patch.dict(SHAPES, wrong, clear=True), unittest.mock.patch.dict(globals(), NEVER_REBUILT=set()):
            for path in self.path("models").glob("*.sql"):
                path.unlink()
            self.model("stg", "select 1 as n")
            real = self.oracle
            self.oracle = lambda name: real(name) + (" having count(*) < 8" if name == "wrong" else "")
            self.assertIn("wrong", self.failure_of([*steps, ["write", "in/b3.parquet", 4, 1, ""]]))
            self.assertEqual(self.shortened([*steps, ["write", "in/b3.parquet", 4, 1, ""]]), [steps[0], steps[4], ["write", "in/b3.parquet", 4, 1, ""]])

    def test_nothing_changed_opens_nothing(self):
        self.file("in/a.parquet", 1, 30)
        self.tidemark("run")
        versions = {name: self.version(name) for name in SHAPES}
        self.tidemark("run")
        self.assertEqual({name: self.version(name) for name in SHAPES}, versions)
        for name in SHAPES:
            response = self.run_results()[f"model.shop.{name}"]["adapter_response"]
            self.assertEqual((response["strategy"], response["files_read"]), ("unchanged", 0), name)

    def test_verify_tells_stale_from_drift(self):
        self.file("in/a.parquet", 2, 30)
        self.tidemark("run")
        self.assertIn("exact", self.tidemark("verify", "--select", "daily").out)
        self.file("in/b.parquet", 3, 30)
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
        self.file("in/a.parquet", 3, 5)
        self.failing("run", "--select", "daily", code=1, saying=["models/daily.sql:2:", "random"])

    def test_strict_refuses_a_rebuild_by_name(self):
        self.model("daily", "{{ config(materialized='materialized_view', partition_by='day', maintain='strict') }}\nselect day, first(amount) as a from read_parquet('in/*.parquet') group by day")
        self.file("in/a.parquet", 3, 5)
        self.failing("run", "--select", "daily", code=1, saying="first")

    def test_a_file_removed_is_taken_out_without_reading_others(self):
        for seed, name in enumerate("abcd"):
            self.file(f"in/{name}.parquet", seed, 30)
        self.tidemark("run")
        self.remove("in/b.parquet")
        self.tidemark("run", "--select", "daily", "by_zone", "averages")
        for name in ("daily", "averages"):
            self.assertEqual(self.run_results()[f"model.shop.{name}"]["adapter_response"]["files_read"], 0, name)
        self.tidemark("verify", "--select", "daily", "by_zone", "averages")


if __name__ == "__main__":
    unittest.main()
