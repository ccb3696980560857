"""A real Spark with Delta: one cluster, started and stopped by `tidemark spark`, and the embedded engine as its oracle.

Needs Java and the environment of tests/requirements-spark.txt (tools/setup.sh --tests). Rows are read back by PyHive, by
delta-rs and DuckDB over the tables' files.
"""

import datetime
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import harness
from harness import BIN, ROOT, ProjectCase

SPARK = ROOT / "build/deps/spark"
EXAMPLE = ROOT / "examples/nyc_taxi"
MEMORY = 1024  # MB, of driver and executor each
# Quick to start rather than quick in the long run.
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"

cluster = None


class Cluster:
    """The one cluster of this file, in a folder of its own."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tm_spark_"))
        self.ports = free_ports(4)
        home = next((SPARK / "lib").glob("python3*/site-packages/pyspark"))
        self.env = {**harness.clean_env(), "SPARK_HOME": str(home), "JAVA_TOOL_OPTIONS": JAVA, "XDG_CACHE_HOME": str(ROOT / "build/deps/cache")}
        self.warehouse = self.folder / "warehouse"

    @property
    def port(self):
        return self.ports[0]

    def call(self, command, *args):
        return subprocess.run([BIN, "spark", command, "--dir", str(self.folder), *args], env=self.env, capture_output=True, text=True, cwd=self.folder, timeout=400)

    def up(self):
        thrift, master, master_page, worker_page = map(str, self.ports)
        return self.call("up", "--thrift-port", thrift, "--master-port", master, "--master-page-port", master_page, "--worker-page-port", worker_page,
                         "--driver-memory", str(MEMORY), "--executor-memory", str(MEMORY))

    def is_ours(self):
        return True

    def status(self):
        return self.call("status").stdout

    def down(self):
        outcome = self.call("down")
        shutil.rmtree(self.folder, ignore_errors=True)
        return outcome

    def server_pid(self):
        return int((self.folder / "thrift-server.pid").read_text().split()[0])

    def query(self, sql):
        """Rows as another client gets them."""
        script = (
            "import sys, pickle; from pyhive import hive\n"
            f"cursor = hive.connect('127.0.0.1', {self.port}).cursor()\n"
            "for statement in pickle.load(sys.stdin.buffer): cursor.execute(statement)\n"
            "try: rows = cursor.fetchall()\n"
            "except TypeError: rows = []  # a statement without rows\n"
            "pickle.dump(rows, sys.stdout.buffer)"
        )
        import pickle

        statements = [sql] if isinstance(sql, str) else sql
        process = subprocess.run([str(SPARK / "bin/python"), "-c", script], input=pickle.dumps(statements), capture_output=True, timeout=200)
        if process.returncode != 0:
            raise AssertionError(process.stderr.decode()[-2000:])
        return pickle.loads(process.stdout)


class GivenServer(Cluster):
    """One that runs already, by TIDEMARK_SPARK="PORT WAREHOUSE": for whoever works on these tests."""

    def __init__(self, given):
        port, warehouse = given.split()
        self.ports = [int(port)]
        self.warehouse = pathlib.Path(warehouse)

    def up(self):
        return subprocess.CompletedProcess([], 0)

    def down(self):
        pass

    def is_ours(self):
        return False


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def setUpModule():
    global cluster
    if shutil.which("java") is None:
        print("skipped: there is no Java (tools/setup.sh --tests installs one where apt-get is there)")
        sys.exit(77)
    if not (SPARK / "bin/python").exists():
        print("skipped: there is no Spark in build/deps/spark (tools/setup.sh --tests)")
        sys.exit(77)
    given = os.environ.get("TIDEMARK_SPARK")
    cluster = GivenServer(given) if given else Cluster()
    started = cluster.up()
    if started.returncode != 0:
        output = started.stdout + started.stderr
        cluster.down()
        raise AssertionError("Spark did not start\n" + output)


def tearDownModule():
    if cluster is not None:
        cluster.down()


class SparkCase(ProjectCase):
    """A project with two targets: `dev` is the embedded engine, `spark` the cluster, in a schema of the test's own."""

    schemas = 0

    def setUp(self):
        super().setUp()
        SparkCase.schemas += 1
        self.schema = f"s{SparkCase.schemas}" if cluster.is_ours() else f"s{os.getpid()}_{SparkCase.schemas}"
        self.write("profiles.yml", self.profiles("shop"))

    def profiles(self, name):
        return f"""
            {name}:
              target: dev
              outputs:
                dev: {{type: lake, path: data/warehouse, schema: analytics, threads: 2}}
                spark: {{type: spark, method: thrift, host: 127.0.0.1, port: {cluster.port}, schema: {self.schema}, threads: 2}}
            """

    def spark(self, *args, **more):
        return self.tidemark(*args, "--target", "spark", **more)

    def on_spark(self, name):
        """The rows of a table of this test's schema, read from its Delta files by delta-rs and DuckDB."""
        return self.table(name, schema=f"{self.schema}.db", warehouse=cluster.warehouse)

    def counts(self, model):
        return next(result["adapter_response"] for key, result in self.run_results().items() if key.split(".")[-1] == model)


