"""vacuum: what nobody needs goes, all else stays."""

import unittest

from harness import ProjectCase


class Housekeeping(ProjectCase):
    def setUp(self):
        super().setUp()
        self.parquet("data/raw/a.parquet", "select date '2024-01-01' + i::int as day, i as amount from range(3) t(i)")
        self.model("daily", "{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by='day') }}"
                            "select day, sum(amount)::bigint as total from read_parquet('data/raw/*.parquet') group by day")
        self.tidemark("run")
        self.parquet("data/raw/b.parquet", "select date '2024-01-02' as day, 100 as amount")
        self.tidemark("run")

    def shown(self, *flags, **more):
        return self.tidemark("show", "--quiet", "--limit", "-1", "--output", "json", *flags, **more).out.replace(" ", "").replace("\n", "")

    def test_vacuum(self):
        before = sorted(self.path("data/warehouse").rglob("*"))
        told = self.tidemark("vacuum", "--dry-run", "--retain-hours", "0")
        self.assertIn("Would remove", told.all)
        self.assertIn("daily", told.all)
        self.assertEqual(sorted(self.path("data/warehouse").rglob("*")), before)
        self.assertIn("Removed nothing", self.tidemark("vacuum").all)  # all of it is young
        rows = self.table("daily")
        self.assertIn("Removed", self.tidemark("vacuum", "--retain-hours", "0").all)
        self.assertEqual(self.table("daily"), rows)
        self.assertIn('"total":101', self.shown("--select", "daily"))
        self.failing("show", "--select", "daily", "--at-version", "0", code=1, saying=["TM4214", "daily"])
        # the ledger is still there: what is known is not computed again
        self.parquet("data/raw/c.parquet", "select date '2024-01-03' as day, 1000 as amount")
        self.tidemark("run")
        self.assertEqual([total for _, total in self.table("daily")], [0, 101, 1002])

    def test_a_native_file_has_nothing_to_vacuum(self):
        self.write("profiles.yml", "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, schema: analytics}\n")
        self.failing("vacuum", code=2, saying="TM6020")


if __name__ == "__main__":
    unittest.main()
