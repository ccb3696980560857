"""Bad input gives a clear error with its place, the right exit code, and published data untouched."""

import os
import pathlib
import shutil
import subprocess
import unittest

import harness
from harness import ProjectCase


class BadFiles(ProjectCase):
    def setUp(self):
        super().setUp()
        self.model("daily", "{{ config(materialized='table') }}\nselect day, sum(amount) as amount from read_parquet('in/*.parquet', union_by_name = true) group by day")
        self.parquet("in/a.parquet", "select date '2024-01-01' as day, 1.5 as amount")
        self.tidemark("run")

    def still_published(self):
        self.assertEqual([(str(day), float(amount)) for day, amount in self.table("daily")], [("2024-01-01", 1.5)])

    def test_truncated_file_is_named(self):
        whole = self.parquet("in/b.parquet", "select date '2024-01-02' as day, range as amount from range(1000)")
        whole.write_bytes(whole.read_bytes()[:-100])
        self.failing("run", code=1, saying="in/b.parquet")
        self.still_published()

    def test_file_of_another_format_is_named(self):
        self.write("in/b.parquet", "day,amount\n2024-01-02,3\n")
        self.failing("run", code=1, saying="in/b.parquet")
        self.still_published()

    def test_half_downloaded_file_is_named(self):
        self.path("in/b.parquet").write_bytes(b"PAR1")
        self.failing("run", code=1, saying="in/b.parquet")
        self.still_published()

    def test_real_truncated_tlc_file(self):
        bad = harness.tlc_folder(self) / "bad/truncated_yellow_tripdata_2024-01.parquet"
        shutil.copy(bad, self.path("in/truncated.parquet"))
        self.failing("run", code=1, saying="in/truncated.parquet")
        self.still_published()

    def test_empty_folder(self):
        self.remove("in/a.parquet")
        self.failing("run", code=1, saying="in/*.parquet")
        self.still_published()

    def test_column_missing_in_one_file_is_null_there(self):
        self.parquet("in/b.parquet", "select date '2024-01-02' as day")
        self.tidemark("run")
        self.assertEqual([(str(day), amount and float(amount)) for day, amount in self.table("daily")], [("2024-01-01", 1.5), ("2024-01-02", None)])

    def test_column_missing_in_all_files(self):
        self.model("daily", "{{ config(materialized='table') }}\nselect day,\n  sum(fare) as amount\nfrom read_parquet('in/*.parquet') group by day")
        self.failing("run", code=1, saying=["models/daily.sql:3:", "fare"])
        self.still_published()

    def test_unreadable_file(self):
        self.writable_for_all("data", "target", "logs")
        self.parquet("in/b.parquet", "select date '2024-01-02' as day, 1 as amount").chmod(0)
        outcome = self.tidemark_as_nobody("run", code=1)
        self.assertIn("in/b.parquet", outcome.all)
        self.still_published()


class BadProject(ProjectCase):
    def test_no_project(self):
        self.remove("dbt_project.yml")
        self.failing("run", code=2, saying=["TM1", "dbt_project.yml"])

    def test_yaml_error_has_its_place(self):
        self.write("models/schema.yml", "version: 2\nmodels:\n  - name: a\n   description: b\n")
        self.failing("run", code=2, saying=["models/schema.yml:4:", "TM1"])

    def test_unknown_ref_names_a_near_one(self):
        self.model("stg_trips", "select 1 as n")
        self.model("daily", "select *\nfrom {{ ref('stg_tripz') }}")
        self.failing("run", code=2, saying=["models/daily.sql:2:9", "stg_tripz", "stg_trips"])

    def test_unknown_source(self):
        self.model("daily", "select * from {{ source('raw', 'trips') }}")
        self.failing("run", code=2, saying=["models/daily.sql:1:", "raw"])

    def test_cycle_is_shown(self):
        self.model("a", "select * from {{ ref('b') }}")
        self.model("b", "select * from {{ ref('c') }}")
        self.model("c", "select * from {{ ref('a') }}")
        self.failing("run", code=2, saying=["TM3", "model.shop.a", "model.shop.b", "model.shop.c"])

    def test_undefined_macro(self):
        self.write("macros/money.sql", "{% macro money(x) %}round({{ x }}, 2){% endmacro %}")
        self.model("a", "select 1 as n,\n       {{ monney('n') }} as m")
        self.failing("run", code=1, saying=["models/a.sql:2:", "monney", "money"])

    def test_wrong_arguments_of_a_macro(self):
        self.write("macros/money.sql", "{% macro money(x) %}round({{ x }}, 2){% endmacro %}")
        self.model("a", "select {{ money('n', 2, true) }} as m")
        self.failing("run", code=2, saying=["models/a.sql:1:11", "money", "macros/money.sql:1:"])

    def test_missing_var(self):
        self.model("a", "select {{ var('rate') }} as n")
        self.failing("run", code=2, saying=["models/a.sql:1:", "rate"])

    def test_missing_env_var(self):
        self.model("a", "select {{ env_var('NO_SUCH_VARIABLE') }} as n")
        self.failing("run", code=2, saying="NO_SUCH_VARIABLE")

    def test_jinja_syntax_error(self):
        self.model("a", "select 1\n{% if true %}\n")
        self.failing("run", code=2, saying=["models/a.sql:2:", "TM2"])
        self.model("a", "select {{ 1 + }} as n")
        self.failing("run", code=2, saying=["models/a.sql:1:", "TM2"])

    def test_sql_error_is_at_the_models_own_line(self):
        self.write("macros/pad.sql", "{% macro pad() %}{% for i in range(5) %}\n-- padding {{ i }}{% endfor %}{% endmacro %}")
        self.model("a", "{{ config(materialized='table') }}\n{{ pad() }}\nselect 1 as n,\n  no_such_column as m\nfrom (select 2 as k)")
        self.failing("run", code=1, saying=["models/a.sql:4:3", "no_such_column"])

    def test_sql_syntax_error(self):
        self.model("a", "{{ config(materialized='table') }}\nselect 1 as n,\nfrm nowhere")
        self.failing("run", code=1, saying="models/a.sql:3:")

    def test_several_faults_in_one_run(self):
        self.model("a", "select {% if %}")
        self.model("b", "select {{ 1 + }}")
        self.failing("run", code=2, saying=["models/a.sql:1:", "models/b.sql:1:"])

    def test_duplicate_models(self):
        self.model("a", "select 1 as n")
        self.model("a", "select 2 as n", folder="models/sub")
        self.failing("run", code=2, saying=["models/a.sql", "models/sub/a.sql"])

    def test_one_failing_model_does_not_stop_the_others(self):
        self.model("bad", "{{ config(materialized='table') }}select no_such_function(1) as n")
        self.model("below", "select * from {{ ref('bad') }}")
        self.model("good", "{{ config(materialized='table') }}select 1 as n")
        outcome = self.tidemark("run", code=1)
        self.assertIn("PASS=1 WARN=0 ERROR=1 SKIP=1", outcome.all)
        self.assertEqual(self.table("good"), [(1,)])

    def test_unknown_profile_type(self):
        self.write("profiles.yml", "shop:\n  target: dev\n  outputs:\n    dev: {type: oracle}\n")
        self.failing("run", code=2, saying=["oracle", "lake"])

    def test_unknown_target(self):
        self.failing("run", "--target", "prod", code=2, saying=["prod", "dev"])

    def test_endless_template_ends(self):
        self.model("a", "{% macro again() %}{{ again() }}{% endmacro %}select {{ again() }}")
        self.write("macros/again.sql", "{% macro forever() %}{{ forever() }}{% endmacro %}")
        self.model("a", "select {{ forever() }}")
        self.failing("run", code=2, saying="TM2")
        self.model("a", "select {% for i in range(10000000000) %}{{ i }}{% endfor %}")
        self.failing("run", code=2, saying="TM2")


