"""Disks that fill up, folders that must not be written, logs that are damaged or too new: clear errors, published data untouched."""

import json
import os
import pathlib
import subprocess
import unittest

from lake_case import LakeCase


class Faults(LakeCase):
    def setUp(self):
        super().setUp()
        self.lake = self.open()
        self.lake.publish("t", "SELECT i, 'x' AS t FROM range(10) r(i)")

    def assert_untouched(self, table="t", rows=10):
        self.assertEqual(len(self.delta_rows(table)), rows)
        self.assertEqual(self.open().query(f"SELECT count(*) FROM s.{table}"), [[str(rows)]])

    def append_entry(self, *actions):
        version = max(int(path.name[:20]) for path in (self.table("t") / "_delta_log").glob("*.json"))
        path = self.log_path("t", version + 1)
        path.write_text("".join(action if isinstance(action, str) else json.dumps(action) + "\n" for action in actions))
        return path

    # -- the log

    def test_damaged_entries(self):
        for text in ['{"add":{"path":', "\0\0\0\0\n", '{"add":{"partitionValues":{}}}\n', "not json\n"]:
            with self.subTest(text):
                path = self.append_entry(text)
                error = self.assert_fault("TM4320", lambda: self.open().query("SELECT * FROM s.t"))
                self.assertIn("s.t", error.message)
                self.assert_fault("TM4320", lambda: self.lake.publish("t", "SELECT 1 AS i, 'y' AS t", mode="append"))
                path.unlink()
                self.assert_untouched()

    def test_an_entry_that_is_gone(self):
        self.lake.publish("t", "SELECT 1 AS i, 'y' AS t", mode="append")
        kept = self.log_path("t", 0).read_text()
        self.log_path("t", 0).unlink()
        self.assert_fault("TM4320", lambda: self.open().query("SELECT * FROM s.t"), "s.t")
        self.log_path("t", 0).write_text(kept)
        self.assert_untouched(rows=11)

    def test_a_log_without_schema(self):
        self.log_path("t", 0).write_text('{"commitInfo":{"timestamp":1}}\n{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}\n')
        self.assert_fault("TM4320", lambda: self.open().query("SELECT * FROM s.t"), "s.t", "metaData")

    def test_a_schema_that_is_none(self):
        entry = self.log("t", 0)
        for action in entry:
            if "metaData" in action:
                action["metaData"]["schemaString"] = '{"type":"struct"}'
        self.log_path("t", 0).write_text("".join(json.dumps(action) + "\n" for action in entry))
        self.assert_fault("TM4311", lambda: self.open().query("SELECT * FROM s.t"), "s.t")

    def test_newer_protocols(self):
        reader = {"protocol": {"minReaderVersion": 4, "minWriterVersion": 7, "readerFeatures": [], "writerFeatures": []}}
        feature = {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}}
        for protocol, word in ((reader, "version 4"), (feature, "deletionVectors")):
            path = self.append_entry(protocol)
            for action in (lambda lake: lake.query("SELECT * FROM s.t"), lambda lake: lake.publish("t", "SELECT 1 AS i, 'y' AS t", mode="append")):
                self.assert_fault("TM4330", lambda: action(self.open()), "s.t", word)
            path.unlink()
        writers = [({"minReaderVersion": 1, "minWriterVersion": 8}, "version 8"), ({"minReaderVersion": 1, "minWriterVersion": 5}, "version 5"),
                   ({"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": [], "writerFeatures": ["rowTracking"]}, "rowTracking")]
        for protocol, word in writers:
            path = self.append_entry({"protocol": protocol})
            lake = self.open()
            self.assertEqual(len(lake.query("SELECT * FROM s.t")), 10)  # may be read
            self.assert_fault("TM4331", lambda: lake.publish("t", "SELECT 1 AS i, 'y' AS t", mode="append"), "s.t", word)
            self.assert_fault("TM4331", lambda: lake.do("compact", table="t") and lake.execute("DELETE FROM s.t"), "s.t", word)
            path.unlink()
        self.assert_untouched()

    def test_append_only_tables(self):
        entry = self.log("t", 0)
        meta = next(action for action in entry if "metaData" in action)
        meta["metaData"]["configuration"] = {"delta.appendOnly": "true"}
        path = self.append_entry(meta)
        self.assert_fault("TM4331", lambda: self.open().execute("DELETE FROM s.t"), "append-only")
        path.unlink()
        self.assert_untouched()

    def test_damaged_views_are_named(self):
        self.lake.do("view", table="v", sql="SELECT * FROM s.t")
        (self.warehouse / "s" / "v.view.json").write_text("{")
        self.assert_fault("TM4350", lambda: self.open().query("SELECT * FROM s.v"))

    # -- data files

    def test_a_data_file_that_is_gone_or_damaged(self):
        for damage in (lambda file: file.unlink(), lambda file: file.write_bytes(file.read_bytes()[:-30])):
            self.lake.publish("d", "SELECT i FROM range(100) r(i)")
            file = pathlib.Path(self.delta("d").file_uris()[0].removeprefix("file://"))
            damage(file)
            error = self.assert_fault("TM4214", lambda: self.open().query("SELECT * FROM s.d"), "s.d", file.name)
            self.assertTrue(error.message)
            # another table is none the worse, and the damaged one can be written anew
            self.assertEqual(len(self.lake.query("SELECT * FROM s.t")), 10)
            self.lake.publish("d", "SELECT 1 AS i")
            self.assertEqual(self.delta_rows("d"), [(1,)])

    # -- folders

    def test_no_permission(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        for folder in (self.table("t"), self.table("t") / "_delta_log"):
            folder.chmod(0o555)
            self.assert_fault("TM4902", lambda: self.lake.publish("t", "SELECT 1 AS i, 'y' AS t", mode="append"), str(folder))
            folder.chmod(0o755)
            self.assert_untouched()

    def test_a_folder_that_cannot_be_written(self):
        """Holds for root too: a file stands where a folder must be."""
        (self.warehouse / "blocked").write_text("")
        self.assert_fault("TM4902", lambda: self.lake.publish("x", "SELECT 1 AS i", schema="blocked"), "blocked")
        self.assert_untouched()

    def test_a_disk_that_fills_up(self):
        small = self.folder / "small"
        small.mkdir()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small], capture_output=True).returncode:
            self.skipTest("a small disk takes root and mount")
        self.addCleanup(subprocess.run, ["umount", "-l", small])
        self.warehouse = small / "w"
        lake = self.open()
        lake.publish("t", "SELECT i, 'x' AS t FROM range(10) r(i)")
        big = "SELECT i, md5(i::VARCHAR) AS t FROM range(600000) r(i)"
        for mode in ("replace", "append"):
            error = self.assert_fault("TM4903", lambda: lake.publish("t", big, mode=mode))
            self.assertTrue(error.message)
            self.assert_untouched()
        # what was written of it is gone: there is room again
        lake.publish("t", "SELECT i, md5(i::VARCHAR) AS t FROM range(20000) r(i)", mode="append")
        self.assert_untouched(rows=20010)
        # not a byte left, not even for the log
        filler = small / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 4096)
            except OSError:
                pass
        self.assert_fault("TM4903", lambda: lake.publish("t", "SELECT 1 AS i, 'y' AS t", mode="append"))
        self.assert_fault("TM4903", lambda: lake.do("view", table="v", sql="SELECT 1 AS i"))
        filler.unlink()
        self.assert_untouched(rows=20010)
        # known beforehand, where a reserve is asked for
        careful = self.open(reserve=100 << 20)
        self.assert_fault("TM4207", lambda: careful.publish("t", "SELECT 1 AS i, 'y' AS t", mode="append"), "free")
        self.assert_untouched(rows=20010)


if __name__ == "__main__":
    unittest.main()
