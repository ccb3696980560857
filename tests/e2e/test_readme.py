"""Every command of README.md and of the example's READMEs is run, block by block, on small data in a copy of the tree.

Network addresses become a server on this machine that gives generated months, and `make test`, which would run this
test again, is only resolved. Nothing else is changed.
"""

import http.server
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

import harness

ROWS = 300
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What the commands find: the binary under test, small months, and no build inside of a test.
PRELUDE = """
set -euo pipefail
make() {
  case "$*" in
    test) command make --dry-run test >/dev/null ;;
    install*|lint|bench*|asan|tsan|golden|test-all|format) command make --dry-run "$@" >/dev/null ;;
    *) command make --no-print-directory --old-file build BINARY="$TIDEMARK_BIN" DEMO_ROWS="$ROWS" WORKBENCH_PORT=0 "$@" ;;
  esac
}
tidemark() { "$TIDEMARK_BIN" "$@"; }
sudo() { :; }
git() { case $1 in clone) mkdir -p "${@: -1}" ;; *) command git "$@" ;; esac; }
"""


def blocks(document, language="bash"):
    return [text for kind, text in BLOCK.findall((harness.ROOT / document).read_text()) if kind == language]


class Readme(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.months = pathlib.Path(tempfile.mkdtemp(prefix="tm_months_"))
        cls.addClassCleanup(shutil.rmtree, cls.months)
        example = harness.ROOT / "examples/nyc_taxi"
        cls.copied = cls.months / "generator"
        shutil.copytree(example, cls.copied, ignore=shutil.ignore_patterns("data", "target", "logs", ".tidemark"))
        for start, end in (("2024-01", "2024-12"), ("2021-01", "2021-03")):
            arguments = f"{{start: {start}, end: {end}, rows: {ROWS}, folder: {cls.months}}}"
            subprocess.run([harness.BIN, "run-operation", "generate_sample", "--args", arguments], cwd=cls.copied, check=True, capture_output=True)

        class Quiet(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=str(cls.months))

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        cls.url = f"http://127.0.0.1:{server.server_port}/"

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tm_readme_"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        for name in ("Makefile", "examples", "tools", "tests/requirements.txt", "CMakeLists.txt", "CMakePresets.json"):
            source, target = harness.ROOT / name, self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("data", "target", "logs", ".tidemark"))
            else:
                shutil.copy(source, target)
        sources = self.folder / "examples/nyc_taxi/models/sources.yml"
        sources.write_text(re.sub(r"https://\S+/(?=yellow_)", self.url, sources.read_text()))

    def run_block(self, text, cwd):
        environment = {**harness.clean_env(), "TIDEMARK_BIN": harness.BIN, "ROWS": str(ROWS)}
        process = subprocess.run(["bash", "-c", PRELUDE + text], cwd=cwd, env=environment, capture_output=True, text=True, timeout=harness.TIME_LIMIT, stdin=subprocess.DEVNULL)
        self.assertEqual(process.returncode, 0, f"{text}\n{process.stdout[-4000:]}\n{process.stderr[-4000:]}")
        return process.stdout

    def run_document(self, document, cwd=None):
        """Blocks of make targets are run at the root, others in `cwd`."""
        found = blocks(document)
        self.assertTrue(found, f"{document} has no commands")
        return [self.run_block(text, self.folder if text.startswith("make") else cwd or self.folder) for text in found]

    def example(self):
        return self.folder / "examples/nyc_taxi"

    def test_readme(self):
        project = self.folder / "my-dbt-project"
        (project / "models").mkdir(parents=True)
        (project / "dbt_project.yml").write_text("name: mine\nversion: '1.0'\n")
        (project / "models/my_model.sql").write_text("{{ config(materialized='table') }} select 1 as one\n")
        said = "".join(self.run_document("README.md"))
        self.assertIn("all versions agree with a full rebuild over the files", said)
        self.assertTrue((self.example() / "data/raw/yellow_tripdata_2021-03.parquet").exists(), "make demo-late-data")
        self.assertTrue((project / "data/warehouse").is_dir())

    def test_example(self):
        said = "".join(self.run_document("examples/nyc_taxi/README.md", cwd=self.example()))
        self.assertIn("all versions agree", said)

    def test_versions(self):
        self.run_block("make download-data", self.folder)
        for document in sorted((harness.ROOT / "examples/nyc_taxi/docs").glob("version-*.md")):
            with self.subTest(document=document.name):
                self.run_document(document.relative_to(harness.ROOT))

    def test_the_model_in_the_readme_is_right(self):
        models = blocks("README.md", "sql")
        self.assertEqual(len(models), 2)
        for model in models:
            with self.subTest(model=model):
                self.setUp()
                self.check_model(model)

    def check_model(self, model):
        (self.example() / "models/metrics/by_day.sql").write_text(model)
        self.run_block("make sample-data && make demo-01 TARGET=sample", self.folder)
        compare = "select count(*) as off from {{ ref('by_day') }} as a full join {{ ref('agg_daily_revenue_v1') }} as b using (trip_date) where abs(a.daily_revenue - b.daily_revenue) > 1e-9 * b.daily_revenue or (a.trip_date is null) <> (b.trip_date is null) or a.daily_revenue is null or b.daily_revenue is null"
        (self.example() / "tests/by_day.sql").write_text(f"select * from ({compare}) as counted where off > 0\n")
        for step in ("make demo-late-data TARGET=sample", "rm examples/nyc_taxi/data/sample/yellow_tripdata_2024-02.parquet"):
            self.run_block(f"(cd examples/nyc_taxi && tidemark build --select stg_trips by_day agg_daily_revenue_v1 --indirect-selection cautious --target sample)\n{step}\n", self.folder)
        self.run_block("cd examples/nyc_taxi && tidemark build --select stg_trips by_day agg_daily_revenue_v1 --indirect-selection cautious --target sample", self.folder)


if __name__ == "__main__":
    unittest.main()