class Statements(SparkCase):
    """What dbt's materializations and tests make, against what they are asked for."""

    def rows(self, rows, columns="id, name"):
        values = ", ".join(str(row) for row in rows)
        self.parquet("in/rows.parquet", f"select * from (values {values}) as rows({columns})")

    def test_views_tables_seeds_tests_and_strategies(self):
        self.write("models/sources.yml", "version: 2\nsources:\n  - name: raw\n    tables:\n      - name: rows\n        external: {location: in, pattern: '*.parquet'}\n")
        self.write("seeds/zones.csv", "zone,name,since,rate,paid\n1,Newark,2024-01-31,1.5,true\n2,O'Hare \\ x,,2.25,false\n,,2008-12-31,,\n")
        source = "{{ source('raw', 'rows') }}"
        self.model("all_rows", f"{{{{ config(materialized='view') }}}} select id, name from {source}")
        self.model("as_table", "{{ config(materialized='table') }} select id, upper(name) as name from {{ ref('all_rows') }}")
        self.model("of_ephemeral", "{{ config(materialized='table') }} select count(*) as n from {{ ref('few') }}")
        self.model("few", f"{{{{ config(materialized='ephemeral') }}}} select * from {source} where id < 2")
        for name, config in {
            "appended": "incremental_strategy='append'",
            "merged": "incremental_strategy='merge', unique_key='id'",
            "deleted": "incremental_strategy='delete+insert', unique_key='id'",
            "overwritten": "incremental_strategy='insert_overwrite', partition_by=['id']",
            "in_folders": "incremental_strategy='insert_overwrite', partition_by=['id'], layout='folders'",
        }.items():
            self.model(name, f"{{{{ config(materialized='incremental', {config}) }}}} select id, name from {source}")
        self.write("models/schema.yml", """
            version: 2
            models:
              - name: as_table
                columns:
                  - name: id
                    data_tests: [unique, not_null]
                  - name: name
                    data_tests:
                      - accepted_values: {arguments: {values: [A, B]}}
            """)
        self.rows([(1, "a"), (2, "b")])
        self.spark("build")
        self.assertEqual(self.on_spark("as_table"), [(1, "A"), (2, "B")])
        self.assertEqual(self.on_spark("of_ephemeral"), [(1,)])
        self.assertEqual(sorted(cluster.query(f"select * from {self.schema}.all_rows")), [(1, "a"), (2, "b")])
        self.assertEqual(self.on_spark("zones"), [
            (None, None, datetime.date(2008, 12, 31), None, None),
            (1, "Newark", datetime.date(2024, 1, 31), 1.5, True),
            (2, "O'Hare \\ x", None, 2.25, False),
        ])

        self.rows([(2, "B"), (3, "c")])
        self.spark("run", "--exclude", "as_table", "of_ephemeral", "all_rows")
        self.assertEqual(self.on_spark("appended"), [(1, "a"), (2, "B"), (2, "b"), (3, "c")])
        for name in ["merged", "deleted", "overwritten"]:
            self.assertEqual(self.on_spark(name), [(1, "a"), (2, "B"), (3, "c")], name)
        self.assertEqual(sorted(cluster.query(f"select id, name from {self.schema}.in_folders")), [(1, "a"), (2, "B"), (3, "c")])

    def test_batches(self):
        self.write("models/sources.yml", """
            version: 2
            sources:
              - name: raw
                tables:
                  - name: events
                    config: {event_time: ts}
                    external: {location: in, pattern: '*.parquet'}
            """)
        today = datetime.datetime.now(datetime.timezone.utc).date()
        days = [today - datetime.timedelta(days=n) for n in (2, 1, 0)]
        self.model("events", f"""
            {{{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='ts', batch_size='day', begin='{days[0]}', lookback=1) }}}}
            select ts, v from {{{{ source('raw', 'events') }}}}
            """)

        def day(name, when, value):
            self.parquet(f"in/{name}.parquet", f"select timestamp '{when}' + interval 6 hour as ts, {value} as v")

        def found():
            return sorted((row[0].date(), row[1]) for row in self.on_spark("events"))

        day("first", days[0], 1)
        day("second", days[1], 2)
        self.spark("run")
        self.assertEqual(found(), [(days[0], 1), (days[1], 2)])
        day("second", days[1], 20)  # within the lookback: replaced, not doubled
        day("third", days[2], 3)
        self.spark("run")
        self.assertEqual(found(), [(days[0], 1), (days[1], 20), (days[2], 3)])


