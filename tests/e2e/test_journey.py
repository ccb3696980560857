"""The taxi example, versions 1 to 4, over generated months that arrive in any order; DuckDB over all files is the oracle."""

import json
import random
import os
import pathlib
import shutil
import unittest

import harness
from harness import ProjectCase

EXAMPLE = harness.ROOT / "examples/nyc_taxi"
VERSIONS = ["agg_daily_revenue_v1", "agg_daily_revenue_v2", "agg_daily_revenue_v3", "agg_daily_revenue_v4"]


class Journey(ProjectCase):
    pickup = "tpep_pickup_datetime"
    pattern = "data/raw/yellow_tripdata_*.parquet"

    def setUp(self):
        super().setUp()
        shutil.copytree(EXAMPLE, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("data", "target", "logs", ".tidemark"))
        self.path("data/raw").mkdir(parents=True)

    def generate(self, start, end, rows=3000):
        self.tidemark("run-operation", "generate_sample", "--args", f"{{start: {start}, end: {end}, rows: {rows}, folder: data/raw}}")

    def truth(self):
        return self.query(f"""
            select cast({self.pickup} as date) as trip_date, sum(total_amount), count(*), sum(cast(passenger_count as bigint)),
                sum(sum(total_amount)) over (order by cast({self.pickup} as date) rows unbounded preceding)
            from read_parquet('{self.pattern}', union_by_name = true)
            where {self.pickup} is not null and total_amount > 0
            group by 1
            """)

    def assert_all_versions_true(self, versions=VERSIONS):
        truth = self.truth()
        self.assertTrue(truth)
        for version in versions:
            rows = [(day, revenue, trips, None if passengers is None else int(passengers), running) for day, revenue, trips, passengers, running in self.table(version)]
            self.assert_rows(rows, truth)

    def counts(self, model):
        return self.run_results()[f"model.nyc_taxi.{model}"]["adapter_response"]

    def test_late_replaced_and_removed_months(self):
        self.generate("2024-01", "2024-03")
        self.tidemark("run")
        self.assert_all_versions_true()
        self.tidemark("test")

        self.generate("2021-01", "2021-03")
        self.tidemark("run")
        self.assert_all_versions_true()

        self.generate("2024-02", "2024-02", rows=1000)  # a month is replaced by a smaller one
        self.tidemark("run")
        self.assert_all_versions_true()

        self.remove("data/raw/yellow_tripdata_2021-02.parquet")
        self.tidemark("run")
        self.assert_all_versions_true()
        self.tidemark("test")

    def test_a_late_month_is_all_that_version_2_reads(self):
        self.generate("2024-01", "2024-04")
        self.tidemark("run")
        self.generate("2021-01", "2021-01")
        self.tidemark("run")
        v2 = self.counts("stg_trips_v2")
        self.assertEqual(v2["files_read"], 1)
        self.assertEqual(v2["partitions_written"], 1)
        self.assert_all_versions_true()

    def test_version_3_leaves_days_before_the_first_affected_one(self):
        self.generate("2023-01", "2023-03")
        self.tidemark("run")
        days = len(self.table("agg_daily_revenue_v3"))
        self.parquet("data/raw/yellow_tripdata_2024-05.parquet", "select * replace (timestamp '2024-05-05 10:00:00' as tpep_pickup_datetime) from read_parquet('" + str(self.path("data/raw/yellow_tripdata_2023-01.parquet")) + "') limit 10")
        self.tidemark("run")
        self.assertEqual(self.counts("agg_daily_revenue_v3")["partitions_written"], 1)
        self.assertEqual(len(self.table("agg_daily_revenue_v3")), days + 1)
        self.assert_all_versions_true()

    def test_nothing_changed_changes_nothing(self):
        self.generate("2024-01", "2024-02")
        self.tidemark("run")
        before = self.table("agg_daily_revenue_v3")
        self.tidemark("run")
        self.assertEqual(self.counts("stg_trips_v2")["files_read"], 0)
        self.assertEqual(self.counts("agg_daily_revenue_v3")["partitions_written"], 0)
        self.assertEqual(self.table("agg_daily_revenue_v3"), before)
        self.assert_all_versions_true()

    def test_version_4_opens_changed_files_alone(self):
        select = ["--select", "stg_trips", "agg_daily_revenue_v4"]
        self.generate("2024-01", "2024-04")
        self.tidemark("run", *select)
        self.assertEqual(self.counts("agg_daily_revenue_v4")["files_read"], 4)

        self.generate("2021-01", "2021-01")
        self.tidemark("run", *select)
        self.assertEqual(self.counts("agg_daily_revenue_v4")["files_read"], 1)
        self.assert_all_versions_true(["agg_daily_revenue_v4"])

        self.generate("2024-02", "2024-02", rows=1000)
        self.tidemark("run", *select)
        self.assertEqual(self.counts("agg_daily_revenue_v4")["files_read"], 1)
        self.assert_all_versions_true(["agg_daily_revenue_v4"])

        self.remove("data/raw/yellow_tripdata_2024-03.parquet")
        self.tidemark("run", *select)
        self.assertEqual(self.counts("agg_daily_revenue_v4")["files_read"], 0)
        self.assert_all_versions_true(["agg_daily_revenue_v4"])

        self.tidemark("run", *select)
        self.assertEqual(self.counts("agg_daily_revenue_v4")["files_read"], 0)
        self.tidemark("verify", "--select", "agg_daily_revenue_v4")

    def test_the_window_of_days_drifts_and_its_tests_pass(self):
        select = ["--select", "stg_trips", "agg_daily_revenue_window"]
        self.generate("2024-01", "2024-03")
        self.tidemark("run", *select)
        self.tidemark("verify", "--select", "agg_daily_revenue_window")
        self.generate("2021-01", "2021-01")
        self.tidemark("run", *select)
        self.tidemark("test", "--select", "agg_daily_revenue_window")
        self.failing("verify", "--select", "agg_daily_revenue_window", code=1, saying="drift")

    def test_trip_ids_never_shift(self):
        self.generate("2024-01", "2024-01")
        self.tidemark("run", "--select", "stg_trips_v2")
        before = {row[0]: row for row in self.table("stg_trips_v2")}
        self.generate("2020-01", "2020-01")
        self.tidemark("run", "--select", "stg_trips_v2")
        after = {row[0]: row for row in self.table("stg_trips_v2")}
        self.assertEqual({trip: after[trip] for trip in before}, before)
        self.assertTrue(all(trip.startswith("data/raw/yellow_tripdata_") for trip in after))

    def test_a_touched_or_renamed_file_changes_no_row(self):
        self.generate("2024-01", "2024-02")
        self.tidemark("run")
        os.utime(self.path("data/raw/yellow_tripdata_2024-01.parquet"))
        self.tidemark("run")
        self.assertEqual(self.counts("stg_trips_v2")["partitions_written"], 0)
        self.path("data/raw/yellow_tripdata_2024-02.parquet").rename(self.path("data/raw/yellow_tripdata_2024-02-again.parquet"))
        self.tidemark("run")
        self.assert_all_versions_true()

    def test_random_arrivals(self):
        seed = harness.first_seed()
        print(f"TIDEMARK_SEED={seed}")
        choice = random.Random(seed)
        months = ["2021-01", "2021-02", "2023-12", "2024-01", "2024-02"]
        here = set()
        for step in range(8):
            month = choice.choice(months)
            name = f"data/raw/yellow_tripdata_{month}.parquet"
            if month in here and choice.random() < 0.4 and len(here) > 1:
                self.remove(name)
                here.remove(month)
            else:
                self.generate(month, month, rows=choice.choice([50, 500, 2000]))
                here.add(month)
            self.tidemark("run")
            with self.subTest(seed=seed, step=step):
                self.assert_all_versions_true()

    def test_sample_target_has_its_own_files_and_warehouse(self):
        self.path("data/sample").mkdir(parents=True)
        self.tidemark("run-operation", "generate_sample", "--args", "{start: 2024-01, end: 2024-01, rows: 500}", "--target", "sample")
        self.tidemark("run", "--target", "sample")
        self.assertFalse(self.path("data/warehouse/analytics").exists())
        self.assertTrue(self.path("data/sample_warehouse/analytics/agg_daily_revenue_v1").is_dir())
        self.tidemark("run-operation", "compare_versions", "--target", "sample")

    def test_the_sample_is_deterministic(self):
        self.generate("2024-01", "2024-01", rows=500)
        first = self.query("select * from read_parquet('data/raw/yellow_tripdata_2024-01.parquet')")
        self.generate("2024-01", "2024-01", rows=500)
        self.assertEqual(self.query("select * from read_parquet('data/raw/yellow_tripdata_2024-01.parquet')"), first)


