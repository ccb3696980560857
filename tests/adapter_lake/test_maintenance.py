"""Vacuum, compaction, and reading tables as they were."""

import json
import os
import time
import unittest

from lake_case import LakeCase, deltalake

HOUR = 3600


class Maintenance(LakeCase):
    def setUp(self):
        super().setUp()
        self.lake = self.open()

    def files(self, name="t"):
        return {path for path in self.table(name).rglob("*.parquet") if "_delta_log" not in path.parts}

    def everything(self):
        return {path: path.stat().st_mtime_ns for path in self.warehouse.rglob("*") if path.is_file()}

    def age(self, hours, only=None):
        """As if everything written so far were older, commit times included."""
        for path in self.warehouse.rglob("*"):
            if not path.is_file() or (only and only not in path.parts):
                continue
            stamp = path.stat().st_mtime - hours * HOUR
            if path.parent.name == "_delta_log" and path.suffix == ".json":
                lines = path.read_text().splitlines()
                actions = [json.loads(line) for line in lines]
                for action in actions:
                    if "commitInfo" in action:
                        action["commitInfo"]["timestamp"] -= hours * HOUR * 1000
                    if "remove" in action:
                        action["remove"]["deletionTimestamp"] -= hours * HOUR * 1000
                path.write_text("".join(json.dumps(action) + "\n" for action in actions))
            if path.parent.name == "versions":
                body = json.loads(path.read_text())
                body["finished_at"] -= hours * HOUR * 1000
                path.write_text(json.dumps(body))
            os.utime(path, (stamp, stamp))
        for path in self.warehouse.rglob("*.tidemark"):
            path.unlink()  # told the old times
        self.lake.close()
        self.lake = self.open()