class Journey(SparkCase):
    """The taxi example on both engines, over files that come late, are replaced and go."""

    VERSIONS = ["agg_daily_revenue_v1", "agg_daily_revenue_v2", "agg_daily_revenue_v3", "agg_daily_revenue_v4"]

    def setUp(self):
        super().setUp()
        shutil.copytree(EXAMPLE, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("data", "target", "logs", ".tidemark"))
        self.path("data/raw").mkdir(parents=True)
        self.write("profiles.yml", self.profiles("nyc_taxi"))
        # Exact by partitions where nothing runs over all of them.
        self.model("agg_daily_trips", """
            {{ config(materialized='materialized_view', partition_by='trip_date') }}
            select trip_date, count(*) as trips, sum(passenger_count) as passengers, sum(cast(total_amount as decimal(12, 2))) as revenue, min(trip_distance) as shortest
            from {{ ref('stg_trips') }}
            group by trip_date
            """)

    def generate(self, start, end, rows=400):
        self.tidemark("run-operation", "generate_sample", "--args", f"{{start: {start}, end: {end}, rows: {rows}, folder: data/raw}}")

    def run_both(self):
        left_out = ["--exclude", "agg_daily_revenue_window"]  # the warning: it is wrong on both
        self.tidemark("run", *left_out)
        self.spark("run", *left_out)
        for model in [*self.VERSIONS, "agg_daily_trips"]:
            with self.subTest(model=model):
                ours, theirs = self.table(model), self.on_spark(model)
                self.assertTrue(ours)
                self.assert_rows([tuple(map(plain, row)) for row in theirs], [tuple(map(plain, row)) for row in ours])
        # Ids name the files as each engine does: their number and the rest must agree.
        ours, theirs = self.table("stg_trips_v2"), self.on_spark("stg_trips_v2")
        without_file = lambda rows: sorted((row[0].split("/")[-1], *map(plain, row[1:-1])) for row in rows)
        self.assertEqual(without_file(theirs), without_file(ours))

    def test_files_late_replaced_and_removed(self):
        self.generate("2024-01", "2024-02")
        self.run_both()
        self.assertEqual(self.counts("agg_daily_trips")["strategy"], "rebuild")

        trips = {row[0]: row for row in self.on_spark("stg_trips_v2")}
        february = lambda: [(row[0], row[2]) for row in self.on_spark("agg_daily_revenue_v2") if (row[0].year, row[0].month) == (2024, 2)]
        february_before = february()

        self.generate("2021-01", "2021-01")
        plan = self.spark("plan", "--select", "agg_daily_trips").out
        self.assertIn("partitions: ", plan)
        self.assertIn("doubles: to about 1e-9", plan)
        self.run_both()
        self.assertEqual(self.counts("agg_daily_trips")["strategy"], "partitions")
        # Ids stay, late days are there however late, and no month is there twice.
        after = {row[0]: row for row in self.on_spark("stg_trips_v2")}
        self.assertEqual({trip: after[trip] for trip in trips}, trips)
        for version in self.VERSIONS:
            days = [row[0] for row in self.on_spark(version)]
            self.assertIn(datetime.date(2021, 1, 15), days)
            self.assertEqual(len(days), len(set(days)))
        self.assertEqual(february(), february_before)

        self.generate("2024-02", "2024-02", rows=150)
        self.remove("data/raw/yellow_tripdata_2021-01.parquet")
        self.run_both()
        self.assertEqual(self.counts("agg_daily_trips")["strategy"], "partitions")

        self.spark("run", "--select", "agg_daily_trips")
        self.assertEqual(self.counts("agg_daily_trips")["strategy"], "unchanged")
        self.spark("test", "--exclude", "agg_daily_revenue_window")
        self.spark("verify", "--select", "agg_daily_trips", "agg_daily_revenue_v4")
        cluster.query(f"update {self.schema}.agg_daily_trips set trips = trips + 1 where trip_date = date '2024-01-10'")
        self.failing("verify", "--select", "agg_daily_trips", "--target", "spark", code=1, saying="drift")
        self.spark("run", "--select", "agg_daily_trips")  # somebody else's commit: computed anew
        self.assertIn("somebody else has changed the table", self.counts("agg_daily_trips")["reason"])
        self.spark("verify", "--select", "agg_daily_trips")


