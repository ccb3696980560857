"""Which source files a maintained run opens, as the kernel tells it; and real months in random order."""

import ctypes
import math
import os
import random
import shutil
import struct
import unittest

import harness
from harness import ProjectCase

IN_OPEN = 0x20
IN_NONBLOCK = 0o4000


class Opened:
    """Names of files in a folder that any process opens, between enter and exit: inotify."""

    def __init__(self, folder):
        self.folder = str(folder).encode()
        self.names = set()

    def __enter__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        self.queue = libc.inotify_init1(IN_NONBLOCK)
        if self.queue < 0 or libc.inotify_add_watch(self.queue, self.folder, IN_OPEN) < 0:
            raise unittest.SkipTest("inotify is not to be had")
        return self

    def __exit__(self, *_):
        while True:
            try:
                events = os.read(self.queue, 1 << 16)
            except BlockingIOError:
                break
            while events:
                length = struct.unpack_from("iIII", events)[3]
                name = events[16 : 16 + length].rstrip(b"\0").decode()
                if name:
                    self.names.add(name)
                events = events[16 + length :]
        os.close(self.queue)


class FilesOpened(ProjectCase):
    MANY = 192

    def setUp(self):
        super().setUp()
        scan = "read_parquet('in/*.parquet')"
        config = "{{ config(materialized='materialized_view', partition_by=['day']) }}"
        self.model("stg", f"select * from {scan} where amount is not null")
        self.model("daily", f"{config}select day, sum(amount) as revenue, count(*) as trips, sum(sum(amount)) over (order by day) as running from {{{{ ref('stg') }}}} group by day")
        self.model("zones", f"{{{{ config(materialized='materialized_view') }}}}select zone, avg(amount) as a, stddev_samp(amount) as s from {scan} group by zone")
        self.model("middle", f"{config}select day, median(amount) as m from {scan} group by day")

    def file(self, i, seed):
        # each file has days of its own, as months have
        self.parquet(f"in/f{i:03}.parquet", f"select date '2010-01-01' + (7 * {i} + hash(j, {seed}) % 7)::int as day, (hash(j, {seed}, 1) % 10000) * 0.01 as amount, (j % 3)::int as zone from range(20) r(j)")

    def opened_in(self, *arguments):
        with Opened(self.path("in")) as opened:
            self.tidemark("run", *arguments)
        return opened.names

    def test_more_files_than_a_list_of_names_takes(self):
        for i in range(230):
            self.file(i, i)
        self.parquet("in/a [1] file, too.parquet", "select date '2010-01-01' as day, 7.25::decimal(23, 2) as amount, 1 as zone")
        self.tidemark("run")
        self.tidemark("verify")
        truth = self.query("select day, sum(amount) as revenue, count(*), sum(revenue) over (order by day) from read_parquet('in/*.parquet') group by day")
        self.assert_rows(self.table("daily"), truth)
        self.file(230, 230)
        self.remove("in/f003.parquet")
        self.tidemark("run")
        self.tidemark("verify")

    def test_only_what_changed_is_opened(self):
        for i in range(self.MANY):
            self.file(i, i)
        self.assertEqual(len(self.opened_in()), self.MANY)
        self.assertEqual(self.opened_in(), set())
        self.file(100, 5000)
        self.assertEqual(self.opened_in(), {"f100.parquet"})
        self.remove("in/f030.parquet")
        self.assertEqual(self.opened_in(), set())
        self.file(500, 6000)  # late
        self.assertEqual(self.opened_in(), {"f500.parquet"})
        os.utime(self.path("in/f007.parquet"), (1, 1))  # touched: looked at, to see that it is the same
        self.assertEqual(self.opened_in(), {"f007.parquet"})
        self.path("in/f008.parquet").rename(self.path("in/g008.parquet"))
        self.assertEqual(self.opened_in(), {"g008.parquet", "f007.parquet"})  # no commit has said yet that the touched one is the same
        self.assertEqual(self.opened_in(), set())
        self.tidemark("verify")

    def test_days_that_files_share_are_recomputed_from_those_files(self):
        """By partitions, the other files that hold an affected day are read, and no more."""
        for i in range(20):
            self.file(i, i)
        self.parquet("in/stray.parquet", "select date '2010-01-03' as day, 1.5 as amount, 1 as zone")  # a day of f000
        self.opened_in()
        self.parquet("in/stray.parquet", "select date '2010-01-03' as day, 2.5 as amount, 1 as zone")
        self.assertEqual(self.opened_in("--select", "daily", "zones"), {"stray.parquet"})
        self.assertLessEqual(self.opened_in("--select", "middle"), {"stray.parquet", "f000.parquet"})
        self.tidemark("verify")


