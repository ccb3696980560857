"""kill -9 at every named step, and at random moments: the next process finds the old version or the new one, carries on,
and cleans up."""

import os
import random
import re
import time
import unittest

import lake_case
from lake_case import Killed, Lake, LakeCase

OLD = "SELECT i, i % 2 AS p FROM range(12) t(i)"
NEW = "SELECT i + 100 AS i, i % 2 AS p FROM range(4) t(i)"


def publish(lake):
    lake.publish("t", NEW, commit={"node": "model.p.t"})


def publish_folders(lake):
    lake.publish("t", NEW, folders=["p"], commit={"node": "model.p.t"})


def replace_table_by_view(lake):
    lake.do("view", table="t", sql=NEW)


def drop(lake):
    lake.do("drop", table="t")


def compact(lake):
    lake.do("compact", table="t")


def vacuum(lake):
    lake.do("vacuum", retain_hours=0, retain_log_hours=0)


# point -> what is done, at which passage it is killed, what may be seen afterwards
STEPS = {
    "lake.stage.before_write": (publish, 1, ["old"]),
    "lake.stage.after_write": (publish, 1, ["old"]),
    "lake.publish.moved_file": (publish_folders, 2, ["old"]),
    "lake.publish.before_commit": (publish, 1, ["old"]),
    "lake.commit.before_link": (publish, 1, ["old"]),
    "lake.commit.linked": (publish, 1, ["new"]),
    "lake.checkpoint.write": (publish, 1, ["new"]),
    "lake.checkpoint.renamed": (publish, 1, ["new"]),
    "lake.publish.after_commit": (publish, 1, ["new"]),
    "lake.view.written": (replace_table_by_view, 1, ["old"]),
    "lake.drop.renamed": (drop, 1, ["gone"]),
    "lake.compact.before_commit": (compact, 1, ["old"]),
    "lake.vacuum.removed_file": (vacuum, 2, ["old"]),
}


class Crashes(LakeCase):
    def test_no_step_is_forgotten(self):
        found = set()
        for folder in ("lake", "adapter"):
            for path in (lake_case.ROOT / "src" / folder).rglob("*.cc"):
                found.update(re.findall(r'crash_point\("([^"]+)"\)', path.read_text()))
        self.assertEqual(found, set(STEPS))

    def prepare(self):
        """A table of 10 commits (the next one makes a checkpoint) and several files."""
        lake = self.open()
        for i in range(12):
            if i == 9:
                continue
            lake.publish("t", f"SELECT {i} AS i, {i} % 2 AS p", mode="append" if i else "replace")
            if i == 0:
                lake.publish("t", "SELECT 9 AS i, 1 AS p", mode="append")
        while self.newest() < 19:
            lake.execute("COMMENT ON TABLE s.t IS 'again'")
        lake.close()
        self.assertEqual(self.newest(), 19)

    def newest(self):
        return max(int(path.name[:20]) for path in (self.table("t") / "_delta_log").glob("*.json"))

    def expect(self, lake, outcomes):
        rows = {"old": self.duck_rows(OLD), "new": self.duck_rows(NEW)}
        if outcomes == ["gone"]:
            self.assert_fault("TM4111", lambda: lake.query("SELECT * FROM s.t"))
            return
        seen = lake_case.canonical((int(i), int(p)) for i, p in lake.query("SELECT i, p FROM s.t"))
        self.assertIn(seen, [rows[name] for name in outcomes])
        self.assertEqual(seen, self.delta_rows("t", "i, p"))

    def expect_clean(self):
        """Nothing lies about that no version refers to."""
        files = {path for path in self.table("t").rglob("*.parquet") if "_delta_log" not in path.parts}
        live = {self.table("t") / add["path"] for add in self.delta("t").get_add_actions(flatten=True).to_struct_array().to_pylist()}
        self.assertEqual(files, live)
        self.assertEqual([str(path) for path in self.warehouse.rglob("*.tmp")], [])
        staged = self.warehouse / "_tidemark" / "staged"
        self.assertEqual(list(staged.iterdir()) if staged.exists() else [], [])

    def test_killed_at_every_step(self):
        for point, (action, passage, outcomes) in STEPS.items():
            with self.subTest(point):
                self.warehouse = self.folder / point
                self.prepare()
                victim = Lake(self.warehouse, crash_at=f"{point}#{passage}")
                self.addCleanup(victim.close)
                with self.assertRaises(Killed) as death:
                    victim.do("lock")
                    action(victim)
                self.assertTrue(death.exception.by_kill)
                lake = self.open()
                lake.do("lock")  # free: it died with its holder
                self.expect(lake, outcomes)
                # the same again goes through, and then the new is there
                action(lake)
                if action is drop:
                    continue
                publish(lake)
                self.expect(lake, ["new"])
                self.age()
                lake.do("vacuum", retain_hours=0, retain_log_hours=0)
                self.expect(lake, ["new"])
                self.expect_clean()

    def age(self):
        """As if an hour had passed: files are older than any horizon."""
        past = time.time() - 3600
        for path in self.warehouse.rglob("*"):
            if path.is_file():
                os.utime(path, (past, past))

    def test_killed_at_random_moments(self):
        seed = int(os.environ.get("TIDEMARK_SEED", random.randrange(1 << 30) if os.environ.get("TIDEMARK_TEST_ALL") else 1))
        moments = random.Random(seed)
        rounds = 300 if os.environ.get("TIDEMARK_TEST_ALL") else 12
        lake = self.open()
        lake.publish("t", "SELECT 0 AS round, 0 AS i")
        for number in range(1, rounds + 1):
            victim = Lake(self.warehouse)
            self.addCleanup(victim.close)
            victim.query("SELECT count(*) FROM s.t")  # its engine is up
            for i in range(40):
                victim.send("publish", table="t", sql=f"SELECT {number} AS round, {i} AS i FROM range(1000)", mode="partitions", partition_by=["i"])
            time.sleep(moments.uniform(0, 0.6))
            victim.kill()
            rows = lake.query("SELECT round, i, count(*) FROM s.t WHERE round > 0 GROUP BY ALL ORDER BY ALL")
            self.assertEqual({row[2] for row in rows} - {"1000"}, set(), f"TIDEMARK_SEED={seed}: torn at round {number}")
            counts = [int(row[1]) for row in rows if row[0] == str(number)]
            self.assertEqual(counts, list(range(len(counts))), f"TIDEMARK_SEED={seed}: lost at round {number}")
        self.assertEqual(len(self.delta_rows("t")), int(lake.query("SELECT count(*) FROM s.t")[0][0]))
        lake.do("lock")
        self.age()
        lake.do("vacuum", retain_hours=0, retain_log_hours=0)
        self.expect_clean()


