"""What nodes do besides being computed: seeds, tests, hooks, contracts, docs, custom materializations, counts."""

import json
import unittest

import deltalake
from harness import ProjectCase


class Seeds(ProjectCase):
    def test_types_are_found_from_the_texts(self):
        self.write("seeds/things.csv", '''
            id,price,day,at,yes,name,empty,code
            1,1.5,2024-01-31,2024-01-31 10:00:00,true,"a, ""b""",,007
            2,2,2024-02-01,2024-01-31 11:30:00.5,FALSE,null,,x
            3000000000,-.5e2,,,,"two
            lines",,
            ''')
        self.tidemark("seed")
        fields = {field.name: str(field.type) for field in deltalake.DeltaTable(self.table_path("things")).schema().fields}
        words = {name: kind.split('"')[1] if '"' in kind else kind for name, kind in fields.items()}
        self.assertEqual(words, {"id": "long", "price": "double", "day": "date", "at": "timestamp_ntz", "yes": "boolean", "name": "string", "empty": "integer", "code": "string"})
        rows = {row[0]: row for row in self.table("things")}
        self.assertEqual(rows[1][1:3] + rows[1][4:], (1.5, rows[1][2], True, 'a, "b"', None, "007"))
        self.assertEqual(rows[2][5], None)
        self.assertEqual(rows[3000000000][1], -50.0)
        self.assertIn("INSERT 3", self.run_results()["seed.shop.things"]["message"])

    def test_column_types_and_delimiter(self):
        self.write("seeds/things.csv", "id;code\n1;007\n2;\n")
        self.write("seeds/properties.yml", "seeds:\n  - name: things\n    config: {delimiter: ';', column_types: {Code: varchar, id: smallint}}\n")
        self.tidemark("seed")
        self.assertEqual(self.table("things"), [(1, "007"), (2, None)])
        self.write("seeds/things.csv", "id;code\n5;x\n")
        self.tidemark("seed")
        self.assertEqual(self.table("things"), [(5, "x")])

    def test_a_value_that_does_not_fit_is_an_error_and_the_table_stays(self):
        self.write("seeds/things.csv", "id\n1\n")
        self.write("seeds/properties.yml", "seeds:\n  - name: things\n    config: {column_types: {id: integer}}\n")
        self.tidemark("seed")
        self.write("seeds/things.csv", "id\none\n")
        self.failing("seed", code=1, saying="one")
        self.assertEqual(self.table("things"), [(1,)])

    def test_models_read_seeds(self):
        self.write("seeds/zones.csv", "id,name\n1,a\n2,b\n")
        self.model("named", "{{ config(materialized='table') }}select name from {{ ref('zones') }} where id = 2")
        self.tidemark("build")
        self.assertEqual(self.table("named"), [("b",)])