class RealMonths(ProjectCase):
    """Green months of the TLC, whose types differ, in random order; one of them is replaced by its other encoding, one is taken away."""

    SCAN = "read_parquet('raw/green_*.parquet')"
    MODELS = {
        "daily": ("partition_by=['day']", "select lpep_pickup_datetime::date as day, sum(total_amount) as revenue, count(*) as trips, sum(passenger_count) as people, sum(sum(total_amount)) over (order by lpep_pickup_datetime::date) as running from {scan} where total_amount > 0 group by 1"),
        "by_zone": ("", "select \"PULocationID\" as zone, avg(tip_amount) as tip, stddev_samp(trip_distance) as spread, corr(trip_distance, total_amount) as c, max(lpep_pickup_datetime) as latest from {scan} group by 1"),
        "by_vendor": ("", "select \"VendorID\" as vendor, payment_type, count(*) as n, count(passenger_count) as counted, sum(fare_amount) as fares, min(total_amount) as least from {scan} group by all"),
        "medians": ("partition_by=['day']", "select lpep_pickup_datetime::date as day, median(total_amount) as middle, count(distinct \"PULocationID\") as zones from {scan} group by 1"),
        "totals": ("", "select count(*) as n, sum(total_amount) as total, var_pop(tip_amount) as spread from {scan}"),
    }

    def setUp(self):
        super().setUp()
        self.tlc = harness.tlc_folder(self)
        self.path("raw").mkdir()
        for name, (config, sql) in self.MODELS.items():
            self.model(name, "{{ config(materialized='materialized_view'" + (", " + config if config else "") + ") }}\n" + sql.format(scan=self.SCAN))

    def check(self):
        self.tidemark("run")
        self.tidemark("verify")
        everything = self.SCAN.replace(")", ", union_by_name = true)")
        for name, (_, sql) in self.MODELS.items():
            self.assert_rows(self.table(name), self.query(sql.format(scan=everything)))
        days = self.query(f"select lpep_pickup_datetime::date, list(total_amount), null from {everything} where total_amount > 0 group by 1")
        self.assertEqual({row[0]: row[1].hex() for row in self.table("daily")}, {day: math.fsum(values).hex() for day, values, _ in days})

    def arrive(self, month, encoding=""):
        shutil.copy(self.tlc / f"green_tripdata_{month}{encoding}.parquet", self.path(f"raw/green_tripdata_{month}.parquet"))

    def test_months_in_random_order(self):
        seed = harness.first_seed()
        print(f"TIDEMARK_SEED={seed}", flush=True)
        chance = random.Random(seed)
        months = sorted(path.name[15:22] for path in self.tlc.glob("green_tripdata_????-??.parquet"))
        chance.shuffle(months)
        done = []
        for month in months:
            self.arrive(month)
            done.append(month)
            if month == "2024-03" or chance.random() < 0.4:
                with self.subTest(seed=seed, done=done):
                    self.check()
            if month == "2024-03":
                self.arrive(month, ".alt")
                done.append("2024-03.alt")
                with self.subTest(seed=seed, done=done):
                    self.check()
                    response = {name.split(".")[-1]: result["adapter_response"] for name, result in self.run_results().items()}
                    self.assertLessEqual(response["daily"]["files_read"], len(done))
        gone = chance.choice(months)
        self.remove(f"raw/green_tripdata_{gone}.parquet")
        with self.subTest(seed=seed, done=done, gone=gone):
            self.check()
        self.arrive("2024-03")  # back to the first encoding
        with self.subTest(seed=seed, done=done, back="2024-03"):
            self.check()


if __name__ == "__main__":
    unittest.main()