class RealGreenTrips(Journey):
    """The same models over the TLC's real green files, whose column types drift from year to year."""

    pickup = "lpep_pickup_datetime"
    pattern = "data/raw/green_tripdata_*.parquet"

    def setUp(self):
        super().setUp()
        self.tlc = harness.tlc_folder(self)
        sources = self.path("models/sources.yml")
        sources.write_text(sources.read_text().replace("yellow_tripdata_*.parquet", "green_tripdata_*.parquet"))
        trips = self.path("macros/trips.sql")
        trips.write_text(trips.read_text().replace("tpep_", "lpep_"))

    def arrive(self, *names):
        for name in names:
            shutil.copy(self.tlc / f"green_tripdata_{name}.parquet", self.path(f"data/raw/green_tripdata_{name}.parquet"))

    def check(self):
        self.tidemark("run")
        self.assert_all_versions_true()

    def test_months_in_random_order_with_drifting_types(self):
        seed = harness.first_seed()
        print(f"TIDEMARK_SEED={seed}")
        months = ["2022-01", "2022-02", "2022-03", "2023-01", "2023-02", "2023-03", "2024-01", "2024-03"]
        random.Random(seed).shuffle(months)
        for start in range(0, len(months), 3):
            self.arrive(*months[start : start + 3])
            with self.subTest(seed=seed, months=months[: start + 3]):
                self.check()

    def test_whichever_file_comes_first(self):
        for order in (["2022-01", "2024-01"], ["2024-01", "2022-01"]):
            shutil.rmtree(self.path("data"))
            self.path("data/raw").mkdir(parents=True)
            for month in order:
                self.arrive(month)
                self.check()

    def test_a_month_replaced_by_its_other_encoding(self):
        self.arrive("2023-01", "2024-03")
        self.check()
        shutil.copy(self.tlc / "green_tripdata_2024-03.alt.parquet", self.path("data/raw/green_tripdata_2024-03.parquet"))
        self.check()

    # What the generated months show need not be shown again.
    test_late_replaced_and_removed_months = None
    test_a_late_month_is_all_that_version_2_reads = None
    test_version_3_leaves_days_before_the_first_affected_one = None
    test_nothing_changed_changes_nothing = None
    test_version_4_opens_changed_files_alone = None
    test_the_window_of_days_drifts_and_its_tests_pass = None
    test_trip_ids_never_shift = None
    test_a_touched_or_renamed_file_changes_no_row = None
    test_random_arrivals = None
    test_sample_target_has_its_own_files_and_warehouse = None
    test_the_sample_is_deterministic = None


if __name__ == "__main__":
    unittest.main()