class DataTests(ProjectCase):
    def setUp(self):
        super().setUp()
        self.model("numbers", "{{ config(materialized='table') }}select * from (values (1, 'a'), (1, 'b'), (null, 'c')) as t(n, name)")

    def schema(self, tests):
        self.write("models/schema.yml", f"models:\n  - name: numbers\n    columns:\n      - name: n\n        data_tests:\n{tests}")

    def result(self, name):
        return next(result for id, result in self.run_results().items() if id.startswith(f"test.shop.{name}"))

    def test_statuses_and_messages(self):
        self.schema("          - unique\n          - not_null: {config: {severity: warn}}\n          - accepted_values: {arguments: {values: [1], quote: false}}\n")
        outcome = self.tidemark("build", code=1)
        self.assertEqual(self.result("unique_numbers_n")["status"], "fail")
        self.assertEqual(self.result("unique_numbers_n")["message"], "Got 1 result, configured to fail if != 0")
        self.assertEqual(self.result("not_null_numbers_n")["status"], "warn")
        self.assertEqual(self.result("not_null_numbers_n")["message"], "Got 1 result, configured to warn if != 0")
        self.assertEqual(self.result("accepted_values")["status"], "pass")
        self.assertIn("WARN=1 ERROR=1", outcome.all)

    def test_where_limit_fail_calc_and_thresholds(self):
        self.schema("          - unique: {config: {where: \"name <> 'b'\"}}\n          - not_null: {config: {error_if: '> 1', warn_if: '> 5'}}\n")
        self.write("tests/many.sql", "{{ config(fail_calc='sum(n)', limit=1, error_if='>= 2', warn_if='>= 1') }}select n from {{ ref('numbers') }} where n is not null")
        self.tidemark("build")
        self.assertEqual(self.result("many")["message"], "Got 1 result, configured to warn if >= 1")

    def test_a_failing_test_skips_what_is_downstream_and_a_warning_does_not(self):
        self.schema("          - unique\n")
        self.model("below", "{{ config(materialized='table') }}select * from {{ ref('numbers') }}")
        self.tidemark("build", code=1)
        self.assertEqual(self.run_results()["model.shop.below"]["status"], "skipped")
        self.schema("          - unique: {config: {severity: warn}}\n")
        self.tidemark("build")
        self.assertEqual(self.run_results()["model.shop.below"]["status"], "success")

    def test_failures_are_stored(self):
        self.schema("          - unique\n          - not_null: {config: {store_failures: false}}\n")
        self.tidemark("build", "--store-failures", code=1)
        relation = self.result("unique_numbers_n")["relation_name"]
        self.assertIn("dbt_test__audit", relation)
        self.assertEqual(self.table("unique_numbers_n", schema="analytics_dbt_test__audit"), [(1, 2)])
        self.assertFalse(self.path("data/warehouse/analytics_dbt_test__audit/not_null_numbers_n").exists())

    def test_null_fail_calc_is_named(self):
        self.write("tests/none.sql", "{{ config(fail_calc='max(n)') }}select n from {{ ref('numbers') }} where false")
        self.failing("build", code=1, saying=["TM6302", "max(n)"])


class Hooks(ProjectCase):
    def test_hooks_around_a_model_and_a_run(self):
        self.write("dbt_project.yml", """
            name: shop
            version: '1.0'
            profile: shop
            on-run-start: ["create table if not exists {{ target.schema }}.log (what varchar)", "insert into {{ target.schema }}.log values ('start')"]
            on-run-end:
              - "insert into {{ target.schema }}.log values ('end {{ results | length }} {{ results[0].status }} {{ results[0].node.name }} {{ schemas | join }}')"
            """)
        self.model("a", """
            {{ config(materialized='table', pre_hook="insert into {{ target.schema }}.log values ('pre {{ this.name }}')",
                      post_hook=[{"sql": "insert into {{ this.schema }}.log select 'post ' || count(*) from {{ this }}", "transaction": false}]) }}
            select 1 as n
            """)
        self.tidemark("run")
        self.assertEqual(sorted(row[0] for row in self.table("log")), ["end 1 success a analytics", "post 1", "pre a", "start"])

    def test_a_failing_start_hook_skips_all(self):
        self.write("dbt_project.yml", "name: shop\nversion: '1.0'\nprofile: shop\non-run-start: select no_such_thing\n")
        self.model("a", "select 1 as n")
        self.failing("run", code=1, saying="no_such_thing")
        self.assertEqual(self.run_results()["model.shop.a"]["status"], "skipped")

    def test_a_failing_pre_hook_fails_the_model(self):
        self.model("a", "{{ config(materialized='table', pre_hook='select no_such_thing') }}select 1 as n")
        self.failing("run", code=1, saying="no_such_thing")
        self.assertFalse(self.path("data/warehouse/analytics/a").exists())