class Vacuum(Maintenance):
    def test_only_what_no_retained_version_needs_goes(self):
        lake = self.lake
        lake.publish("t", "SELECT 1 AS i")
        lake.publish("t", "SELECT 2 AS i")
        old = self.files()
        self.age(24 * 10)  # both versions are ten days old; the newer one was current until now
        lake = self.lake
        lake.publish("t", "SELECT 3 AS i")
        lake.publish("t", "SELECT 4 AS i")
        before = self.everything()
        dry = lake.do("vacuum", dry_run=True)
        self.assertEqual(self.everything(), before)  # not a byte written
        self.assertEqual(len(dry["paths"]), 1)
        done = lake.do("vacuum")
        self.assertEqual(done, dry)
        self.assertEqual(set(before) - set(self.everything()), {self.table("t") / os.path.basename(dry["paths"][0])})
        self.assertEqual(self.delta_rows("t"), [(4,)])
        for version, expected in ((1, 2), (2, 3), (3, 4)):
            self.assertEqual(lake.do("query_at", table="t", version=version, sql="SELECT i FROM s.t"), [[str(expected)]])
        self.assert_fault("TM4214", lambda: lake.do("query_at", table="t", version=0, sql="SELECT i FROM s.t"), "s.t", "gone")
        self.assertEqual(len(old & self.files()), 1)
        self.assertEqual(lake.do("vacuum")["paths"], [])

    def test_a_table_that_stays_as_it_is_loses_nothing(self):
        self.lake.publish("t", "SELECT i, i % 3 AS p FROM range(9) r(i)", folders=["p"])
        self.age(24 * 100)
        self.assertEqual(self.lake.do("vacuum", retain_hours=0)["paths"], [])
        self.assertEqual(len(self.delta_rows("t")), 9)

    def test_files_of_nobody_go_when_they_are_old(self):
        self.lake.publish("t", "SELECT i, i % 2 AS p FROM range(4) r(i)", folders=["p"])
        young = self.table("t") / "part-young.parquet"
        old = self.table("t") / "p=1" / "part-old.parquet"
        temporary = self.table("t") / "_delta_log" / ".00000000000000000009.json.abc.tmp"
        hidden = self.table("t") / "_somebody" / "part.parquet"
        hidden.parent.mkdir()
        for path in (young, old, temporary, hidden):
            path.write_bytes(b"x" * 10)
        past = time.time() - 8 * 24 * HOUR
        for path in (old, temporary, hidden):
            os.utime(path, (past, past))
        done = self.lake.do("vacuum")
        self.assertEqual(sorted(done["paths"]), sorted([str(old), str(temporary)]))
        self.assertTrue(young.exists() and hidden.exists())
        self.assertEqual(done["parts"]["leftovers"], [1, 10])

    def test_what_maps_and_commits_refer_to_stays(self):
        lake = self.lake
        ledgers = self.warehouse / "_tidemark" / "ledgers"
        (ledgers / "s.t").mkdir(parents=True)
        for name in ("one", "two", "three"):
            (ledgers / "s.t" / f"{name}.json").write_text(name)
        lake.publish("contributions", "SELECT 1 AS i")
        lake.publish("contributions", "SELECT 2 AS i")
        lake.publish("t", "SELECT 1 AS i", commit={"ledger": "s.t/one.json", "pins": {"contributions": 0}})
        lake.publish("t", "SELECT 2 AS i", commit={"ledger": "s.t/two.json", "pins": {"contributions": 1}})
        lake.do("record_versions")
        lake.publish("contributions", "SELECT 3 AS i")
        lake.publish("t", "SELECT 3 AS i", commit={"ledger": "s.t/three.json", "pins": {"contributions": 2}})
        self.age(24 * 10)
        done = self.lake.do("vacuum", ledgers=str(ledgers))
        # the map of the finished run names t@1 and contributions@1: a reader may still use it, as it is the newest one
        self.assertEqual({path.name for path in (ledgers / "s.t").iterdir()}, {"three.json"})
        self.assertEqual(self.lake.do("query_at", table="t", version=1, sql="SELECT i FROM s.t"), [["2"]])
        self.assertEqual(self.lake.do("query_at", table="contributions", version=1, sql="SELECT i FROM s.contributions"), [["2"]])
        self.assert_fault("TM4214", lambda: self.lake.do("query_at", table="t", version=0, sql="SELECT i FROM s.t"))
        self.assertEqual(done["parts"]["ledgers"][0], 2)
        self.lake.do("record_versions")
        self.age(24 * 10)
        self.lake.do("record_versions")
        self.lake.do("vacuum", ledgers=str(ledgers))
        self.assert_fault("TM4214", lambda: self.lake.do("query_at", table="t", version=1, sql="SELECT i FROM s.t"))
        self.assertEqual(len(list((self.warehouse / "_tidemark" / "versions").glob("*.json"))), 2)  # the newest before the horizon, and what came after
        self.assertEqual(self.lake.query("SELECT i FROM s.t"), [["3"]])

    def test_pinned_versions_stay_as_long_as_who_pins_them(self):
        lake = self.lake
        lake.publish("c", "SELECT 1 AS i")
        lake.publish("t", "SELECT 1 AS i", commit={"pins": {"c": 0}})
        lake.publish("c", "SELECT 2 AS i")
        self.age(24 * 10)
        self.lake.do("vacuum", retain_hours=0)
        self.assertEqual(self.lake.do("query_at", table="c", version=0, sql="SELECT i FROM s.c"), [["1"]])
        self.lake.publish("t", "SELECT 2 AS i", commit={"pins": {"c": 1}})
        self.age(24 * 10)
        self.lake.do("vacuum", retain_hours=0)
        self.assert_fault("TM4214", lambda: self.lake.do("query_at", table="c", version=0, sql="SELECT i FROM s.c"))

    def test_old_log_entries_go_behind_a_checkpoint(self):
        for i in range(25):
            self.lake.publish("t", f"SELECT {i} AS i", mode="append", commit={"node": f"n{i}"})
        self.age(24 * 40)
        self.lake.publish("t", "SELECT 25 AS i", mode="append", commit={"node": "n25"})
        self.lake.do("vacuum")
        left = sorted(path.name for path in (self.table("t") / "_delta_log").glob("*.json"))
        self.assertEqual(left[0], f"{20:020}.json")
        self.assertEqual(len(self.delta_rows("t")), 26)
        fresh = self.open()
        self.assertEqual(fresh.query("SELECT count(*) FROM s.t"), [["26"]])
        self.assertEqual(fresh.state("t")["own"]["node"], "n25")
        self.assertEqual(fresh.do("query_at", table="t", version=22, sql="SELECT count(*) FROM s.t"), [["23"]])
        self.assert_fault("TM4320", lambda: fresh.do("query_at", table="t", version=5, sql="SELECT count(*) FROM s.t"))
        fresh.publish("t", "SELECT 26 AS i", mode="append")
        self.assertEqual(len(self.delta_rows("t")), 27)

    def test_a_table_that_cannot_be_read_stops_it(self):
        self.lake.publish("t", "SELECT 1 AS i")
        self.lake.publish("t", "SELECT 2 AS i")
        self.lake.publish("u", "SELECT 1 AS i")
        self.age(24)
        self.log_path("u", 1).write_text("{")
        before = self.everything()
        self.assert_fault("TM4320", lambda: self.lake.do("vacuum", retain_hours=0), "s.u")
        self.assertEqual(self.everything(), before)


