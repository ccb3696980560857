"""Incremental strategies against what plain SQL would give, step by step."""

import unittest

from harness import ProjectCase


class Incremental(ProjectCase):
    def model_with(self, config, body="select * from read_parquet('in/rows.parquet')"):
        self.model("target", f"{{{{ config(materialized='incremental', {config}) }}}}\n{body}")

    def arrive(self, rows, columns="id, name"):
        values = ", ".join(str(row) for row in rows)
        self.parquet("in/rows.parquet", f"select * from (values {values}) as rows({columns})")
        self.tidemark("run")

    def test_append(self):
        self.model_with("incremental_strategy='append'")
        self.arrive([(1, "a")])
        self.arrive([(1, "b"), (2, "c")])
        self.assertEqual(self.table("target"), [(1, "a"), (1, "b"), (2, "c")])
        self.tidemark("run", "--full-refresh")
        self.assertEqual(self.table("target"), [(1, "b"), (2, "c")])

    def test_merge(self):
        self.model_with("incremental_strategy='merge', unique_key='id'")
        self.arrive([(1, "a"), (2, "b")])
        self.arrive([(2, "B"), (3, "c")])
        self.assertEqual(self.table("target"), [(1, "a"), (2, "B"), (3, "c")])

    def test_merge_by_two_keys_updates_only_the_columns_asked_for(self):
        self.model_with("incremental_strategy='merge', unique_key=['id', 'day'], merge_update_columns=['name']")
        self.arrive([(1, 10, "a", "x"), (1, 11, "b", "y")], "id, day, name, note")
        self.arrive([(1, 11, "B", "z"), (2, 10, "c", "w")], "id, day, name, note")
        self.assertEqual(self.table("target"), [(1, 10, "a", "x"), (1, 11, "B", "y"), (2, 10, "c", "w")])

    def test_merge_refuses_two_rows_for_one_key(self):
        self.model_with("incremental_strategy='merge', unique_key='id'")
        self.arrive([(1, "a")])
        self.parquet("in/rows.parquet", "select * from (values (1, 'b'), (1, 'c')) as rows(id, name)")
        self.tidemark("run", code=1)
        self.assertEqual(self.table("target"), [(1, "a")])

    def test_delete_insert(self):
        self.model_with("incremental_strategy='delete+insert', unique_key='id'")
        self.arrive([(1, "a"), (2, "b")])
        self.arrive([(2, "x"), (2, "y")])
        self.assertEqual(self.table("target"), [(1, "a"), (2, "x"), (2, "y")])

    def test_insert_overwrite_replaces_the_partitions_in_the_result(self):
        self.model_with("incremental_strategy='insert_overwrite', partition_by=['id']")
        self.arrive([(1, "a"), (2, "b"), ("null", "n")] if False else [(1, "a"), (2, "b")])
        self.arrive([(2, "x"), (3, "y")])
        self.assertEqual(self.table("target"), [(1, "a"), (2, "x"), (3, "y")])

    def test_insert_overwrite_with_null_partition(self):
        self.model_with("incremental_strategy='insert_overwrite', partition_by=['id']")
        self.parquet("in/rows.parquet", "select * from (values (1, 'a'), (null, 'n')) as rows(id, name)")
        self.tidemark("run")
        self.parquet("in/rows.parquet", "select * from (values (null::int, 'm')) as rows(id, name)")
        self.tidemark("run")
        self.assertEqual(self.table("target"), [(None, "m"), (1, "a")])

    def test_default_strategy_follows_the_unique_key(self):
        self.model_with("unique_key='id'")
        self.arrive([(1, "a"), (2, "b")])
        self.arrive([(2, "x")])
        self.assertEqual(self.table("target"), [(1, "a"), (2, "x")])

    def test_is_incremental_body(self):
        self.model_with("incremental_strategy='append'", """
            select id, name from read_parquet('in/rows.parquet')
            {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}
            """)
        self.arrive([(1, "a"), (2, "b")])
        self.arrive([(2, "b"), (3, "c")])
        self.assertEqual(self.table("target"), [(1, "a"), (2, "b"), (3, "c")])

    def test_on_schema_change_ignore(self):
        self.model_with("incremental_strategy='append', on_schema_change='ignore'")
        self.arrive([(1, "a")])
        self.arrive([(2, "b", 5)], "id, name, extra")
        self.assertEqual(self.table("target"), [(1, "a"), (2, "b")])

    def test_on_schema_change_fail(self):
        self.model_with("incremental_strategy='append', on_schema_change='fail'")
        self.arrive([(1, "a")])
        self.parquet("in/rows.parquet", "select 2 as id, 'b' as name, 5 as extra")
        self.failing("run", code=1, saying=["TM6106", "extra"])
        self.assertEqual(self.table("target"), [(1, "a")])

    def test_on_schema_change_append_new_columns(self):
        self.model_with("incremental_strategy='append', on_schema_change='append_new_columns'")
        self.arrive([(1, "a")])
        self.arrive([(2, 5)], "id, extra")
        self.assertEqual(self.table("target"), [(1, "a", None), (2, None, 5)])

    def test_on_schema_change_sync_all_columns(self):
        self.model_with("incremental_strategy='append', on_schema_change='sync_all_columns'")
        self.arrive([(1, "a")])
        self.arrive([(2, 5)], "id, extra")
        self.assertEqual(self.table("target"), [(1, None), (2, 5)])

    def test_full_refresh_false_in_config_keeps_the_table(self):
        self.model_with("incremental_strategy='append', full_refresh=false")
        self.arrive([(1, "a")])
        self.tidemark("run", "--full-refresh")
        self.assertEqual(self.table("target"), [(1, "a"), (1, "a")])

    def test_a_strategy_of_the_project(self):
        self.write("macros/newest.sql", """
            {% macro get_incremental_newest_sql(arg_dict) %}
              delete from {{ arg_dict['target_relation'] }} where {{ arg_dict['unique_key'] }} in (select {{ arg_dict['unique_key'] }} from {{ arg_dict['temp_relation'] }});
              insert into {{ arg_dict['target_relation'] }} ({{ arg_dict['dest_columns'] | map(attribute='name') | join(', ') }})
              select {{ arg_dict['dest_columns'] | map(attribute='name') | join(', ') }} from {{ arg_dict['temp_relation'] }}
            {% endmacro %}""")
        self.model_with("incremental_strategy='newest', unique_key='id'")
        self.arrive([(1, "a"), (2, "b")])
        self.arrive([("c", 2)], "name, id")
        self.assertEqual(self.table("target"), [(1, "a"), (2, "c")])

    def test_unknown_strategy_is_named(self):
        self.model_with("incremental_strategy='upsert'")
        self.parquet("in/rows.parquet", "select 1 as id, 'a' as name")
        self.tidemark("run", code=None)
        self.failing("run", code=1, saying="upsert")


