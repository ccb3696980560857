"""Microbatch models: dbt's batches and log lines, and which of them a run computes."""

import datetime
import unittest

from harness import ProjectCase

CONFIG = "materialized='incremental', incremental_strategy='microbatch', event_time='ts', batch_size='day', begin='2024-01-01'"
SOURCES = """
    version: 2
    sources:
      - name: raw
        tables:
          - name: events
            config: {event_time: ts}
            external: {location: in, pattern: '*.parquet'}
    """


class Microbatch(ProjectCase):
    def setUp(self):
        super().setUp()
        self.write("models/sources.yml", SOURCES)

    def day(self, name, *days, value=1, hour=6):
        """A file with two rows for each of the days."""
        values = ", ".join(f"(timestamp '{day}' + interval {h} hour, {value})" for day in days for h in (hour, hour + 1))
        return self.parquet(f"in/{name}.parquet", f"select * from (values {values}) as rows(ts, v)")

    def events(self, more="", body="select ts, v from {{ source('raw', 'events') }}"):
        self.model("events", f"{{{{ config({CONFIG}{more}) }}}}\n{body}")

    def batches(self, *args, code=0):
        """Runs; the names of the batches that were computed."""
        out = self.tidemark("--log-format", "json", "run", *args, code=code)
        lines = self.json_lines(out.out)
        return sorted(line["data"]["batch"] for line in lines if line["info"]["name"] == "LogStartBatch")

    def days_since(self, begin):
        """Names of all days from `begin` to today."""
        today = datetime.datetime.now(datetime.timezone.utc).date()
        return [str(begin + datetime.timedelta(days=n)) for n in range((today - begin).days + 1)]

    def counts(self):
        out = {}
        for row in self.table("events"):
            out[str(row[0].date())] = out.get(str(row[0].date()), 0) + row[1]
        return out

    def recent(self):
        """`begin` of a model whose history is ten days long, and those days."""
        days = self.days_since(datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=9))
        return days[0], days

    def start(self, more=""):
        begin, days = self.recent()
        self.model("events", f"{{{{ config({CONFIG.replace('2024-01-01', begin)}{more}) }}}}\nselect ts, v from {{{{ source('raw', 'events') }}}}")
        self.day("first", days[0], days[1])
        self.day("second", days[2])
        return days

    def test_all_batches_first_then_those_of_changed_files(self):
        days = self.start()
        self.assertEqual(self.batches(), days)
        self.assertEqual(self.counts(), {days[0]: 2, days[1]: 2, days[2]: 2})
        self.assertEqual(self.batches(), [])
        self.assertEqual(self.run_results()["model.shop.events"]["status"], "success")
        # a late file, one that is replaced, one that goes
        self.day("late", days[4], value=5)
        self.assertEqual(self.batches(), [days[4]])
        self.day("first", days[0], days[3], value=10)
        self.assertEqual(self.batches(), [days[0], days[1], days[3]])
        self.assertEqual(self.counts(), {days[0]: 20, days[2]: 2, days[3]: 20, days[4]: 10})
        self.remove("in/second.parquet")
        self.assertEqual(self.batches(), [days[2]])
        self.assertEqual(self.counts(), {days[0]: 20, days[3]: 20, days[4]: 10})
        self.tidemark("verify")

    def test_lookback_is_honoured_where_it_is_set(self):
        days = self.start(", lookback=2")
        self.assertEqual(self.batches(), days)
        self.assertEqual(self.batches(), days[-3:])
        self.day("late", days[1], value=5)
        self.assertEqual(self.batches(), [days[1], *days[-3:]])
        self.assertEqual(self.counts(), {days[0]: 2, days[1]: 12, days[2]: 2})

    def test_tables_are_looked_back_at_as_in_dbt(self):
        begin, days = self.recent()
        self.write("models/sources.yml", "version: 2\n")
        self.model("base", f"{{{{ config(materialized='table', event_time='ts') }}}}select * from (values (timestamp '{days[0]}', 1), (timestamp '{days[-1]}', 2)) as rows(ts, v)")
        self.model("events", f"{{{{ config({CONFIG.replace('2024-01-01', begin)}) }}}}\nselect ts, v from {{{{ ref('base') }}}}")
        self.assertEqual(self.batches(), days)
        self.assertEqual(self.batches(), days[-2:])
        self.assertEqual(self.counts(), {days[0]: 1, days[-1]: 2})

    def test_context_and_filter_of_a_batch(self):
        self.events(body="""
            select ts, v, '{{ model.batch.id }}' as id, '{{ model.batch.event_time_start }}' as b, '{{ model.batch.event_time_end.isoformat() }}' as e,
                '{{ is_incremental() }}' as inc from {{ source('raw', 'events') }}""")
        self.day("a", "2024-01-01", "2024-01-02", "2024-01-03")
        self.tidemark("run", "--event-time-start", "2024-01-02", "--event-time-end", "2024-01-03T05:00:00")
        self.assertEqual([row[2:] for row in self.table("events")][::2], [
            ("20240102", "2024-01-02 00:00:00+00:00", "2024-01-03T00:00:00+00:00", "False"),
            ("20240103", "2024-01-03 00:00:00+00:00", "2024-01-04T00:00:00+00:00", "True"),
        ])
        compiled = self.path("target/compiled/shop/models/events/events_2024-01-03.sql").read_text()
        self.assertIn("where ts >= '2024-01-03 00:00:00+00:00' and ts < '2024-01-04 00:00:00+00:00')", compiled)
        self.assertEqual(self.run_results()["model.shop.events"]["batch_results"], {
            "successful": [["2024-01-02T00:00:00+00:00", "2024-01-03T00:00:00+00:00"], ["2024-01-03T00:00:00+00:00", "2024-01-04T00:00:00+00:00"]], "failed": []})

    def test_months_and_hours(self):
        for size, given, names in [("month", ("2024-01-15", "2024-03-02"), ["2024-01", "2024-02", "2024-03"]), ("year", ("2023-05-01", "2024-01-02"), ["2023", "2024"]),
                                   ("hour", ("2024-01-01T22:30:00", "2024-01-02T00:30:00"), ["2024-01-01T22", "2024-01-01T23", "2024-01-02T00"])]:
            with self.subTest(size):
                self.model("events", f"{{{{ config({CONFIG.replace('day', size)}) }}}}\nselect ts, v from {{{{ source('raw', 'events') }}}}")
                self.day("a", "2024-01-15", "2024-02-01")
                self.assertEqual(self.batches("--full-refresh", "--event-time-start", given[0], "--event-time-end", given[1]), names)

    def test_lines_are_those_of_dbt(self):
        self.events(body="select ts, v, {{ \"error('boom')\" if model.batch and var('bad', '') == model.batch.id else 1 }} as x from {{ source('raw', 'events') }}")
        self.day("a", "2024-01-01", "2024-01-02", "2024-01-03")
        window = ("--event-time-start", "2024-01-01", "--event-time-end", "2024-01-04")
        out = self.tidemark("run", *window, "--vars", "{bad: '20240102'}", code=1).all
        for line in ["1 of 1 START sql microbatch model analytics.events ............................. [RUN]",
                     "Batch 1 of 3 START batch 2024-01-01 of analytics.events .............................. [RUN]",
                     "Batch 1 of 3 OK created batch 2024-01-01 of analytics.events ......................... [OK in ",
                     "Batch 2 of 3 ERROR creating batch 2024-01-02 of analytics.events ..................... [ERROR in ",
                     "1 of 1 PARTIALLY created sql microbatch model analytics.events ................. [PARTIAL SUCCESS (2/3) in ", "boom"]:
            self.assertIn(line, out)

    def test_a_failed_batch_is_retried_and_never_skipped(self):
        days = self.start()
        body = "select ts, v, {{ \"error('boom')\" if model.batch and model.batch.id in var('bad', '') else 1 }} as x from {{ source('raw', 'events') }}"
        text = self.path("models/events.sql").read_text().split("\n")[0]
        self.model("events", text + "\n" + body)
        bad = "{bad: '%s %s'}" % (days[1].replace("-", ""), days[2].replace("-", ""))
        self.assertEqual(self.batches("--vars", bad, code=1), days)
        result = self.run_results()["model.shop.events"]
        self.assertEqual((result["status"], result["message"]), ("partial success", "PARTIAL SUCCESS (8/10)"))
        self.assertEqual(self.counts(), {days[0]: 2})
        # neither retry nor a plain run forgets them, and a late file's batch comes with them
        out = self.tidemark("--log-format", "json", "retry", "--vars", "{bad: '%s'}" % days[2].replace("-", ""), code=1)
        self.assertEqual(sorted(line["data"]["batch"] for line in self.json_lines(out.out) if line["info"]["name"] == "LogStartBatch"), [days[1], days[2]])
        self.assertEqual(self.counts(), {days[0]: 2, days[1]: 2})
        self.assertEqual(len(self.run_results()["model.shop.events"]["batch_results"]["successful"]), 9)
        self.day("late", days[5])
        self.assertEqual(self.batches(), [days[2], days[5]])
        self.assertEqual(self.counts(), {days[0]: 2, days[1]: 2, days[2]: 2, days[5]: 2})

    def test_a_first_batch_that_fails_skips_the_others(self):
        days = self.start()
        text = self.path("models/events.sql").read_text().split("\n")[0]
        self.model("events", text + "\nselect ts, v, {{ \"error('boom')\" if model.batch and model.batch.id == var('bad', '') else 1 }} as x from {{ source('raw', 'events') }}")
        out = self.tidemark("run", "--vars", "{bad: '%s'}" % days[0].replace("-", ""), code=1).all
        self.assertIn(f"Batch 2 of 10 SKIP batch {days[1]} of analytics.events", out)
        self.assertEqual(self.run_results()["model.shop.events"]["status"], "error")
        self.assertEqual(self.batches(), days)

    def test_batches_outside_a_given_range_are_made_up_for(self):
        days = self.start()
        self.batches()
        self.day("late", days[1], days[6], value=3)
        self.assertEqual(self.batches("--event-time-start", days[6], "--event-time-end", days[7]), [days[6]])
        self.assertEqual(self.counts(), {days[0]: 2, days[1]: 2, days[2]: 2, days[6]: 6})
        self.assertEqual(self.batches(), [days[1]])
        self.assertEqual(self.counts()[days[1]], 8)

    def test_an_unfiltered_file_makes_all_batches_anew(self):
        days = self.start()
        self.parquet("in2/rates.parquet", "select 2 as rate")
        text = self.path("models/events.sql").read_text().split("\n")[0]
        self.model("events", text + "\nselect ts, v * rate as v from {{ source('raw', 'events') }}, read_parquet('in2/rates.parquet')")
        self.assertEqual(self.batches(), days)
        self.assertEqual(self.batches(), [])
        self.parquet("in2/rates.parquet", "select 3 as rate")
        self.assertEqual(self.batches(), days)
        self.assertEqual(self.counts(), {days[0]: 6, days[1]: 6, days[2]: 6})

    def test_views_and_time_zones(self):
        begin, days = self.recent()
        self.model("staged", "{{ config(event_time='at_tz') }}select timezone('UTC', ts) as at_tz, v from {{ source('raw', 'events') }} where v > 0")
        self.model("events", f"{{{{ config({CONFIG.replace('2024-01-01', begin)}) }}}}\nselect cast(at_tz at time zone 'UTC' as date) as ts, sum(v) as v from {{{{ ref('staged') }}}} group by 1")
        self.day("first", days[0], days[1], hour=22)
        self.tidemark("run", env={"TZ": "America/New_York"})
        self.assertEqual(self.table("events"), self.query(f"select date '{days[0]}', 2 union all select date '{days[1]}', 2"))
        self.day("late", days[1], value=4, hour=22)
        self.assertEqual(self.batches("-s", "events"), [days[1]])
        self.assertEqual([row[1] for row in self.table("events")], [2, 10])

    def test_at_once_and_one_by_one_give_the_same(self):
        for more in (", concurrent_batches=true", ", concurrent_batches=false"):
            with self.subTest(more):
                days = self.start(more)
                self.batches("--full-refresh", "--threads", "3")
                self.assertEqual(self.counts(), {days[0]: 2, days[1]: 2, days[2]: 2})

    def test_hooks_run_once(self):
        self.events(", pre_hook=\"{% if execute %}{{ log('before', info=true) }}{% endif %}\", post_hook=\"{% if execute %}{{ log('after', info=true) }}{% endif %}\"")
        self.day("a", "2024-01-01")
        out = self.tidemark("run", "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-04").out
        self.assertEqual((out.count("before"), out.count("after")), (1, 1))

    def test_a_native_database(self):
        self.write("profiles.yml", "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, schema: main, threads: 2}\n")
        days = self.start()
        self.assertEqual(self.batches(), days)
        self.day("late", days[2], value=7)
        self.assertEqual(self.batches(), [days[2]])
        import duckdb
        with duckdb.connect(str(self.path("shop.duckdb")), read_only=True) as db:
            self.assertEqual(db.execute("select count(*), sum(v) from main.events").fetchall(), [(8, 20)])

    def test_a_killed_run_is_carried_on(self):
        days = self.start()
        self.tidemark("run", code=-9, env={"TIDEMARK_CRASH_AT": "run.publish.published#3"})
        again = self.batches()
        self.assertEqual(len(again), 7)
        self.assertEqual(self.counts(), {days[0]: 2, days[1]: 2, days[2]: 2})
        self.assertEqual(self.batches(), [])

    def test_samples_are_made_whole_by_the_next_run(self):
        days = self.start()
        self.day("late", days[-1], days[-3], hour=0)
        self.model("copy", "{{ config(materialized='table') }}select ts, v from {{ source('raw', 'events') }}")
        self.assertEqual(self.batches("--sample", f"{{start: {days[-3]}, end: {days[-2]}}}"), [days[-3]])
        self.assertEqual([str(row[0].date()) for row in self.table("copy")], [days[-3]] * 2)
        self.assertEqual(self.batches("-s", "events"), days)
        self.assertEqual(self.counts(), {days[0]: 2, days[1]: 2, days[2]: 2, days[-1]: 2, days[-3]: 2})
        self.failing("run", "--sample", "3 weeks", code=2, saying="TM1405")

    def test_plan_names_the_batches(self):
        days = self.start()
        self.batches()
        self.day("late", days[4])
        self.assertIn(days[4], self.tidemark("plan").out)

    def test_wrong_configurations_are_refused_before_anything_runs(self):
        for given, named in [("event_time='ts', ", "event_time"), (", begin='2024-01-01'", "begin"), ("batch_size='day', ", "batch_size")]:
            with self.subTest(named):
                self.model("events", f"{{{{ config({CONFIG.replace(given, '')}) }}}}\nselect 1 as ts")
                self.failing("run", code=2, saying=["TM1216", named])
        self.events(", unique_key='ts'")
        self.failing("run", code=2, saying=["TM1216", "unique_key"])
        self.events()
        self.day("a", "2024-01-01")
        self.failing("run", "--event-time-start", "2024-01-01", code=2, saying="TM1406")
        self.failing("run", "--event-time-start", "2024-01-02", "--event-time-end", "2024-01-01", code=2, saying="TM1406")
        self.events(body="select v from {{ source('raw', 'events') }}")
        self.failing("run", "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-02", code=1, saying="ts")


if __name__ == "__main__":
    unittest.main()
