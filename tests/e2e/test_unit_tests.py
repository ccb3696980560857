"""Unit tests: a model over given rows, held against expected ones."""

import unittest

from harness import ProjectCase

YAML = """
    version: 2
    sources: [{name: raw, tables: [{name: orders, external: {location: in, pattern: '*.parquet'}}]}]
    unit_tests:
      - name: sums
        model: totals
        given:
          - input: ref('customers')
            rows: [{id: 1, name: Ann}, {id: 2, name: Bo}]
          - input: source('raw', 'orders')
            format: csv
            rows: |
              customer,amount
              1,2.5
              1,4
              2,
        expect:
          rows: [{name: Ann, total: 6.5}, {name: Bo, total: null}]
    """


class UnitTests(ProjectCase):
    def setUp(self):
        super().setUp()
        self.parquet("in/orders.parquet", "select 1 as customer, 1.5::double as amount, date '2024-01-01' as day")
        self.model("customers", "{{ config(materialized='table') }}select 1 as id, 'x' as name")
        self.model("totals", "{{ config(materialized='table') }}select c.name, sum(o.amount) as total from {{ ref('customers') }} as c join {{ source('raw', 'orders') }} as o on o.customer = c.id group by 1")
        self.write("models/unit.yml", YAML)

    def change(self, old, new):
        text = self.path("models/unit.yml").read_text()
        self.assertIn(old, text)
        self.path("models/unit.yml").write_text(text.replace(old, new))

    def test_one_that_passes(self):
        self.tidemark("run")
        out = self.tidemark("test").out
        self.assertIn("1 of 1 START unit_test totals::sums ", out)
        self.assertIn("1 of 1 PASS totals::sums ", out)
        result = self.run_results()["unit_test.shop.totals.sums"]
        self.assertEqual((result["status"], result["failures"]), ("pass", 0))

    def test_one_that_fails_keeps_its_model_from_being_built(self):
        self.change("total: 6.5", "total: 7")
        out = self.tidemark("build", code=1).all
        self.assertIn("FAIL 1", out)
        self.assertIn("---,Ann,7", out)
        self.assertIn("+++,Ann,6.5", out)
        results = self.run_results()
        self.assertEqual(results["unit_test.shop.totals.sums"]["status"], "fail")
        self.assertEqual(results["model.shop.customers"]["status"], "success")
        self.assertEqual(results["model.shop.totals"]["status"], "skipped")

    def test_build_runs_it_before_its_model(self):
        self.tidemark("build")
        self.assertEqual(list(self.run_results()), ["model.shop.customers", "unit_test.shop.totals.sums", "model.shop.totals"])

    def test_sql_and_files_as_fixtures(self):
        self.tidemark("run")
        self.write("tests/fixtures/people.csv", "id,name\n1,Ann\n2,\"Bo, the \"\"second\"\"\"\n")
        self.change("rows: [{id: 1, name: Ann}, {id: 2, name: Bo}]", "format: csv\n        fixture: people")
        self.change("rows: [{name: Ann, total: 6.5}, {name: Bo, total: null}]", "format: sql\n      rows: select 'Ann' as name, 6.5 as total union all select 'Bo, the \"second\"', null")
        self.tidemark("test")

    def test_overrides_and_this(self):
        self.model("latest", """
            {{ config(materialized='incremental') }}
            select day, amount * {{ var('rate', 1) }} as amount, '{{ env_var('REGION', 'none') }}' as region, {{ pick() }} as picked from {{ source('raw', 'orders') }}
            {% if is_incremental() %} where day > (select max(day) from {{ this }}) {% endif %}""")
        self.write("macros/pick.sql", "{% macro pick() %}1{% endmacro %}")
        self.tidemark("run")
        self.write("models/latest.yml", """
            unit_tests:
              - name: only_new
                model: latest
                overrides: {macros: {is_incremental: true, pick: 9}, vars: {rate: 10}, env_vars: {REGION: north}}
                given:
                  - input: this
                    rows: [{day: 2024-01-02}]
                  - input: source('raw', 'orders')
                    rows: [{day: 2024-01-02, amount: 1}, {day: 2024-01-03, amount: 2}]
                expect:
                  rows: [{day: 2024-01-03, amount: 20, region: north, picked: 9}]
            """)
        self.tidemark("test", "-s", "latest")

    def test_ephemeral_inputs(self):
        self.model("customers", "{{ config(materialized='ephemeral') }}select 1 as id, 'x' as name")
        self.tidemark("build")

    def test_what_does_not_fit_is_said(self):
        self.failing("test", code=1, saying=["TM6304", "does not exist"])
        self.tidemark("run")
        self.change("{id: 1, name: Ann}", "{id: 1, nme: Ann}")
        self.failing("test", code=1, saying=["TM6304", "'nme'", "id, name"])
        self.change("nme", "name")
        self.change("{name: Ann, total: 6.5}", "{name: Ann, sum: 6.5}")
        self.failing("test", code=1, saying=["TM6304", "'sum'"])
        self.write("models/unit.yml", YAML[:YAML.index("          - input: source('raw'")] + "        expect: {rows: []}\n    ")
        self.failing("test", code=1, saying=["TM6304", "gives no rows for source.shop.raw.orders"])

    def test_selection(self):
        self.tidemark("run")
        for chosen in ("test_type:unit", "totals", "unit_test:sums"):
            self.assertIn("TOTAL=1", self.tidemark("test", "-s", chosen).out)
        self.assertIn("Nothing to do", self.tidemark("test", "--exclude-resource-type", "unit_test").all)


if __name__ == "__main__":
    unittest.main()