class Contracts(ProjectCase):
    def contract(self, columns):
        self.write("models/schema.yml", "models:\n  - name: a\n    config: {contract: {enforced: true}}\n    columns:\n" + columns)

    def test_columns_and_types_are_held_against_the_query(self):
        self.model("a", "{{ config(materialized='table') }}select 'x' as name, 1 as n")
        self.contract("      - {name: n, data_type: int}\n      - {name: name, data_type: string}\n")
        self.tidemark("run")
        self.assertEqual(self.table("a"), [(1, "x")])
        self.contract("      - {name: n, data_type: bigint}\n      - {name: name, data_type: string}\n      - {name: more, data_type: date}\n")
        self.failing("run", code=1, saying=["TM6108", "n: promised BIGINT, the query gives INTEGER", "more: promised DATE, missing"])
        self.assertEqual(self.table("a"), [(1, "x")])

    def test_not_null(self):
        self.model("a", "{{ config(materialized='table') }}select unnest([1, null]) as n")
        self.contract("      - {name: n, data_type: int, constraints: [{type: not_null}]}\n")
        self.failing("run", code=1, saying=["TM6109", "1 row"])


class Models(ProjectCase):
    def test_docs_are_persisted(self):
        self.model("a", "{{ config(materialized='table', persist_docs={'relation': true, 'columns': true}) }}select 1 as n")
        self.write("models/schema.yml", "models:\n  - {name: a, description: 'All of it', columns: [{name: n, description: 'A number'}]}\n")
        self.tidemark("run")
        table = deltalake.DeltaTable(self.table_path("a"))
        self.assertEqual(table.metadata().description, "All of it")
        self.assertEqual(table.schema().fields[0].metadata.get("comment"), "A number")

    def test_a_materialization_of_the_project(self):
        self.write("macros/log_table.sql", """
            {% materialization log_table, default %}
              {%- set target = api.Relation.create(database=database, schema=schema, identifier=this.identifier ~ '_log', type='table') -%}
              {{ run_hooks(pre_hooks) }}
              {% call statement('main') -%}
                create table if not exists {{ target }} as {{ sql }}
              {%- endcall %}
              {{ return({'relations': [target]}) }}
            {% endmaterialization %}
            """)
        self.model("a", "{{ config(materialized='log_table') }}select 1 as n")
        self.tidemark("run")
        self.assertEqual(self.table("a_log"), [(1,)])

    def test_unknown_materialization_has_a_near_name(self):
        self.model("a", "{{ config(materialized='tabl') }}select 1 as n")
        self.failing("run", code=1, saying=["TM6101", "'tabl'", "did you mean 'table'?"])

    def test_materialized_view_is_a_table(self):
        self.parquet("in/a.parquet", "select 1 as n")
        self.model("a", "{{ config(materialized='materialized_view') }}select sum(n) as n from read_parquet('in/*.parquet')")
        self.tidemark("run")
        self.assertEqual(self.table("a"), [(1,)])
        self.parquet("in/b.parquet", "select 2 as n")
        self.tidemark("run")
        self.assertEqual(self.table("a"), [(3,)])

    def test_counts_tell_what_was_read_and_written(self):
        for name in "abc":
            self.parquet(f"in/{name}.parquet", f"select '{name}' as name, range as n from range(100)")
        self.model("v", "select *, n * 2 as m from read_parquet('in/*.parquet')")
        self.model("t", "{{ config(materialized='table') }}select name, sum(m) as m from {{ ref('v') }} group by name")
        self.model("u", "{{ config(materialized='table') }}select count(*) as n from {{ ref('t') }}")
        self.tidemark("run")
        counts = {name: self.run_results()[f"model.shop.{name}"]["adapter_response"] for name in "vtu"}
        self.assertEqual(counts["v"]["files_read"], 0)
        self.assertEqual(counts["t"]["files_read"], 3)
        self.assertEqual(counts["t"]["rows_read"], 300)
        self.assertEqual(counts["t"]["rows_affected"], 3)
        self.assertGreater(counts["t"]["bytes_read"], 0)
        self.assertEqual(counts["u"]["files_read"], 0)

    def test_empty_flag_reads_nothing(self):
        self.parquet("in/a.parquet", "select 1 as n")
        self.write("models/sources.yml", "sources:\n  - name: raw\n    tables:\n      - {name: a, external: {location: in, pattern: '*.parquet'}}\n")
        self.model("t", "{{ config(materialized='table') }}select * from {{ source('raw', 'a') }}")
        self.tidemark("run", "--empty")
        self.assertEqual(self.table("t"), [])