class Compaction(Maintenance):
    def test_many_files_become_few(self):
        lake = self.lake
        lake.publish("t", "SELECT 0 AS i, 'n0' AS t, [0.5::DOUBLE] AS l", commit={"node": "m", "ledger": "x"})
        for i in range(1, 20):
            lake.publish("t", f"SELECT {i} AS i, 'n{i}' AS t, [{i}.5::DOUBLE] AS l", mode="append", commit={"node": "m", "ledger": f"x{i}"})
        rows = self.delta_rows("t")
        before = lake.state("t")
        done = lake.do("compact", table="t", cluster_by=["i"])
        self.assertEqual((done["removed"], done["added"], done["version"]), (20, 1, before["version"] + 1))
        self.assertEqual(self.delta_rows("t"), rows)
        self.assertEqual(len(self.delta("t").file_uris()), 1)
        after = lake.state("t")
        self.assertEqual((after["own"], after["foreign"], after["data_version"]), (before["own"], False, before["version"]))
        self.assertEqual(self.open().state("t"), after)
        for action in self.log("t", done["version"]):
            for kind in ("add", "remove"):
                if kind in action:
                    self.assertFalse(action[kind]["dataChange"])
        self.assertEqual(lake.do("compact", table="t"), {"version": done["version"], "removed": 0, "added": 0})
        self.assertEqual(lake.do("query_at", table="t", version=3, sql="SELECT count(*) FROM s.t"), [["4"]])

    def test_partition_folders_by_themselves(self):
        lake = self.lake
        for i in range(6):
            lake.publish("t", f"SELECT {i} AS i, CASE {i} WHEN 5 THEN 'alone' WHEN 4 THEN NULL ELSE 'p' || {i} % 2 END AS p", mode="append", folders=["p"])
        lake.publish("t", "SELECT 40 AS i, NULL AS p", mode="append", folders=["p"])
        rows = self.delta_rows("t", "i, p")
        done = lake.do("compact", table="t")
        self.assertEqual((done["removed"], done["added"]), (6, 3))
        self.assertEqual(self.delta_rows("t", "i, p"), rows)

    def test_a_foreign_change_stays_foreign(self):
        lake = self.lake
        lake.publish("t", "SELECT 1::BIGINT AS i", commit={"node": "m"})
        deltalake.write_deltalake(str(self.table("t")), self.duck().sql("SELECT 2::BIGINT AS i"), mode="append")
        lake.do("compact", table="t")
        self.assertTrue(lake.state("t")["foreign"])
        self.assertEqual(self.delta_rows("t"), [(1,), (2,)])


class TimeTravel(Maintenance):
    def test_versions_and_times(self):
        lake = self.lake
        lake.publish("t", "SELECT 1 AS i")
        lake.publish("u", "SELECT 'a' AS x")
        lake.do("view", table="v", sql="SELECT i, x FROM s.t, s.u")
        time.sleep(0.01)
        first = lake.state("u")["time_ms"]
        lake.publish("t", "SELECT 2 AS i, 0.5 AS more")
        lake.publish("u", "SELECT 'b' AS x")
        self.assertEqual(lake.do("query_at", table="t", version=0, sql="SELECT * FROM s.t"), [["1"]])
        self.assertEqual(lake.do("query_at", table="t", version=1, sql="SELECT * FROM s.t"), [["2", "0.5"]])
        self.assertEqual(lake.do("query_at", table="t", version=0, sql="SELECT * FROM s.v"), [["1", "b"]])  # only that table
        self.assertEqual(lake.do("query_at", time_ms=first, sql="SELECT * FROM s.v"), [["1", "a"]])
        self.assertEqual(lake.do("query_at", time_ms=first + 10**9, sql="SELECT * FROM s.v"), [["2", "b"]])
        self.assertEqual(lake.query("SELECT * FROM s.v"), [["2", "b"]])  # sessions of the present see the present
        self.assert_fault("TM4321", lambda: lake.do("query_at", table="t", version=7, sql="SELECT * FROM s.t"), "s.t", "7")
        self.assert_fault("TM4322", lambda: lake.do("query_at", time_ms=1000, sql="SELECT * FROM s.t"), "s.t")
        for statement in ("DELETE FROM s.t", "INSERT INTO s.t VALUES (1, 2)", "DROP TABLE s.t", "CREATE TABLE s.n AS SELECT 1 AS i",
                          "CREATE VIEW s.w AS SELECT 1 AS i", "ALTER TABLE s.t RENAME TO z", "TRUNCATE s.t", "CREATE SCHEMA z", "COMMENT ON TABLE s.t IS 'c'"):
            self.assert_fault("TM4222", lambda: lake.do("query_at", time_ms=first, execute=statement))

    def test_agrees_with_delta_rs(self):
        for i in range(15):
            self.lake.publish("t", f"SELECT {i} AS i", mode="append" if i % 4 else "replace")
        for version in range(15):
            rows = self.lake.do("query_at", table="t", version=version, sql="SELECT i FROM s.t ORDER BY i")
            self.assertEqual([int(row[0]) for row in rows], sorted(row[0] for row in self.delta_rows("t", version=version)))


if __name__ == "__main__":
    unittest.main()