class OneWarehouse(SparkCase):
    """The same Delta tables, written by one engine and read and carried on by the other."""

    def test_tables_go_from_one_engine_to_the_other(self):
        self.write("models/sources.yml", "version: 2\nsources:\n  - name: raw\n    tables:\n      - name: rows\n        external: {location: in, pattern: '*.parquet'}\n")
        select = "select id, day, price, note from {{ source('raw', 'rows') }}"
        self.model("kept", "{{ config(materialized='incremental', incremental_strategy='append') }} " + select)
        self.model("by_day", "{{ config(materialized='materialized_view', partition_by='day') }} select day, count(*) as n, sum(price) as price from {{ source('raw', 'rows') }} group by day")

        def arrive(name, first):
            self.parquet(f"in/{name}.parquet", f"select {first} + range as id, date '2024-01-01' + range::int as day, ({first} + range)::decimal(10, 2) / 4 as price, case when range > 0 then 'é ' || range end as note from range(3)")

        arrive("first", 0)
        self.tidemark("run")
        ours = self.table("kept")
        place = self.path("data/warehouse/analytics")
        cluster.query([f"create schema if not exists {self.schema} location '{place}'",
                       *[f"create table {self.schema}.{name} using delta location '{place}/{name}'" for name in ("kept", "by_day")]])
        theirs = cluster.query(f"select * from {self.schema}.kept order by id")
        self.assertEqual([(row[0], str(row[1]), str(row[2]), row[3]) for row in theirs], sorted((row[0], str(row[1]), str(row[2]), row[3]) for row in ours))

        arrive("first", 10)
        self.spark("run")
        self.assertEqual(sorted(row[0] for row in self.table("kept")), [0, 1, 2, 10, 11, 12])
        self.assertIn("somebody else has changed the table", self.counts("by_day")["reason"])
        self.assertEqual([row[1] for row in self.table("by_day")], [1, 1, 1])

        arrive("second", 20)
        self.spark("run")
        self.assertEqual(self.counts("by_day")["strategy"], "partitions")
        arrive("second", 30)
        self.tidemark("run")  # back again: Spark's commits are seen
        self.assertEqual(self.counts("by_day")["strategy"], "rebuild")
        self.assertEqual([row[1] for row in self.table("by_day")], [2, 2, 2])
        self.tidemark("verify", "--select", "by_day")


class ServerGoesDown(SparkCase):
    def test_a_run_ends_with_an_error_and_the_next_one_repairs(self):
        if not cluster.is_ours():
            self.skipTest("the server is not ours")
        self.write("models/sources.yml", "version: 2\nsources:\n  - name: raw\n    tables:\n      - name: rows\n        external: {location: in, pattern: '*.parquet'}\n")
        self.parquet("in/a.parquet", "select range as id, range % 3 as k from range(9)")
        self.model("appended", "{{ config(materialized='incremental', incremental_strategy='append') }} select id from {{ source('raw', 'rows') }} {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}")
        self.model("by_k", "{{ config(materialized='materialized_view', partition_by='k') }} select k, count(*) as n from {{ source('raw', 'rows') }} group by k")
        self.spark("run")
        self.parquet("in/b.parquet", "select 100 + range as id, 7 as k from range(2)")
        # One thread, and the first model waits on the server until that is gone.
        self.write("macros/wait.sql", "{% macro wait() %}{% if execute %}{% do run_query(\"select java_method('java.lang.Thread', 'sleep', 60000L)\") %}{% endif %}{% endmacro %}")
        self.model("appended", self.path("models/appended.sql").read_text() + " {{ wait() if var('slow', false) }}")
        run = self.start("run", "--target", "spark", "--threads", "1", "--vars", "{slow: true}", "--log-format", "json")
        for line in run.stdout:
            if '"NodeStart"' in line and "appended" in line:
                break
        time.sleep(2)
        os.kill(cluster.server_pid(), signal.SIGKILL)
        out, err = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 1, out + err)
        self.assertRegex(out + err, "TM440[14]")
        self.failing("run", "--target", "spark", code=2, saying=["TM4401", "spark status"])
        self.assertIn("thrift-server  down", cluster.status())
        restarted = cluster.up()
        self.assertEqual(restarted.returncode, 0, restarted.stdout + restarted.stderr)
        self.spark("run")
        self.assertEqual([row[0] for row in self.on_spark("appended")], sorted([*range(9), 100, 101], key=str))
        self.assertEqual(self.on_spark("by_k"), [(0, 3), (1, 3), (2, 3), (7, 2)])


def plain(value):
    """Sums of integers have other types on the two engines."""
    return int(value) if hasattr(value, "as_tuple") and value == int(value) else value


if __name__ == "__main__":
    unittest.main()