class PartitionsOfFiles(ProjectCase):
    """A hand-written insert_overwrite that restricts itself to affected_partitions()."""

    def setUp(self):
        super().setUp()
        self.model("daily", """
            {{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by='day') }}
            select day, sum(n) as n from read_parquet('in/*.parquet')
            {% if is_incremental() %} where {{ affected_partitions('day') }} {% endif %}
            group by day
            """)
        self.parquet("in/a.parquet", "select * from (values (date '2024-01-01', 1), (date '2024-01-02', 2), (null, 3)) as t(day, n)")
        self.parquet("in/b.parquet", "select date '2024-01-02' as day, 10 as n")
        self.tidemark("run")

    def check(self, partitions_written):
        self.tidemark("run")
        self.assertEqual(self.table("daily"), self.query("select day, sum(n) from read_parquet('in/*.parquet') group by day"))
        self.assertEqual(self.run_results()["model.shop.daily"]["adapter_response"]["partitions_written"], partitions_written)

    def test_added_replaced_removed_files(self):
        self.check(0)
        version = self.version("daily")
        self.check(0)
        self.assertEqual(self.version("daily"), version)
        self.parquet("in/c.parquet", "select date '2020-05-05' as day, 7 as n")
        self.check(1)
        self.parquet("in/b.parquet", "select date '2024-01-03' as day, 11 as n")
        self.check(2)
        self.remove("in/c.parquet")
        self.check(1)
        self.parquet("in/a.parquet", "select date '2024-01-01' as day, 1 as n")
        self.check(3)

    def change_while_read(self, times):
        """A hook rewrites a file after it was observed, as often as told."""
        text = self.path("models/daily.sql").read_text()
        hook = (
            "{% if is_incremental() and run_query('select count(*) as n from ' ~ this.schema ~ '.changes').rows[0].n < TIMES %}"
            "copy (select date '2024-01-02' as day, (select 100 + count(*) from {{ this.schema }}.changes) as n) to 'in/b.parquet' (format parquet);"
            "insert into {{ this.schema }}.changes values (1){% endif %}"
        ).replace("TIMES", str(times))
        self.write("macros/change.sql", "{% macro change() %}" + hook + "{% endmacro %}")
        self.path("models/daily.sql").write_text(text.replace("partition_by='day'", "partition_by='day', pre_hook='{{ change() }}'"))
        self.write("dbt_project.yml", "name: shop\nversion: '1.0'\nprofile: shop\non-run-start: create table if not exists {{ target.schema }}.changes (n int)\n")
        self.parquet("in/b.parquet", "select date '2024-01-02' as day, 11 as n")

    def test_a_file_that_changes_while_it_is_read_is_read_again(self):
        self.change_while_read(1)
        self.tidemark("run")
        self.assertEqual(len(self.table("changes")), 1)
        self.assertEqual(self.table("daily"), self.query("select day, sum(n) from read_parquet('in/*.parquet') group by day"))
        self.check(0)

    def test_a_file_that_keeps_changing_is_refused(self):
        before = self.table("daily")
        self.change_while_read(5)
        self.failing("run", code=1, saying=["TM5102", "in/b.parquet"])
        self.assertEqual(self.table("daily"), before)

    def test_edited_sql_recomputes_all(self):
        text = self.path("models/daily.sql").read_text()
        self.path("models/daily.sql").write_text(text.replace("sum(n) as n", "max(n) as n"))
        self.tidemark("run")
        self.assertEqual(self.table("daily"), self.query("select day, max(n) from read_parquet('in/*.parquet') group by day"))

    def test_affected_column_must_be_the_partition(self):
        text = self.path("models/daily.sql").read_text()
        self.path("models/daily.sql").write_text(text.replace("partition_by='day'", "partition_by='n'"))
        self.failing("run", code=1, saying=["TM6107", "day"])


if __name__ == "__main__":
    unittest.main()
