"""Sources of CSV and JSON files: one dialect and one schema for all files, and maintenance over them."""

import gzip
import unittest

from harness import ProjectCase

SUM = "{{ config(materialized='materialized_view', partition_by='day') }}select day, sum(v) as v, count(*) as n from %s group by day"


class TextSources(ProjectCase):
    def csv(self, name, text):
        return self.write(f"in/{name}", text)

    def truth(self, reader):
        return self.query(f"select day, sum(v) as v, count(*) as n from {reader} group by day")

    def strategy(self, model="daily"):
        return self.run_results()[f"model.shop.{model}"]["adapter_response"].get("strategy")

    def test_csv_files_are_maintained(self):
        reader = "read_csv('in/*.csv', union_by_name = true)"
        self.csv("a.csv", "day,v\n2024-01-01,1\n2024-01-02,2\n")
        self.csv("b.csv", "day,v\n2024-01-02,5\n")
        self.model("daily", SUM % "read_csv('in/*.csv')")
        self.tidemark("run")
        self.assertEqual(self.table("daily"), self.truth(reader))
        self.csv("late.csv", "v,day\n7,2024-01-01\n")  # other order of columns
        self.tidemark("run")
        self.assertEqual(self.strategy(), "merge")
        self.assertEqual(self.table("daily"), self.truth(reader))
        self.csv("b.csv", "day,v\n2024-01-03,50\n")
        self.remove("in/a.csv")
        self.tidemark("run")
        self.assertEqual(self.strategy(), "merge")
        self.assertEqual(self.table("daily"), self.truth(reader))
        self.tidemark("run")
        self.assertEqual(self.strategy(), "unchanged")
        self.tidemark("verify")

    def test_by_partitions(self):
        self.csv("a.csv", "day,v\n2024-01-01,1\n2024-01-02,2\n")
        self.model("daily", "{{ config(materialized='materialized_view', partition_by='day') }}select day, median(v) as m from read_csv('in/*.csv') group by day")
        self.tidemark("run")
        self.csv("b.csv", "day,v\n2024-01-02,8\n")
        self.tidemark("run")
        self.assertEqual(self.strategy(), "partitions")
        self.assertEqual(self.table("daily"), self.query("select day, median(v) from read_csv('in/*.csv') group by day"))

    def test_json_and_compressed_files(self):
        self.path("in").mkdir()
        self.path("in/a.json").write_text('{"day": "2024-01-01", "v": 1}\n{"day": "2024-01-02", "v": 2}\n')
        self.model("daily", SUM % "read_json('in/*.json*')")
        self.tidemark("run")
        with gzip.open(self.path("in/b.json.gz"), "wt") as file:
            file.write('{"day": "2024-01-02", "v": 10, "more": {"x": 1}}\n')
        self.tidemark("run")
        self.assertEqual(self.strategy(), "merge")
        self.assertEqual(self.table("daily"), self.truth("read_json('in/*.json*', union_by_name = true)"))

    def test_compressed_csv_below_folders(self):
        self.path("in/2024/01").mkdir(parents=True)
        with gzip.open(self.path("in/2024/01/a.csv.gz"), "wt") as file:
            file.write("day,v\n2024-01-01,1\n")
        self.write("models/sources.yml", "version: 2\nsources: [{name: raw, tables: [{name: rows, external: {location: in, pattern: '**/*.csv*', file_format: csv}}]}]\n")
        self.model("daily", SUM % "{{ source('raw', 'rows') }}")
        self.tidemark("run")
        self.csv("2024/02/b.csv", "day,v\n2024-02-01,2\n")
        self.tidemark("run")
        self.assertEqual(self.strategy(), "merge")
        self.assertEqual(self.table("daily"), self.truth("read_csv('in/**/*.csv*')"))

    def test_a_location_in_meta(self):
        self.csv("a.csv", "day;v\n2024-01-01;1,5\n")
        self.write("models/sources.yml", "version: 2\nsources: [{name: raw, tables: [{name: rows, meta: {external_location: \"read_csv('in/*.csv', sep = ';', decimal_separator = ',')\"}}]}]\n")
        self.model("daily", SUM % "{{ source('raw', 'rows') }}")
        self.tidemark("run")
        self.csv("b.csv", "day;v\n2024-01-01;2,25\n")
        self.tidemark("run")
        self.assertEqual(self.table("daily"), self.query("select date '2024-01-01', 3.75::double, 2"))

    def test_a_later_file_does_not_change_types(self):
        self.csv("a.csv", "day,v\n2024-01-01,1\n")
        self.model("daily", SUM % "read_csv('in/*.csv')")
        self.model("copy", "{{ config(materialized='table') }}select * from read_csv('in/*.csv')")
        self.tidemark("run")
        before = self.table("daily"), self.table("copy")
        for name, text, says in [("half.csv", "day,v\n2024-01-02,3\n2024-01-02,2.5\n", ["half.csv", "line 3", "'2.5'", "BIGINT"]),
                                 ("word.csv", "day,v\n2024-01-02,x\n", ["word.csv", "line 2", "'x'"]),
                                 ("day.csv", "day,v\n31.01.2024,1\n", ["day.csv", "line 2", "31.01.2024"]),
                                 ("semicolon.csv", "day;v\n2024-01-02;1\n", ["semicolon.csv", "none of the source's columns"])]:
            with self.subTest(name):
                self.csv(name, text)
                self.failing("run", code=1, saying=["TM5104", *says])
                self.assertEqual((self.table("daily"), self.table("copy")), before)
                self.remove(f"in/{name}")
        self.csv("more.csv", "day,note,v\n2024-01-02,hello,4\n")
        self.tidemark("run")
        self.assertEqual(self.table("copy"), self.query("select date '2024-01-01', 1, null union all select date '2024-01-02', 4, 'hello'"))

    def test_a_later_json_file_does_not_change_types(self):
        self.path("in").mkdir()
        self.path("in/a.json").write_text('{"v": 1}\n')
        self.model("copy", "{{ config(materialized='table') }}select * from read_json('in/*.json')")
        self.tidemark("run")
        self.path("in/b.json").write_text('{"v": 2}\n{"v": 2.5}\n')
        self.failing("run", code=1, saying=["TM5104", "b.json", "row 2", "2.5"])
        self.assertEqual(self.table("copy"), [(1,)])

    def test_files_without_a_header(self):
        self.csv("a.csv", "2024-01-01,1\n2024-01-02,2\n")
        self.model("daily", SUM.replace("day, sum(v)", "column0 as day, sum(column1)") .replace("by day", "by 1") % "read_csv('in/*.csv', header = false)")
        self.tidemark("run")
        self.csv("b.csv", "2024-01-01,4\n")
        self.tidemark("run")
        self.assertEqual(self.table("daily"), self.query("select column0, sum(column1), count(*) from read_csv('in/*.csv', header = false) group by 1"))

    def test_a_native_database(self):
        self.write("profiles.yml", "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, schema: main, threads: 2}\n")
        self.csv("a.csv", "day,v\n2024-01-01,1\n")
        self.model("daily", SUM % "read_csv('in/*.csv')")
        self.tidemark("run")
        self.csv("b.csv", "day,v\n2024-01-01,2\n")
        self.tidemark("run")
        import duckdb
        with duckdb.connect(str(self.path("shop.duckdb")), read_only=True) as db:
            self.assertEqual(db.execute("select v, n from main.daily").fetchall(), [(3, 2)])

    def test_names_of_folders_are_columns(self):
        reader = "read_parquet('in/**/*.parquet', hive_partitioning = true)"
        self.parquet("in/year=2024/zone=a%20b/1.parquet", "select 1 as v")
        self.parquet("in/year=2025/zone=c/2.parquet", "select 2 as v union all select 3")
        self.model("daily", "{{ config(materialized='materialized_view', partition_by='year') }}select year, zone, sum(v) as v from read_parquet('in/**/*.parquet') group by all")
        self.model("middle", "{{ config(materialized='materialized_view', partition_by='year') }}select year, median(v) as v from read_parquet('in/**/*.parquet') group by 1")
        self.model("copy", "{{ config(materialized='table') }}select * from read_parquet('in/**/*.parquet')")
        self.tidemark("run")
        for more, strategies in [(None, None), ("in/year=2024/zone=c/3.parquet", ("merge", "partitions"))]:
            if more:
                self.parquet(more, "select 10 as v")
                self.tidemark("run")
                self.assertEqual((self.strategy(), self.strategy("middle")), strategies)
            self.assertEqual(self.table("daily"), self.query(f"select year, zone, sum(v) from {reader} group by all"))
            self.assertEqual(self.table("middle"), self.query(f"select year, median(v) from {reader} group by 1"))
            self.assertEqual(self.table("copy"), self.query(f"select * from {reader}"))


if __name__ == "__main__":
    unittest.main()
