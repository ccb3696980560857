"""Drives the real binary from outside, as a user would.

TIDEMARK_BIN names the binary; the oracles are the Python packages duckdb and deltalake.
"""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import textwrap
import unittest

try:
    import duckdb
except ImportError:
    duckdb = None
try:
    import deltalake
except ImportError:
    deltalake = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = os.environ.get("TIDEMARK_BIN", str(ROOT / "build/release/bin/tidemark"))
TLC = os.environ.get("TIDEMARK_TLC_DIR", "")
TIME_LIMIT = 300  # seconds for one command: a hang, not a slow machine


class Outcome:
    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr
        self.all = self.out + self.err


class ProjectCase(unittest.TestCase):
    """A test with a project of its own in a temporary folder."""

    maxDiff = None

    def setUp(self):
        if duckdb is None or deltalake is None:
            self.skipTest("the Python packages duckdb and deltalake are not installed (tools/setup.sh --tests)")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tm_e2e_"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.write("dbt_project.yml", "name: shop\nversion: '1.0'\nprofile: shop\n")
        self.write("profiles.yml", "shop:\n  target: dev\n  outputs:\n    dev: {type: lake, path: data/warehouse, schema: analytics, threads: 2}\n")

    # -- files

    def path(self, name):
        return self.folder / name

    def write(self, name, text):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        return path

    def remove(self, name):
        self.path(name).unlink()

    def model(self, name, sql, folder="models"):
        return self.write(f"{folder}/{name}.sql", sql)

    def parquet(self, name, query):
        """Writes the rows of a DuckDB query as a Parquet file of the project."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as db:
            db.execute(f"copy ({query}) to '{path}.new' (format parquet)")
        os.replace(f"{path}.new", path)
        return path

    # -- commands

    def tidemark(self, *args, code=0, env=None, cwd=None, time_limit=TIME_LIMIT):
        """Runs tidemark and asserts its exit code; code=None asserts nothing."""
        process = subprocess.run([BIN, *args], cwd=cwd or self.folder, env={**clean_env(), **(env or {})}, capture_output=True, text=True, timeout=time_limit, stdin=subprocess.DEVNULL)
        outcome = Outcome(process)
        if code is not None:
            self.assertEqual(outcome.code, code, f"tidemark {' '.join(args)}\n{outcome.out}\n{outcome.err}")
        self.assertNotIn("terminate called", outcome.err)
        return outcome

    def tidemark_as_nobody(self, *args, code=None):
        """Runs tidemark as a user without any rights of its own; what it must write has to be writable for all."""
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if os.geteuid() != 0 or subprocess.run([*command, BIN, "--version"], capture_output=True).returncode != 0:
            self.skipTest("another user can't be taken on here, or can't run the program")
        self.folder.chmod(0o755)
        process = subprocess.run([*command, BIN, *args], cwd=self.folder, env={**clean_env(), "HOME": "/nonexistent"}, capture_output=True, text=True, timeout=TIME_LIMIT, stdin=subprocess.DEVNULL)
        outcome = Outcome(process)
        if code is not None:
            self.assertEqual(outcome.code, code, f"tidemark {' '.join(args)} as nobody\n{outcome.out}\n{outcome.err}")
        return outcome

    def writable_for_all(self, *names):
        for name in names:
            self.path(name).mkdir(parents=True, exist_ok=True)
            for path in [self.path(name), *self.path(name).rglob("*")]:
                path.chmod(0o777 if path.is_dir() else 0o666)

    def start(self, *args, env=None):
        process = subprocess.Popen([BIN, *args], cwd=self.folder, env={**clean_env(), **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)

        def stop():
            if process.poll() is None:
                process.kill()
            process.communicate()

        self.addCleanup(stop)
        return process

    def failing(self, *args, code, saying, **more):
        """Runs a command that must fail with this exit code and name all of `saying` in what it prints."""
        outcome = self.tidemark(*args, code=code, **more)
        for text in [saying] if isinstance(saying, str) else saying:
            self.assertIn(text, outcome.all)
        return outcome

    # -- what is published

    def table_path(self, name, schema="analytics", warehouse="data/warehouse"):
        return str(self.path(warehouse) / schema / name)

    def table(self, name, order=None, **where):
        """Rows of a published table, read by delta-rs and DuckDB, sorted."""
        uris = deltalake.DeltaTable(self.table_path(name, **where)).file_uris()
        with duckdb.connect() as db:
            if not uris:
                return []
            rows = db.execute(f"select * from read_parquet({uris!r}, union_by_name = true)").fetchall()
        return sorted(rows, key=lambda row: tuple((value is not None, str(value)) for value in row)) if order is None else sorted(rows, key=order)

    def version(self, name, **where):
        return deltalake.DeltaTable(self.table_path(name, **where)).version()

    def query(self, sql):
        """Rows of a query run by plain DuckDB in the project's folder."""
        with duckdb.connect() as db:
            db.execute(f"set file_search_path = '{self.folder}'")
            rows = db.execute(sql).fetchall()
        return sorted(rows, key=lambda row: tuple((value is not None, str(value)) for value in row))

    def assert_rows(self, found, expected, relative=1e-9):
        """Equal rows; doubles to within `relative` of themselves, NaN equal to NaN."""
        self.assertEqual(len(found), len(expected), f"\nfound    {found[:20]}\nexpected {expected[:20]}")
        for one, other in zip(found, expected):
            for a, b in zip(one, other):
                if isinstance(a, float) and isinstance(b, float):
                    if a != a and b != b:
                        continue
                    self.assertLessEqual(abs(a - b), relative * max(abs(a), abs(b)), f"{one} is not {other}")
                else:
                    self.assertEqual(a, b, f"{one} is not {other}")

    def json_lines(self, text):
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def run_results(self):
        results = json.loads(self.path("target/run_results.json").read_text())["results"]
        return {result["unique_id"]: result for result in results}


def clean_env():
    """This process's environment without anything that steers dbt or tidemark."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "TIDEMARK_CRASH"))}


def first_seed():
    """Of random tests: TIDEMARK_SEED; else always the same in `make test`, and a new one each time in `make test-all`."""
    drawn = random.randrange(1 << 30) if os.environ.get("TIDEMARK_TEST_ALL") else 1
    return int(os.environ.get("TIDEMARK_SEED", drawn))


def tlc_folder(test):
    if not TLC or not pathlib.Path(TLC).is_dir():
        test.skipTest("TIDEMARK_TLC_DIR does not name the folder of the real TLC files")
    return pathlib.Path(TLC)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()
