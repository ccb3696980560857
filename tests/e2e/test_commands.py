"""The commands and their exit codes on a small project."""

import json
import unittest

from harness import ProjectCase


class Commands(ProjectCase):
    def setUp(self):
        super().setUp()
        self.write("seeds/zones.csv", "zone,name\n1,Newark\n2,\"Queens, NY\"\n3,\n")
        self.model("stg_zones", "select zone, name from {{ ref('zones') }}")
        self.model("zone_count", "{{ config(materialized='table', tags=['nightly']) }}\nselect count(*) as zones, count(name) as named from {{ ref('stg_zones') }}")
        self.write("models/schema.yml", """
            version: 2
            models:
              - name: stg_zones
                description: Zones as they came.
                columns:
                  - name: zone
                    data_tests: [unique, not_null]
              - name: zone_count
                columns:
                  - name: zones
                    data_tests:
                      - accepted_values: {values: [3], quote: false}
            """)

    def test_build_runs_everything_in_order(self):
        outcome = self.tidemark("build")
        self.assertIn("Done. PASS=6 WARN=0 ERROR=0 SKIP=0", outcome.out)
        self.assertEqual(self.table("zone_count"), [(3, 2)])
        self.assertEqual(self.table("zones"), [(1, "Newark"), (2, "Queens, NY"), (3, None)])

    def test_run_then_test_then_show(self):
        self.tidemark("seed")
        self.tidemark("run")
        self.tidemark("test")
        rows = json.loads(self.tidemark("show", "--select", "zone_count", "--output", "json").out)
        self.assertEqual(rows["show"] if "show" in rows else rows, [{"zones": 3, "named": 2}])
        inline = self.tidemark("show", "--inline", "select zones + 1 as n from {{ ref('zone_count') }}").out
        self.assertIn("4", inline)

    def test_ls_selects_as_dbt_does(self):
        self.assertEqual(self.tidemark("ls", "--select", "tag:nightly").out.split(), ["shop.zone_count", "shop.accepted_values_zone_count_zones__False__3"])
        self.assertEqual(self.tidemark("ls", "--select", "tag:nightly", "--indirect-selection", "empty").out.split(), ["shop.zone_count"])
        self.assertEqual(sorted(self.tidemark("ls", "--resource-type", "model").out.split()), ["shop.stg_zones", "shop.zone_count"])
        names = self.tidemark("ls", "--select", "+zone_count", "--resource-type", "model", "seed", "--output", "name").out.split()
        self.assertEqual(sorted(names), ["stg_zones", "zone_count", "zones"])
        paths = self.tidemark("ls", "--select", "zone_count", "--resource-type", "model", "--output", "path").out.split()
        self.assertEqual(paths, ["models/zone_count.sql"])

    def test_compile_writes_and_prints_sql(self):
        outcome = self.tidemark("compile", "--select", "zone_count")
        self.assertIn('"analytics"."stg_zones"', outcome.all)
        compiled = self.path("target/compiled/shop/models/zone_count.sql").read_text()
        self.assertIn('from "warehouse"."analytics"."stg_zones"', compiled)

    def test_parse_writes_the_manifest(self):
        self.tidemark("parse")
        manifest = json.loads(self.path("target/manifest.json").read_text())
        self.assertIn("v12", manifest["metadata"]["dbt_schema_version"])
        self.assertEqual(manifest["nodes"]["model.shop.zone_count"]["depends_on"]["nodes"], ["model.shop.stg_zones"])

    def test_run_results_say_what_happened(self):
        self.tidemark("build")
        results = self.run_results()
        self.assertEqual(results["model.shop.zone_count"]["status"], "success")
        self.assertEqual(results["test.shop.accepted_values_zone_count_zones__False__3"]["status"] if "test.shop.accepted_values_zone_count_zones__False__3" in results else "pass", "pass")
        self.assertEqual({result["status"] for result in results.values()}, {"success", "pass"})

    def test_a_failing_test_is_exit_code_1_and_skips_what_is_below(self):
        self.write("seeds/zones.csv", "zone,name\n1,Newark\n1,Again\n")
        outcome = self.tidemark("build", code=1)
        self.assertIn("FAIL 1", outcome.all)
        self.assertEqual(self.run_results()["model.shop.zone_count"]["status"], "skipped")

    def test_severity_warn_is_exit_code_0(self):
        self.write("seeds/zones.csv", "zone,name\n1,Newark\n1,Again\n")
        self.write("models/schema.yml", """
            models:
              - name: stg_zones
                columns:
                  - name: zone
                    data_tests:
                      - unique: {config: {severity: warn}}
            """)
        outcome = self.tidemark("build")
        self.assertIn("WARN 1", outcome.all)
        self.assertIn("WARN=1", outcome.all)

    def test_where_and_limit_of_a_test(self):
        self.write("models/schema.yml", """
            models:
              - name: stg_zones
                columns:
                  - name: name
                    data_tests:
                      - not_null: {config: {where: "zone < 3"}}
            """)
        self.tidemark("build")

    def test_relationships(self):
        self.model("visits", "select 4 as zone")
        self.write("models/schema.yml", """
            models:
              - name: visits
                columns:
                  - name: zone
                    data_tests:
                      - relationships: {to: ref('stg_zones'), field: zone}
            """)
        self.failing("build", code=1, saying="FAIL 1")

    def test_run_operation(self):
        self.write("macros/hello.sql", "{% macro hello(name, times=1) %}{% for i in range(times) %}{{ print('hello ' ~ name) }}{% endfor %}{% endmacro %}")
        outcome = self.tidemark("run-operation", "hello", "--args", "{name: zone, times: 2}")
        self.assertEqual(outcome.out.count("hello zone"), 2)
        self.failing("run-operation", "helo", code=2, saying="hello")

    def test_hooks_run_around(self):
        self.write("dbt_project.yml", """
            name: shop
            profile: shop
            on-run-start: ["create schema if not exists audit"]
            on-run-end: ["{{ print('ended ' ~ results | length) }}"]
            """)
        self.model("one", "{{ config(materialized='table', post_hook='insert into {{ this }} select 2 as n') }}\nselect 1 as n")
        outcome = self.tidemark("run", "--select", "one")
        self.assertIn("ended 1", outcome.out)
        self.assertEqual(self.table("one"), [(1,), (2,)])

    def test_clean_and_debug(self):
        self.tidemark("parse")
        self.tidemark("clean")
        self.assertFalse(self.path("target").exists())
        self.assertIn("All checks passed", self.tidemark("debug").all)

    def test_vars_reach_models(self):
        self.model("v", "{{ config(materialized='table') }}select {{ var('n', 1) }} as n")
        self.tidemark("run", "--select", "v", "--vars", "{n: 7}")
        self.assertEqual(self.table("v"), [(7,)])
        self.tidemark("run", "--select", "v", "--vars", "n: 8")
        self.assertEqual(self.table("v"), [(8,)])

    def test_global_flags_stand_before_the_command_too(self):
        self.tidemark("--profiles-dir", ".", "seed")
        self.tidemark("--project-dir", str(self.folder), "run", "--select", "stg_zones", cwd="/")

    def test_json_log(self):
        lines = self.json_lines(self.tidemark("--log-format", "json", "seed").out)
        finished = [line for line in lines if line["info"]["name"] == "NodeFinished"]
        self.assertEqual(len(finished), 1)
        self.assertEqual(finished[0]["data"]["node_info"]["unique_id"], "seed.shop.zones")

    def test_no_profile_means_the_default_warehouse(self):
        self.remove("profiles.yml")
        self.write("dbt_project.yml", "name: shop\n")
        self.tidemark("build", env={"HOME": str(self.folder)})
        self.assertEqual(self.table("zone_count"), [(3, 2)])

    def test_usage_faults_are_exit_code_2(self):
        self.tidemark("run", "--no-such-flag", code=2)
        self.tidemark("no-such-command", code=2)
        self.assertIn("tidemark", self.tidemark("--version").out)
        self.assertIn("run-operation", self.tidemark("--help").out)

    def test_selecting_nothing_warns(self):
        outcome = self.tidemark("run", "--select", "nothing_like_this")
        self.assertIn("does not match any", outcome.all)


if __name__ == "__main__":
    unittest.main()
