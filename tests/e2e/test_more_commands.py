"""Commands around a run: init, plan, snapshot, retry, clone, docs, deps, clean, source freshness, ls in JSON; files they write."""

import datetime
import json
import os
import subprocess
import time
import socket
import unittest

from harness import ProjectCase


class MoreCommands(ProjectCase):
    def setUp(self):
        super().setUp()
        self.model("one", "{{ config(materialized='table') }}\nselect 1 as n")
        self.model("two", "{{ config(materialized='table') }}\nselect n + 1 as n from {{ ref('one') }}")

    def test_init_makes_a_project_that_builds(self):
        self.tidemark("init", "fresh")
        outcome = self.tidemark("build", cwd=self.path("fresh"))
        self.assertIn("Completed successfully", outcome.out)
        self.failing("init", "fresh", code=2, saying="fresh")
        self.failing("init", "1st", code=2, saying="1st")

    def test_summary_lines_are_dbts(self):
        out = self.tidemark("run").out
        self.assertRegex(out, r"Found 2 models, \d+ macros")
        self.assertIn("Concurrency: 2 threads (target='dev')", out)
        self.assertRegex(out, r"1 of 2 START sql table model analytics\.one \.+ \[RUN\]")
        self.assertRegex(out, r"2 of 2 OK created sql table model analytics\.two \.+ \[.* in \d+\.\d\ds\]")
        self.assertRegex(out, r"Finished running 2 table models in 0 hours 0 minutes and \d+\.\d\d seconds \(\d+\.\d\ds\)\.")
        self.assertIn("Completed successfully", out)
        self.assertIn("Done. PASS=2 WARN=0 ERROR=0 SKIP=0 TOTAL=2", out)

    def test_files_that_a_run_leaves(self):
        self.tidemark("run")
        for name in ["manifest.json", "run_results.json", "compiled/shop/models/two.sql", "run/shop/models/two.sql"]:
            self.assertTrue(self.path("target/" + name).is_file(), name)
        self.assertIn("OK created", self.path("logs/tidemark.log").read_text())
        self.tidemark("run", "--target-path", "elsewhere", "--log-path", "protocols")
        self.assertTrue(self.path("elsewhere/run_results.json").is_file())
        self.assertTrue(self.path("protocols/tidemark.log").is_file())

    def test_paths_given_by_the_user_are_relative_to_where_he_stands(self):
        self.path("deep/er").mkdir(parents=True)
        self.tidemark("run", "--target-path", "out", cwd=self.path("deep/er"))
        self.assertTrue(self.path("deep/er/out/manifest.json").is_file())
        self.assertEqual(self.table("two"), [(2,)])  # relative paths of the profile are the project's

    def test_failures_are_written_and_retried(self):
        self.model("two", "{{ config(materialized='table') }}\nselect nothing_such as n from {{ ref('one') }}")
        self.model("three", "{{ config(materialized='table') }}\nselect * from {{ ref('two') }}")
        self.tidemark("run", code=1)
        self.assertEqual({name: result["status"] for name, result in self.run_results().items()},
                         {"model.shop.one": "success", "model.shop.two": "error", "model.shop.three": "skipped"})
        self.model("two", "{{ config(materialized='table') }}\nselect n + 1 as n from {{ ref('one') }}")
        version = self.version("one")
        out = self.tidemark("retry").out
        self.assertIn("PASS=2 WARN=0 ERROR=0 SKIP=0 TOTAL=2", out)
        self.assertEqual(self.version("one"), version)
        self.assertEqual(self.table("three"), [(2,)])
        self.assertIn("Nothing to do", self.tidemark("retry").all)

    def test_retry_without_a_run(self):
        self.failing("retry", code=2, saying="run_results.json")

    def test_ls_as_json(self):
        rows = self.json_lines(self.tidemark("ls", "--resource-type", "model", "--output", "json").out)
        self.assertEqual([row["unique_id"] for row in rows], ["model.shop.one", "model.shop.two"])
        self.assertEqual(rows[1]["depends_on"]["nodes"], ["model.shop.one"])
        rows = self.json_lines(self.tidemark("ls", "--output", "json", "--output-keys", "name config.materialized").out)
        self.assertEqual(rows, [{"name": "one", "config.materialized": "table"}, {"name": "two", "config.materialized": "table"}])
        self.failing("ls", "--resource-type", "modle", code=2, saying="model")

    def test_selectors_and_state(self):
        self.write("selectors.yml", """
            selectors:
              - name: upper
                definition: {method: fqn, value: two}
            """)
        self.assertEqual(self.tidemark("ls", "--selector", "upper").out.split(), ["shop.two"])
        self.failing("ls", "--selector", "uper", code=2, saying="'upper'")
        self.failing("ls", "--selector", "upper", "--select", "one", code=2, saying="TM3013")
        self.tidemark("parse", "--target-path", "before")
        self.model("two", "{{ config(materialized='table') }}\nselect n + 2 as n from {{ ref('one') }}")
        self.model("three", "select 3 as n")
        self.assertEqual(sorted(self.tidemark("ls", "--select", "state:modified", "--state", "before").out.split()), ["shop.three", "shop.two"])
        self.assertEqual(self.tidemark("ls", "--select", "state:new", "--state", "before").out.split(), ["shop.three"])

    def test_warnings_are_errors_where_they_are_asked_to_be(self):
        self.write("models/schema.yml", "models:\n  - name: onne\n")
        self.assertIn("onne", self.tidemark("run").err)
        self.failing("run", "--warn-error", code=2, saying="onne")
        self.remove("models/schema.yml")
        self.failing("run", "--select", "nothing_such", "--warn-error", code=2, saying="nothing_such")

    def test_plan_changes_nothing(self):
        out = self.tidemark("plan").out
        self.assertIn("one", out)
        self.assertFalse(self.path("data/warehouse/analytics").exists())
        steps = json.loads(self.tidemark("plan", "--output", "json").out)
        self.assertEqual([step["node"] for step in steps["steps"]], ["model.shop.one", "model.shop.two"])

    def test_versions_of_a_table(self):
        self.tidemark("run", "--select", "one")
        time.sleep(1.1)
        between = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        self.model("one", "{{ config(materialized='table') }}\nselect 5 as n")
        time.sleep(1.1)
        self.tidemark("run", "--select", "one")
        first = json.loads(self.tidemark("history", "one", "--output", "json").out)[0]["commits"][-1]["version"]
        show = ["show", "--select", "one", "--output", "json"]
        self.assertEqual(json.loads(self.tidemark(*show).out)["show"], [{"n": 5}])
        self.assertEqual(json.loads(self.tidemark(*show, "--at-version", str(first)).out)["show"], [{"n": 1}])
        self.assertEqual(json.loads(self.tidemark(*show, "--at-time", between).out)["show"], [{"n": 1}])
        self.assertEqual(json.loads(self.tidemark("show", "--inline", "select n + 1 as n from {{ ref('one') }}", "--output", "json", "--at-time", between).out)["show"], [{"n": 2}])
        self.failing("show", "--select", "one", "--at-time", "yesterday", code=2, saying="yesterday")

    def test_explain(self):
        self.model("daily", "{{ config(materialized='table') }}\nselect day, count(*) as n from read_parquet('in/*.parquet') group by day")
        self.parquet("in/a.parquet", "select 1 as day")
        self.tidemark("run", "--select", "daily")
        self.assertIn("daily", self.tidemark("explain", "daily").out)
        self.failing("explain", "dayly", code=2, saying="'daily'")

    def test_docs_generate(self):
        self.tidemark("run")
        self.assertEqual(self.tidemark("docs", "generate", "--quiet").out, "")
        catalog = json.loads(self.path("target/catalog.json").read_text())
        self.assertEqual(list(catalog["nodes"]["model.shop.two"]["columns"]), ["n"])

    def test_clean_stays_inside_the_project(self):
        outside = self.path("../" + self.folder.name + "_outside").resolve()
        outside.mkdir()
        self.addCleanup(os.rmdir, outside)
        for target in ["../" + outside.name, str(outside), ".", "models", "target/../.."]:
            self.write("dbt_project.yml", f"name: shop\nprofile: shop\nclean-targets: [target, '{target}']\n")
            self.tidemark("parse")
            self.failing("clean", code=2, saying="TM192")
            self.assertTrue(outside.is_dir() and self.path("models/one.sql").is_file() and self.path("target").is_dir())
        self.path("data").mkdir(exist_ok=True)
        self.path("linked").symlink_to(self.path("data"))
        self.write("dbt_project.yml", "name: shop\nprofile: shop\nclean-targets: [target, linked]\n")
        self.tidemark("clean")
        self.assertTrue(self.path("data").is_dir())
        self.assertFalse(self.path("linked").is_symlink())

    def test_deps(self):
        self.write("../" + self.folder.name + "_package/dbt_project.yml", "name: toolbox\n")
        package = self.path("../" + self.folder.name + "_package").resolve()
        self.addCleanup(subprocess.run, ["rm", "-r", str(package)])
        (package / "macros").mkdir()
        (package / "macros/twice.sql").write_text("{% macro twice(x) %}2 * {{ x }}{% endmacro %}")
        self.write("packages.yml", f"packages:\n  - local: ../{package.name}\n")
        self.assertIn("Installed toolbox", self.tidemark("deps").out)
        self.tidemark("deps")
        self.model("two", "{{ config(materialized='table') }}select {{ toolbox.twice(4) }} as n")
        self.tidemark("run", "--select", "two")
        self.assertEqual(self.table("two"), [(8,)])
        self.write("packages.yml", "packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.0.0\n")
        self.failing("deps", code=2, saying=["packages.yml:2:", "dbt-labs/dbt_utils", "git"])

    def test_deps_from_git(self):
        repository = self.path("repository")
        self.write("repository/dbt_project.yml", "name: toolbox\n")
        self.write("repository/macros/twice.sql", "{% macro twice(x) %}2 * {{ x }}{% endmacro %}")
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(repository)]
        for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "one"], ["tag", "v1"]):
            if subprocess.run([*git, *command], capture_output=True).returncode != 0:
                self.skipTest("git is not installed")
        self.write("packages.yml", f"packages:\n  - git: {repository}\n    revision: v1\n")
        self.tidemark("deps")
        self.assertTrue(self.path("dbt_packages/toolbox/macros/twice.sql").is_file())
        self.write("packages.yml", f"packages:\n  - git: {repository}\n    revision: no_such_tag\n")
        self.failing("deps", code=2, saying="packages.yml:2:")
        self.assertTrue(self.path("dbt_packages/toolbox/macros/twice.sql").is_file())

    def test_source_freshness(self):
        self.write("models/sources.yml", """
            sources:
              - name: raw
                freshness: {warn_after: {count: 1, period: day}, error_after: {count: 30, period: day}}
                tables:
                  - name: by_field
                    loaded_at_field: loaded_at
                    external: {location: in, pattern: a.parquet}
                  - name: by_file
                    external: {location: in, pattern: a.parquet}
            """)
        self.parquet("in/a.parquet", "select timestamp '2001-01-01' as loaded_at")
        outcome = self.failing("source", "freshness", code=1, saying=["ERROR STALE freshness of raw.by_field", "PASS freshness of raw.by_file"])
        results = {row["unique_id"]: row["status"] for row in json.loads(self.path("target/sources.json").read_text())["results"]}
        self.assertEqual(results, {"source.shop.raw.by_field": "error", "source.shop.raw.by_file": "pass"}, outcome.all)

    def test_clone_and_defer(self):
        self.tidemark("run", "--target-path", "production")
        self.write("profiles.yml", "shop:\n  target: dev\n  outputs:\n    dev: {type: lake, path: data/warehouse, schema: mine, threads: 2}\n")
        self.tidemark("run", "--select", "two", "--defer", "--state", "production")
        self.assertEqual(self.table("two", schema="mine"), [(2,)])
        self.assertFalse(self.path("data/warehouse/mine/one").exists())
        self.tidemark("clone", "--select", "one", "--state", "production")
        self.assertIn("| 1 |", self.tidemark("show", "--inline", "select * from {{ ref('one') }}").out)
        self.failing("run", "--defer", "--state", "nowhere", code=2, saying="nowhere")

    def test_names_that_are_nearly_right(self):
        self.failing("runn", code=2, saying="'run'")
        self.failing("run", "--selct", "a", code=2, saying="'--select'")

    def test_show_prints_a_table(self):
        self.tidemark("run")
        out = self.tidemark("show", "--inline", "select 1 as n, 'München' as town, null as nothing union all select 22, 'Ulm', null order by 1").out
        self.assertEqual(out, "|  n | town    | nothing |\n| -- | ------- | ------- |\n|  1 | München |         |\n| 22 | Ulm     |         |\n".replace("|  n |", "| n  |"))
        self.assertEqual(len(self.tidemark("show", "--inline", "select range from range(100)", "--limit", "7").out.splitlines()), 9)
        self.failing("show", "--inline", "select nothing_such from {{ ref('one') }}", code=1, saying=["<inline>:1:8", "nothing_such"])
        self.failing("show", code=2, saying="--select")

    def test_colours_only_where_they_are_wanted(self):
        self.assertNotIn("\x1b", self.tidemark("run").all)
        self.assertIn("\x1b[32m", self.tidemark("run", "--use-colors").out)

    def test_native_duckdb_file(self):
        self.write("profiles.yml", "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, threads: 2}\n")
        self.tidemark("build")
        self.tidemark("build")
        import duckdb

        with duckdb.connect(str(self.path("shop.duckdb")), read_only=True) as db:
            self.assertEqual(db.execute("select n from main.two").fetchall(), [(2,)])

    def test_a_thrift_server_that_is_not_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]  # free again when this ends
        self.write("profiles.yml", f"shop:\n  target: dev\n  outputs:\n    dev: {{type: spark, schema: mine, host: 127.0.0.1, port: {port}}}\n")
        self.tidemark("parse")
        outcome = self.failing("run", code=2, saying="error[TM4401]: cannot connect to 127.0.0.1")
        self.assertNotIn("TSocket", outcome.all)  # the library's own words


if __name__ == "__main__":
    unittest.main()
