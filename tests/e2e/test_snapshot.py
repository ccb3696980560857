"""Snapshots keep what a source was: both strategies, removed rows, renamed columns."""

import unittest

import deltalake
from harness import ProjectCase


class Snapshots(ProjectCase):
    def snapshot(self, config):
        self.write("snapshots/history.sql", f"{{% snapshot history %}}{{{{ config(target_schema='analytics', unique_key='id', {config}) }}}}select * from read_parquet('in/*.parquet'){{% endsnapshot %}}")

    def arrive(self, rows, columns="id, name, seen", code=0):
        values = ", ".join(str(row) for row in rows)
        self.parquet("in/rows.parquet", f"select * replace (seen::timestamp as seen) from (values {values}) as rows({columns})")
        self.tidemark("snapshot", code=code)

    def states(self, columns="id, name, strftime(dbt_valid_from, '%m-%d'), strftime(dbt_valid_to, '%m-%d')"):
        files = deltalake.DeltaTable(self.table_path("history")).file_uris()
        return self.query(f"select {columns} from read_parquet({files!r}, union_by_name = true)")

    def test_timestamp(self):
        self.snapshot("strategy='timestamp', updated_at='seen'")
        self.arrive([(1, "a", "2024-01-01"), (2, "b", "2024-01-01")])
        self.assertEqual(self.states(), [(1, "a", "01-01", None), (2, "b", "01-01", None)])
        version = self.version("history")
        self.tidemark("snapshot")
        self.assertEqual(self.version("history"), version)
        self.arrive([(1, "A", "2024-02-01"), (3, "c", "2024-02-02")])
        self.assertEqual(self.states(), [(1, "A", "02-01", None), (1, "a", "01-01", "02-01"), (2, "b", "01-01", None), (3, "c", "02-02", None)])
        self.assertEqual(len(self.states("distinct dbt_scd_id")), 4)

    def test_check(self):
        self.snapshot("strategy='check', check_cols=['name']")
        self.arrive([(1, "a", "2024-01-01")])
        self.arrive([(1, "a", "2024-01-05")])
        self.assertEqual(self.states("id, name, dbt_valid_to is null"), [(1, "a", True)])
        self.arrive([(1, "b", "2024-01-05")])
        self.assertEqual(self.states("id, name, dbt_valid_to is null"), [(1, "a", False), (1, "b", True)])
        self.assertEqual(self.states("count(distinct dbt_scd_id)"), [(2,)])

    def test_check_all_columns_and_a_new_one(self):
        self.snapshot("strategy='check', check_cols='all'")
        self.arrive([(1, "a", "2024-01-01")])
        self.arrive([(1, "a", "2024-01-01", 5)], "id, name, seen, more")
        self.assertEqual(self.states("id, more, dbt_valid_to is null"), [(1, None, False), (1, 5, True)])

    def test_removed_rows(self):
        self.snapshot("strategy='timestamp', updated_at='seen', hard_deletes='invalidate'")
        self.arrive([(1, "a", "2024-01-01"), (2, "b", "2024-01-01")])
        self.arrive([(1, "a", "2024-01-01")])
        self.assertEqual(self.states("id, dbt_valid_to is null"), [(1, True), (2, False)])
        self.arrive([(1, "a", "2024-01-01"), (2, "b", "2024-03-01")])
        self.assertEqual(self.states("id, dbt_valid_to is null"), [(1, True), (2, False), (2, True)])

    def test_removed_rows_become_records(self):
        self.snapshot("strategy='timestamp', updated_at='seen', hard_deletes='new_record'")
        self.arrive([(1, "a", "2024-01-01"), (2, "b", "2024-01-01")])
        self.arrive([(1, "a", "2024-01-01")])
        rows = self.states("id, dbt_is_deleted, dbt_valid_to is null")
        self.assertEqual(rows, [(1, "False", True), (2, "False", False), (2, "True", True)])
        self.tidemark("snapshot")
        self.assertEqual(self.states("id, dbt_is_deleted, dbt_valid_to is null"), rows)

    def test_names_and_current_value(self):
        self.snapshot("strategy='timestamp', updated_at='seen', dbt_valid_to_current=\"timestamp '9999-12-31'\", snapshot_meta_column_names={'dbt_valid_to': 'until'}")
        self.arrive([(1, "a", "2024-01-01")])
        self.arrive([(1, "A", "2024-02-01")])
        self.assertEqual(self.states("name, year(until)"), [("A", 9999), ("a", 2024)])

    def test_what_is_missing_is_named(self):
        self.snapshot("strategy='timestamp'")
        self.parquet("in/rows.parquet", "select 1 as id")
        self.failing("snapshot", code=1, saying=["TM6131", "updated_at"])


if __name__ == "__main__":
    unittest.main()
