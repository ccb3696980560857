"""What is kept beside maintained tables: history, ledgers and contributions; whoever spoils them is noticed, never trusted."""

import json
import pathlib
import shutil
import unittest

import harness
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


class Distrust(Durable):
    """Ledgers, contributions and tables that are gone, spoiled, older or somebody else's: rebuilt, with the reason."""

    def setUp(self):
        super().setUp()
        self.file("a", 1)
        self.file("b", 2)

    def ledger_files(self, name):
        return sorted(self.path("data/warehouse/_tidemark/ledgers").glob(f"*{name}*/*.json"))

    def contributions(self, name="daily"):
        """The folder of a model's contribution table."""
        folders = [log.parent for log in self.path("data/warehouse/_tidemark/contributions").rglob("_delta_log") if f"__{name}_" in log.parent.name]
        self.assertEqual(len(folders), 1)
        return folders[0]

    def assert_rebuilt(self, name, saying, strategy="rebuild"):
        """With a late file, so that there is something to do."""
        self.late = getattr(self, "late", 0) + 1
        self.file(f"late{self.late}", 1000 + self.late)
        how = self.run_all()[name]
        self.assertEqual(how[0], strategy, how)
        self.assertIn(saying, how[1])
        self.assert_exact()
        self.file(f"later{self.late}", 2000 + self.late)  # and trust is there again
        self.assertIn(self.run_all()[name][0], ("merge", "partitions"))
        self.assert_exact()

    def test_no_ledger(self):
        self.model("middle", "{{ config(materialized='table') }}select date '2024-01-01' as day, 1.5::double as middle")
        self.run_all()
        self.model("middle", MIDDLE)
        self.assert_rebuilt("middle", "no ledger")

    def test_ledger_missing(self):
        self.run_all()
        for path in self.ledger_files("middle"):
            path.unlink()
        self.assert_rebuilt("middle", "is missing")

    def test_ledger_damaged(self):
        self.run_all()
        for path in self.ledger_files("middle"):
            path.write_text(path.read_text().replace('"rows"', '"sows"').replace("2024", "2025"))
        self.assert_rebuilt("middle", "other content")

    def test_a_ledger_of_another_version(self):
        self.run_all()
        old = self.ledger_files("daily")[0].read_bytes()
        self.file("c", 5)
        self.run_all()
        for path in self.ledger_files("daily"):
            path.write_bytes(old)
        self.file("late", 3)
        self.run_all()
        self.assert_exact()

    def test_ledgers_are_gone_but_contributions_are_there(self):
        """Contributions are named by the content of files: they can be trusted without a ledger."""
        self.run_all()
        self.remove("in/b.parquet")
        for path in self.ledger_files("daily"):
            path.unlink()
        self.run_all()
        self.assert_exact()

    def test_table_changed(self):
        self.write("seeds/names.csv", "n,name\n0,zero\n1,one\n2,two\n")
        joined = "{{ config(materialized='materialized_view', partition_by=['day']) }}select day, name, HOW as x from " + SCAN + " f join {{ ref('names') }} names on names.n = (f.amount::int) % 3 group by day, name"
        self.model("merged", joined.replace("HOW", "sum(amount)"))
        self.model("by_day", joined.replace("HOW", "median(amount)"))
        self.tidemark("build")
        harness.deltalake.DeltaTable(self.table_path("names")).optimize.compact()  # the same rows: nothing is to be done
        how = self.run_all()
        self.assertEqual((how["merged"][0], how["by_day"][0]), ("unchanged", "unchanged"))
        self.write("seeds/names.csv", "n,name\n0,nought\n1,one\n2,two\n")
        self.tidemark("seed")
        how = self.run_all()
        self.assertEqual((how["merged"][0], how["by_day"][0]), ("upper", "rebuild"))
        for name in ("merged", "by_day"):
            self.assertIn("names", how[name][1])
            self.assertIn("nought", {row[1] for row in self.table(name)})
        self.tidemark("verify")
        self.file("late", 3)
        how = self.run_all()
        self.assertEqual((how["merged"][0], how["by_day"][0]), ("merge", "partitions"))
        self.tidemark("verify")

    def test_the_table_by_delta_rs(self):
        def update(table):
            table.update(updates={"day": "day + 1"}, predicate="day = '2024-01-01'")

        def optimize(table):
            table.optimize.z_order(["day"])

        def restore(table):
            table.restore(0)

        for change in (update, optimize, restore):
            for name in ("daily", "middle"):
                with self.subTest(change=change.__name__, model=name):
                    self.run_all()
                    self.file("extra", 9)
                    self.run_all()
                    before = self.version(name)
                    change(harness.deltalake.DeltaTable(self.table_path(name)))
                    self.assertGreater(self.version(name), before)
                    how = self.run_all()[name]
                    self.assertEqual(how[0], "rebuild" if name == "middle" else how[0])
                    self.assertNotEqual(how[0], "unchanged")
                    self.assert_exact()
                    self.remove("in/extra.parquet")
                    self.run_all()
                    self.assert_exact()

    def test_the_table_as_it_was_before(self):
        """An older copy of the folder, log and all."""
        self.run_all()
        for name in ("daily", "middle"):
            shutil.copytree(self.table_path(name), self.path(f"old_{name}"))
        self.file("b", 6)
        self.file("c", 7)
        self.run_all()
        self.file("c", 8)
        self.run_all()
        for name in ("daily", "middle"):
            shutil.rmtree(self.table_path(name))
            shutil.copytree(self.path(f"old_{name}"), self.table_path(name))
        how = self.run_all()
        self.assertNotIn("unchanged", (how["daily"][0], how["middle"][0]))
        self.assert_exact()

    def test_contributions_are_gone(self):
        self.run_all()
        shutil.rmtree(self.contributions())
        self.assert_rebuilt("daily", "contribution table")

    def test_contributions_of_before(self):
        self.run_all()
        shutil.copytree(self.contributions(), self.path("old"))
        self.file("c", 7)
        self.run_all()
        folder = self.contributions()
        shutil.rmtree(folder)
        shutil.copytree(self.path("old"), folder)
        self.assert_rebuilt("daily", "not those that the result was derived from")

    def test_contributions_of_another_model(self):
        self.model("other", DAILY.replace("sum(amount)", "sum(amount * 2)"))
        self.run_all()
        folder = self.contributions()
        shutil.rmtree(folder)
        shutil.copytree(self.contributions("other"), folder)
        self.assert_rebuilt("daily", "not those that the result was derived from")

    def test_contributions_changed_by_delta_rs(self):
        changes = {
            "update": lambda table: table.update(updates={"file_id": "file_id + 1"}),
            "delete": lambda table: table.delete("file_id > 0"),
            "optimize": lambda table: table.optimize.z_order(["file_id"]),
            "restore": lambda table: table.restore(0),
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                self.tidemark("run", "--full-refresh")
                self.file(f"new_{name}", 40)
                self.run_all()
                change(harness.deltalake.DeltaTable(str(self.contributions())))
                self.assert_rebuilt("daily", "somebody else has changed them")

    def test_contribution_files_that_are_gone_or_cut(self):
        def cut(path):
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

        for name, spoil in {"gone": pathlib.Path.unlink, "cut": cut}.items():
            with self.subTest(how=name):
                self.run_all()
                for path in self.contributions().glob("*.parquet"):
                    spoil(path)
                self.assert_rebuilt("daily", "cannot be read")

    def test_files_of_the_table_that_are_gone(self):
        """What is published cannot be compared with: refused, and a full refresh puts it right."""
        self.run_all()
        for path in pathlib.Path(self.table_path("daily")).glob("*.parquet"):
            path.unlink()
        self.file("late", 3)
        self.failing("run", code=1, saying="daily")
        self.tidemark("run", "--full-refresh", "--select", "daily")
        self.run_all()
        self.assert_exact()


class Compaction(Durable):
    """Contribution tables do not grow by a file with every run."""

    LATE = 40

    def contribution_files(self):
        import deltalake

        logs = list(self.path("data/warehouse/_tidemark/contributions").rglob("_delta_log"))
        self.assertEqual(len(logs), 1)
        return len(deltalake.DeltaTable(str(logs[0].parent)).file_uris())

    def test_forty_late_files_one_after_the_other(self):
        self.model("totals", "{{ config(materialized='materialized_view') }}\nselect trips, count(*) as days, sum(revenue) as revenue from {{ ref('daily') }} group by trips")
        self.file("base", 0)
        self.run_all()
        most = result_files = 0
        for i in range(self.LATE):
            self.file(f"late{i:02}", i + 1, rows=7, days=40)
            self.assertEqual(self.run_all()["daily"], ("merge", ""), i)
            most = max(most, self.contribution_files())
            result_files = max(result_files, len(harness.deltalake.DeltaTable(self.table_path("daily")).file_uris()))
        self.assertLessEqual(most, 17)
        self.assertGreaterEqual(most, 15)
        self.assertLessEqual(result_files, 17)
        self.assert_exact()
        self.assertEqual(self.run_all()["daily"][0], "unchanged")
        kept = self.table("daily")
        self.tidemark("run", "--full-refresh", "--select", "daily")
        self.assertEqual(self.table("daily"), kept)


if __name__ == "__main__":
    unittest.main()