class Materializations(ProjectCase):
    def test_ephemeral_models_become_ctes(self):
        self.model("base", "{{ config(materialized='ephemeral') }}select 1 as n")
        self.model("mid", "{{ config(materialized='ephemeral') }}select n + 1 as n from {{ ref('base') }}")
        self.model("top", "{{ config(materialized='table') }}with a as (select * from {{ ref('mid') }}) select a.n, b.n as m from a, {{ ref('base') }} as b")
        self.tidemark("run")
        self.assertEqual(self.table("top"), [(2, 1)])

    def test_a_view_becomes_a_table_and_back(self):
        self.model("thing", "{{ config(materialized='view') }}select 1 as n")
        self.model("reader", "{{ config(materialized='table') }}select * from {{ ref('thing') }}")
        self.tidemark("run")
        self.model("thing", "{{ config(materialized='table') }}select 2 as n")
        self.tidemark("run")
        self.assertEqual(self.table("thing"), [(2,)])
        self.assertEqual(self.table("reader"), [(2,)])
        self.model("thing", "{{ config(materialized='view') }}select 3 as n")
        self.tidemark("run")
        self.assertEqual(self.table("reader"), [(3,)])

    def test_types_survive(self):
        self.model("types", """
            {{ config(materialized='table') }}
            select sum(n) as big, 1::tinyint as tiny, 2::ubigint as unsigned_big, 1.50::decimal(10, 2) as money, timestamp '2024-02-29 12:34:56.789' as at,
                date '2024-02-29' as day, true as yes, 'x' as text, 1.5::float as small_float, [1, 2] as list, {'a': 1} as struct
            from range(10) as t(n)
            """)
        self.tidemark("run")
        fields = {field.name: str(field.type) for field in __import__("deltalake").DeltaTable(self.table_path("types")).schema().fields}
        self.assertIn("decimal(38, 0)", fields["big"].replace(",", ", ").replace(",  ", ", "))
        self.assertIn("timestamp_ntz", fields["at"].lower().replace("timestampntz", "timestamp_ntz"))
        self.assertEqual(len(self.table("types")), 1)


if __name__ == "__main__":
    unittest.main()