class Readers(LakeCase):
    def test_a_reader_sees_whole_versions_only(self):
        writer, reader = self.open(), self.open()
        writer.publish("t", "SELECT 0 AS n, i FROM range(1000) t(i)", cluster_by=["i"])
        writer.publish("u", "SELECT 0 AS n")
        seen = set()
        for n in range(1, 25):
            writer.send("publish", table="t", sql=f"SELECT {n} AS n, i FROM range(1000) t(i)", mode="replace" if n % 2 else "delete_insert", unique_key=["i"])
            for _ in range(3):
                rows = reader.query("SELECT n, count(*), count(DISTINCT i) FROM s.t GROUP BY n")
                self.assertEqual([row[1:] for row in rows], [["1000", "1000"]])
                seen.add(int(rows[0][0]))
                other = self.delta_rows("t", "n, i")
                self.assertEqual((len({row[0] for row in other}), len(other)), (1, 1000))
            writer.receive()
        self.assertGreater(len(seen), 5)
        self.assertTrue(seen <= set(range(25)))

    def test_a_statement_reads_what_was_there_when_it_began(self):
        """A long read goes on over the files of its version, whatever is committed meanwhile."""
        writer, reader = self.open(), self.open()
        writer.publish("t", "SELECT i FROM range(300000) t(i)")
        reader.query("SELECT count(*) FROM s.t")
        reader.send("query", sql="SELECT count(*) FROM s.t a, range(500) b WHERE hash(a.i, b.range) % 2 < 2")
        for n in range(5):
            writer.publish("t", f"SELECT {n} AS i")
        self.assertEqual(reader.receive(), [[str(300000 * 500)]])
        self.assertEqual(reader.query("SELECT * FROM s.t"), [["4"]])


class Competitors(LakeCase):
    def test_two_processes_append(self):
        one, two = self.open(), self.open()
        one.publish("t", "SELECT -1 AS who, -1 AS n")
        for n in range(15):
            one.send("publish", table="t", sql=f"SELECT 1 AS who, {n} AS n", mode="append")
            two.send("publish", table="t", sql=f"SELECT 2 AS who, {n} AS n", mode="append")
            one.receive()
            two.receive()
        self.assertEqual(len(self.delta_rows("t")), 31)
        self.assertEqual(one.query("SELECT who, count(DISTINCT n) FROM s.t GROUP BY who ORDER BY who"), [["-1", "1"], ["1", "15"], ["2", "15"]])

    def test_two_processes_count_up(self):
        """Read-modify-write: a lost update would show."""
        one, two = self.open(), self.open()
        one.publish("t", "SELECT 1 AS k, 0 AS n")
        for _ in range(10):
            one.send("execute", sql="UPDATE s.t SET n = n + 1")
            two.send("execute", sql="UPDATE s.t SET n = n + 1")
            for lake in (one, two):
                try:
                    lake.receive()
                except lake_case.LakeError as error:
                    self.assertEqual(error.code, "TM4205")  # refused, by name, and done again
                    lake.execute("UPDATE s.t SET n = n + 1")
        self.assertEqual(one.query("SELECT n FROM s.t"), [["20"]])

    def test_the_lock(self):
        one, two = self.open(), self.open()
        one.do("lock", command="run --select x")
        error = self.assert_fault("TM6010", lambda: two.do("lock"), str(one.process.pid), "run --select x")
        self.assertIn("locked by", error.message)
        two.send("lock", timeout=20)
        time.sleep(0.3)
        one.do("unlock")
        self.assertIn(str(one.process.pid), two.receive())  # it was told whom it waited for
        two.kill()
        one.do("lock")  # a dead holder holds nothing


if __name__ == "__main__":
    unittest.main()