class BadWarehouse(ProjectCase):
    def setUp(self):
        super().setUp()
        self.model("a", "{{ config(materialized='table') }}select 1 as n")

    def test_table_of_a_newer_protocol(self):
        self.tidemark("run")
        data = sorted(path.name for path in self.path("data/warehouse/analytics/a").glob("*.parquet"))
        log = self.path("data/warehouse/analytics/a/_delta_log/00000000000000000001.json")
        log.write_text('{"protocol":{"minReaderVersion":9,"minWriterVersion":9}}\n')
        self.failing("run", code=1, saying=["analytics", "9"])
        self.assertEqual(sorted(path.name for path in self.path("data/warehouse/analytics/a").glob("*.parquet")), data)
        self.assertFalse(self.path("data/warehouse/analytics/a/_delta_log/00000000000000000002.json").exists())

    def test_no_permission_to_make_the_warehouse(self):
        self.writable_for_all("target", "logs")
        self.path("data").mkdir()
        self.path("data").chmod(0o555)
        outcome = self.tidemark_as_nobody("run", code=2)
        self.assertIn("data/warehouse", outcome.all)
        self.assertIn("Permission denied", outcome.all)

    def test_no_permission_to_write_a_table(self):
        self.tidemark("run")
        before = self.table("a")
        self.writable_for_all("data", "target", "logs")
        for path in [self.path("data/warehouse/analytics/a"), *self.path("data/warehouse/analytics/a").rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        self.model("a", "{{ config(materialized='table') }}select 2 as n")
        outcome = self.tidemark_as_nobody("run", code=1)
        self.assertIn("Permission denied", outcome.all)
        self.assertEqual(self.table("a"), before)

    def test_no_permission_to_write_artifacts(self):
        self.writable_for_all("data", "logs")
        outcome = self.tidemark_as_nobody("run", code=2)
        self.assertIn("target", outcome.all)

    def test_warehouse_path_is_a_file(self):
        self.write("data/warehouse", "not a folder")
        outcome = self.tidemark("run", code=None)
        self.assertIn(outcome.code, (1, 2))
        self.assertIn("data/warehouse", outcome.all)

    def small_disk(self, megabytes):
        self.path("data").mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(self.path("data"))], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mounting a small tmpfs is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.path("data"))], capture_output=True)

    def test_disk_that_fills_up(self):
        self.small_disk(72)
        self.tidemark("run")
        self.model("a", "{{ config(materialized='table') }}select range as n, md5(range::varchar) || md5((-range - 1)::varchar) as text from range(3000000)")
        self.failing("run", code=1, saying="space")
        self.assertEqual(self.table("a"), [(1,)])
        self.model("a", "{{ config(materialized='table') }}select 2 as n")
        self.tidemark("run")
        self.assertEqual(self.table("a"), [(2,)])

    def test_disk_without_room_is_told_before_anything_is_written(self):
        self.small_disk(8)
        self.failing("run", code=1, saying="free space")
        self.assertFalse(list(self.path("data").rglob("*.parquet")))


if __name__ == "__main__":
    unittest.main()
