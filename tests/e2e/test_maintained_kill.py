"""Maintained models under kill -9, full disks, a second run and readers: nothing lost, nothing counted twice, no torn read.

TIDEMARK_SEED replays the random moments; TIDEMARK_TEST_ALL=1 takes ten times as many.
"""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import threading
import time
import unittest

import harness
from harness import ProjectCase, deltalake, duckdb

SCAN = "read_parquet('in/*.parquet')"
CONFIG = "{{ config(materialized='materialized_view', partition_by=['day']) }}\n"
MODELS = {
    "daily": f"select day, sum(amount) as revenue, count(*) as trips, sum(sum(amount)) over (order by day) as running from {SCAN} where day is not null group by day",
    "middle": f"select day, median(amount) as middle, count(*) as trips from {SCAN} where day is not null group by day",
}


class Killed(ProjectCase):
    def setUp(self):
        super().setUp()
        for name, sql in MODELS.items():
            self.model(name, CONFIG + sql)

    def file(self, name, seed, rows=25, days=6):
        day = f"(date '2024-01-01' + (hash(i, {seed}) % {days})::int)"
        return self.parquet(f"in/{name}.parquet", f"select {day} as day, (hash(i, {seed}, 1) % 100000)::double / 1000 - 20 as amount from range({rows}) r(i)")

    def expected(self, name):
        return self.query(MODELS[name].replace("sum(amount)", "fsum(amount)").replace("sum(fsum(amount))", "fsum(fsum(amount))"))

    def assert_exact(self):
        """Against DuckDB, and to the last bit by verify."""
        for name in MODELS:
            self.assert_rows(self.table(name), self.expected(name))
        self.tidemark("verify")

    def save(self):
        """The project as it is, to come back to: files keep their names, so that they are the same files to a ledger."""
        saved = self.folder.with_name(self.folder.name + "_saved")
        self.addCleanup(shutil.rmtree, saved, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self.folder), str(saved)], check=True)

        def restore():
            shutil.rmtree(self.folder)
            subprocess.run(["cp", "-a", str(saved), str(self.folder)], check=True)

        return restore

    def contribution_files(self):
        logs = list(self.path("data/warehouse/_tidemark/contributions").rglob("_delta_log"))
        return len(deltalake.DeltaTable(str(logs[0].parent)).file_uris())


def crash_points():
    found = set()
    for path in (harness.ROOT / "src").rglob("*.cc"):
        found.update(part.split('"')[0] for part in path.read_text().split('crash_point("')[1:])
    return sorted(found)


class NamedSteps(Killed):
    def test_killed_at_every_named_step(self):
        """The killed run takes a replaced, a removed and a late file, and compacts the contributions."""
        self.file("a", 1)
        self.file("b", 2)
        self.tidemark("run")
        while self.contribution_files() < 15:
            self.file(f"c{self.contribution_files():02}", 100 + self.contribution_files(), rows=3)
            self.tidemark("run")
        before = {name: self.table(name) for name in MODELS}
        restore = self.save()
        hit = []
        for point in crash_points():
            with self.subTest(point=point):
                restore()
                self.file("b", 3)
                self.file("d", 4)
                self.remove("in/c02.parquet")
                outcome = self.tidemark("run", code=None, env={"TIDEMARK_CRASH_AT": point})
                if outcome.code != -signal.SIGKILL:
                    continue
                hit.append(point)
                for name in MODELS:
                    if self.table(name) != before[name]:
                        self.assert_rows(self.table(name), self.expected(name))
                self.remove("in/a.parquet")  # nothing of the killed run may be counted, and nothing it took away be missed
                self.tidemark("run")
                self.assert_exact()
        for point in ("run.contributions.published", "run.contributions.compacted", "lake.compact.before_commit", "run.publish.ledger_written", "run.publish.published"):
            self.assertIn(point, hit)


class RandomMoments(Killed):
    def test_killed_at_random_moments(self):
        seed = harness.first_seed()
        count = 300 if os.environ.get("TIDEMARK_TEST_ALL") else 30
        print(f"TIDEMARK_SEED={seed}: {count} kills", flush=True)
        chance = random.Random(seed)
        self.file("base", 0)
        started = time.monotonic()
        self.tidemark("run")
        whole = time.monotonic() - started  # seconds that a run takes here
        names = [f"f{i}" for i in range(8)]
        killed = 0
        for kill in range(count):
            steps = []
            for _ in range(chance.choice([1, 1, 2, 4])):
                name = chance.choice(names)
                if self.path(f"in/{name}.parquet").exists() and chance.random() < 0.4:
                    steps.append(f"remove {name}")
                    self.remove(f"in/{name}.parquet")
                else:
                    steps.append(f"write {name}")
                    self.file(name, chance.randrange(10**9), rows=chance.choice([0, 1, 40]), days=chance.choice([2, 9]))
            before = {name: self.table(name) for name in MODELS}
            after = {name: self.expected(name) for name in MODELS}
            run = self.start("run")
            time.sleep(chance.uniform(0, whole * 1.1))
            killed += run.poll() is None
            harness.kill(run)
            with self.subTest(seed=seed, kill=kill, steps=steps):
                for name in MODELS:
                    if self.table(name) != before[name]:
                        self.assert_rows(self.table(name), after[name])
                if chance.random() < 0.7:
                    self.tidemark("run")
                    for name in MODELS:
                        self.assert_rows(self.table(name), after[name])
                    if kill % 10 == 9:
                        self.tidemark("verify")
        self.assertGreater(killed, count / 4)
        self.tidemark("run")
        self.assert_exact()


