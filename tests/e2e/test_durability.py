"""What is kept beside maintained tables: history, ledgers and contributions; whoever spoils them is noticed, never trusted."""

import json
import unittest

from harness import ProjectCase

SCAN = "read_parquet('in/*.parquet')"
DAILY = "{{ config(materialized='materialized_view', partition_by=['day']) }}\nselect day, sum(amount) as revenue, count(*) as trips from " + SCAN + " group by day"
MIDDLE = "{{ config(materialized='materialized_view', partition_by=['day']) }}\nselect day, median(amount) as middle from " + SCAN + " group by day"


class Durable(ProjectCase):
    """Two maintained models over one folder: one that merges, one that goes by partitions."""

    def setUp(self):
        super().setUp()
        self.model("daily", DAILY)
        self.model("middle", MIDDLE)

    def file(self, name, seed, rows=20, days=5):
        day = f"(date '2024-01-01' + (hash(i, {seed}) % {days})::int)"
        return self.parquet(f"in/{name}.parquet", f"select {day} as day, (hash(i, {seed}, 1) % 100000)::double / 1000 as amount from range({rows}) r(i)")

    def run_all(self, **more):
        """(strategy, reason) by model."""
        self.tidemark("run", **more)
        return {name.split(".")[-1]: (result["adapter_response"].get("strategy"), result["adapter_response"].get("reason", "")) for name, result in self.run_results().items()}

    def assert_exact(self):
        daily = self.query(f"select day, fsum(amount), count(*) from {SCAN} group by day")
        self.assert_rows(self.table("daily"), daily)
        self.assertEqual(self.table("middle"), self.query(f"select day, median(amount) from {SCAN} group by day"))
        self.tidemark("verify")


class History(Durable):
    def commits(self, name):
        return json.loads(self.tidemark("history", name, "--output", "json").out)[0]["commits"]

    def test_it_tells_how_and_why(self):
        self.file("a", 1)
        self.run_all()
        self.file("b", 2)
        self.run_all()
        self.assertEqual([(one["how"], one["tidemark"]["strategy"]) for one in self.commits("daily")], [("merge", "merge"), ("rebuild", "rebuild")])
        self.assertIn("built before", self.commits("daily")[1]["tidemark"]["reason"])
        self.assertEqual([one["how"] for one in self.commits("middle")], ["partitions", "rebuild"])
        text = self.tidemark("history", "daily").out
        self.assertRegex(text, r"\| merge +\|")
        self.assertRegex(text, r"\| rebuild +\| [^|]*built before")

    def test_other_writers_are_named(self):
        import deltalake

        self.file("a", 1)
        self.run_all()
        deltalake.DeltaTable(self.table_path("daily")).delete("trips > 0")
        self.run_all()
        how = [one["how"] for one in self.commits("daily")]
        self.assertEqual((how[0], how[2]), ("rebuild", "rebuild"))
        self.assertTrue(how[1].startswith("by "), how)

    def test_tables_and_incremental_models_have_one_too(self):
        self.model("plain", "{{ config(materialized='table') }}select 1 as n")
        self.model("more", "{{ config(materialized='incremental') }}select 1 as n")
        self.write("seeds/s.csv", "n\n1\n")
        self.file("a", 1)
        self.tidemark("build")
        self.tidemark("run")
        self.assertEqual([one["how"] for one in self.commits("plain")], ["table", "table"])
        self.assertEqual([one["how"] for one in self.commits("more")], ["append", "rebuild"])
        self.assertEqual([one["how"] for one in self.commits("s")], ["seed"])


if __name__ == "__main__":
    unittest.main()
