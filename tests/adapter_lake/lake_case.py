"""Drives lake warehouses through build/…/bin/lake_script: one JSON line for a statement, one for its answer."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

try:
    import deltalake
    import arro3.core
    import duckdb
except ImportError:
    deltalake = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = pathlib.Path(os.environ.get("TIDEMARK_BIN", ROOT / "build/release/bin/tidemark")).parent / "lake_script"


class LakeError(Exception):
    def __init__(self, answer):
        super().__init__(f"{answer['error']}: {answer['message']}")
        self.code = answer["error"]
        self.message = answer["message"]


class Lake:
    """A process that has a warehouse open."""

    def __init__(self, warehouse, crash_at=None, **options):
        environment = dict(os.environ)
        if crash_at:
            environment["TIDEMARK_CRASH_AT"] = crash_at
        self.process = subprocess.Popen([SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.do("open", warehouse=str(warehouse), **options)

    def send(self, verb, **arguments):
        self.process.stdin.write(json.dumps({"do": verb, **arguments}) + "\n")
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        if not line:
            raise Killed(self.process.wait())
        answer = json.loads(line)
        if "error" in answer:
            raise LakeError(answer)
        return answer["ok"]

    def do(self, verb, **arguments):
        self.send(verb, **arguments)
        return self.receive()

    def publish(self, table, sql, mode="replace", **more):
        return self.do("publish", table=table, sql=sql, mode=mode, **more)

    def query(self, sql):
        return self.do("query", sql=sql)

    def execute(self, sql):
        return self.do("execute", sql=sql)

    def state(self, table):
        return self.do("state", table=table)

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait()
        self.process.stdout.close()

    def kill(self):
        self.process.kill()
        self.process.wait()


def canonical(rows):
    return sorted((tuple(row) for row in rows), key=repr)


class Killed(Exception):
    """The process is gone; `status` as Popen has it."""

    def __init__(self, status):
        super().__init__(f"ended with {status}")
        self.status = status
        self.by_kill = status == -signal.SIGKILL


class LakeCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        if deltalake is None:
            self.skipTest("the Python packages deltalake and duckdb are not installed (tools/setup.sh --tests)")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tm_lake_"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.warehouse = self.folder / "w"

    def open(self, **options):
        lake = Lake(self.warehouse, **options)
        self.addCleanup(lake.close)
        return lake

    def table(self, name):
        return self.warehouse / "s" / name

    def delta(self, name, **options):
        return deltalake.DeltaTable(str(self.table(name)), **options)

    def delta_rows(self, name, columns="*", **options):
        """Rows as delta-rs reads them, sorted."""
        reader = deltalake.QueryBuilder().register("t", self.delta(name, **options)).execute(f"SELECT {columns} FROM t")
        read = arro3.core.Table.from_arrow(reader)
        return canonical(self.duck().from_arrow(read).fetchall())

    def duck_rows(self, sql):
        return canonical(self.duck().sql(sql).fetchall())

    def duck(self):
        if not hasattr(self, "_duck"):
            self._duck = duckdb.connect()
            self._duck.execute("SET TimeZone = 'UTC'")
        return self._duck

    def log(self, name, version):
        """The actions of a log entry."""
        return [json.loads(line) for line in self.log_path(name, version).read_text().splitlines()]

    def log_path(self, name, version):
        return self.table(name) / "_delta_log" / f"{version:020}.json"

    def assert_fault(self, code, action, *words):
        with self.assertRaises(LakeError) as caught:
            action()
        self.assertEqual(caught.exception.code, code, caught.exception)
        for word in words:
            self.assertIn(word, caught.exception.message)
        return caught.exception