class FullDisk(Killed):
    def test_a_disk_that_fills_up_in_a_maintained_run(self):
        self.path("data").mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=72m", "tmpfs", str(self.path("data"))], capture_output=True).returncode:
            self.skipTest("a small disk takes root and mount")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.path("data"))], capture_output=True)
        self.model("wide", CONFIG + f"select day, amount, md5(amount::varchar) || md5((amount * 2)::varchar) as text, count(*) as n, sum(amount) as s from {SCAN} group by all")
        self.file("a", 1)
        self.tidemark("run")
        before = {name: self.table(name) for name in [*MODELS, "wide"]}
        self.parquet("in/large.parquet", "select date '2024-02-01' + (i % 5)::int as day, i * 0.1 as amount from range(900000) r(i)")
        self.failing("run", code=1, saying="space")
        self.assertEqual(self.table("wide"), before["wide"])
        subprocess.run(["mount", "-o", "remount,size=400m", str(self.path("data"))], check=True)
        self.tidemark("run")
        self.assert_exact()
        self.assertEqual(len(self.table("wide")), self.query(f"select count(*) from (select distinct day, amount from {SCAN})")[0][0])
        self.remove("in/large.parquet")
        self.tidemark("run")
        self.assertEqual({name: self.table(name) for name in before}, before)
        self.tidemark("verify")


class Together(Killed):
    def test_a_second_run_waits_for_a_maintained_run(self):
        self.file("a", 1)
        self.tidemark("run")
        self.file("b", 2)
        slow = "select count(*) from range(9000) as a, range(9000) as b where (a.range * b.range) % 7 = 3"
        self.model("daily", CONFIG.replace("materialized=", f'pre_hook="{slow}", materialized=') + MODELS["daily"])
        holder = self.start("run", "--select", "daily")
        line = ""
        while "START" not in line:
            line = holder.stdout.readline()
            self.assertTrue(line, "the run ended before it was seen to start")
        holder.send_signal(signal.SIGSTOP)
        self.assertIsNone(holder.poll(), "the run ended before it was stopped")
        second = self.start("run")
        line = ""
        while str(holder.pid) not in line:
            line = second.stdout.readline()
            self.assertTrue(line, "the second run did not wait")
        holder.send_signal(signal.SIGCONT)
        for process in (holder, second):
            process.communicate(timeout=harness.TIME_LIMIT)
            self.assertEqual(process.returncode, 0)
        results = self.run_results()  # of the second run: what the first had done was not done again
        self.assertEqual(results["model.shop.daily"]["adapter_response"]["strategy"], "unchanged")
        self.assert_exact()

    def test_a_reader_of_two_tables_sees_whole_runs(self):
        """As of the newest map of versions, both tables hold the same trips; meanwhile runs come, and some are killed."""
        warehouse = self.path("data/warehouse")
        stop = threading.Event()
        seen, torn = set(), []

        def read():
            maps = sorted((warehouse / "_tidemark/versions").glob("[0-9]*.json"))
            versions = json.loads(maps[-1].read_text())["versions"]
            rows = {}
            for name in MODELS:
                uris = deltalake.DeltaTable(str(warehouse / "analytics" / name), version=versions[f"analytics/{name}"]).file_uris()
                with duckdb.connect() as db:
                    rows[name] = dict(db.execute(f"select day, trips from read_parquet({uris!r})").fetchall()) if uris else {}
            seen.add(maps[-1].name)
            if rows["daily"] != rows["middle"]:
                torn.append((maps[-1].name, rows))

        def loop():
            while not stop.is_set():
                read()

        self.file("a", 1)
        self.tidemark("run")
        reader = threading.Thread(target=loop)
        reader.start()
        try:
            chance = random.Random(7)
            for i in range(12):
                self.file(chance.choice("abc"), i, rows=chance.randrange(1, 60))
                if i % 3 == 2:
                    run = self.start("run")
                    time.sleep(chance.uniform(0.01, 0.2))
                    harness.kill(run)
                else:
                    self.tidemark("run")
        finally:
            stop.set()
            reader.join()
        read()
        self.assertEqual(torn, [])
        self.assertGreater(len(seen), 2)
        self.tidemark("run")
        self.assert_exact()


if __name__ == "__main__":
    unittest.main()
