"""Tables that tidemark writes are read by delta-rs row for row, and the other way round."""

import json
import unittest

import lake_case
from lake_case import LakeCase, deltalake

# expression, Delta's type, what DuckDB casts it to for the comparison
TYPES = [
    ("true", "boolean", None),
    ("1::TINYINT", "byte", None),
    ("-2::SMALLINT", "short", None),
    ("3", "integer", None),
    ("9223372036854775807", "long", None),
    ("255::UTINYINT", "short", None),
    ("65535::USMALLINT", "integer", None),
    ("4294967295::UINTEGER", "long", None),
    ("18446744073709551615::UBIGINT", "decimal(20,0)", "DECIMAL(20,0)"),
    ("12345678901234567890123::HUGEINT", "decimal(38,0)", "DECIMAL(38,0)"),
    ("-99999999999999999999999999999999999999::HUGEINT", "decimal(38,0)", "DECIMAL(38,0)"),
    ("sum(i)::HUGEINT", "decimal(38,0)", "DECIMAL(38,0)"),
    ("1.5::FLOAT", "float", None),
    ("'-inf'::DOUBLE", "double", None),
    ("'-0.0'::DOUBLE", "double", None),
    ("5e-324::DOUBLE", "double", None),
    ("1.25::DECIMAL(4,2)", "decimal(4,2)", None),
    ("-123456789.25::DECIMAL(18,2)", "decimal(18,2)", None),
    ("-1.25::DECIMAL(38,10)", "decimal(38,10)", None),
    ("'text''s ü 日本 \U0001f600'", "string", None),
    ("''", "string", None),
    ("'\\x00\\xFF'::BLOB", "binary", None),
    ("DATE '2024-02-29'", "date", None),
    ("DATE '0044-03-15'", "date", None),
    ("TIMESTAMP '2024-02-29 12:34:56.123456'", "timestamp_ntz", None),
    ("TIMESTAMP '1883-01-01 00:00:00.000001'", "timestamp_ntz", None),
    ("'2024-02-29 12:34:56.123'::TIMESTAMP_MS", "timestamp_ntz", "TIMESTAMP"),
    ("TIMESTAMPTZ '2024-02-29 12:34:56.123456+02'", "timestamp", None),
    ("TIME '12:34:56.123456'", "string", "VARCHAR"),
    ("INTERVAL '1 year 2 days 03:04:05.000006'", "string", "VARCHAR"),
    ("'12345678-1234-1234-1234-123456789abc'::UUID", "string", "VARCHAR"),
    ("'10101'::BIT", "string", "VARCHAR"),
    ("'{\"a\": [1, 2]}'::JSON", "string", "VARCHAR"),
    ("'b'::ENUM('a', 'b')", "string", "VARCHAR"),
    ("[1, 2, NULL]", {"type": "array", "elementType": "integer", "containsNull": True}, None),
    ("[]::VARCHAR[]", {"type": "array", "elementType": "string", "containsNull": True}, None),
    ("[[1], [], NULL]", None, None),
    ("{'x': 1, 'y y': {'z': [DATE '2024-01-01']}}", None, None),
    ("{'x': NULL::INTEGER}", None, None),
    ("MAP {'k': 1.5::DECIMAL(3,1), 'l': NULL}", None, None),
    ("MAP {}::MAP(VARCHAR, INTEGER)", None, None),
    ("[{'a': 1::UTINYINT, 'b': 5::HUGEINT, 'c': TIMESTAMP '2024-01-01'}]", None, "STRUCT(a SMALLINT, b DECIMAL(38,0), c TIMESTAMP)[]"),
    ("NULL", "integer", "INTEGER"),
]

NAMES = ["plain", "a b", "c,d", "e;f", "{g}", "(h)", "i=j", "k\tl", "m\nn", "ü日本", 'quo"te', "ap'o", "per%41cent", "sl/ash", "dot.ted", "UPPER", "__tm", "select", "#x", "a:b"]

VALUES = ["a b", "a/b", "ü日本", "%41", "x=y", "quo'te", 'quo"te', "a:b", "a+b", "a,b;c", "#?&", "back\\slash", "new\nline", "tab\t", "..", ".", "{}", "*", "~", "[1]", "__HIVE", " lead", "trail "]


class TablesWrittenHere(LakeCase):
    def assert_same(self, table, sql=None):
        """delta-rs, tidemark and DuckDB agree over the whole table."""
        lake = self.lake
        rows = self.delta_rows(table)
        if sql is not None:
            self.assertEqual(rows, self.duck_rows(sql))
        ours = lake.query(f"SELECT count(*) FROM s.{table}")[0][0]
        self.assertEqual(int(ours), len(rows))
        return rows

    def setUp(self):
        super().setUp()
        self.lake = self.open()
        self.lake.execute("SET TimeZone = 'UTC'")

    def test_types(self):
        for i, (value, delta_type, cast) in enumerate(TYPES):
            with self.subTest(value):
                select = f"SELECT {value} AS v FROM range(5) t(i) UNION ALL SELECT NULL"
                if "(i)" not in value:
                    select = f"SELECT {value} AS v UNION ALL SELECT NULL"
                self.lake.publish(f"t{i}", select)
                expected = f"SELECT CAST(v AS {cast}) FROM ({select})" if cast else select
                self.assert_same(f"t{i}", expected)
                if delta_type:
                    self.assertEqual(json.loads(self.delta(f"t{i}").schema().to_json())["fields"][0]["type"], delta_type)

    def test_names(self):
        for name in NAMES:
            with self.subTest(name):
                quoted = '"' + name.replace('"', '""') + '"'
                self.lake.publish("n", f"SELECT i AS {quoted}, i + 1 AS other FROM range(3) t(i)")
                self.assertEqual(self.delta("n").schema().fields[0].name, name)
                self.assert_same("n", "SELECT i, i + 1 FROM range(3) t(i)")
                self.lake.publish("n", f"SELECT 1 AS {quoted}, 100 AS other", mode="merge", unique_key=[name])
                self.assert_same("n", "SELECT i, CASE i WHEN 1 THEN 100 ELSE i + 1 END FROM range(3) t(i)")

    def test_folders_of_any_value(self):
        quoted = ", ".join("(" + "'" + v.replace("'", "''") + "')" for v in VALUES)
        select = f"SELECT p, row_number() OVER () AS v FROM (VALUES {quoted}, (NULL)) t(p)"
        self.lake.publish("p", select, folders=["p"])
        self.assertEqual(self.delta("p").metadata().partition_columns, ["p"])
        rows = self.delta_rows("p", "p, v")
        self.assertEqual(sorted(repr(row[0]) for row in rows), sorted(repr(v) for v in [*VALUES, None]))
        self.assertEqual(rows, lake_case.canonical((row[0], int(row[1])) for row in self.lake.query("SELECT p, v FROM s.p")))
        # replaced one by one, by value
        for value in [*VALUES, None]:
            literal = "NULL" if value is None else "'" + value.replace("'", "''") + "'"
            done = self.lake.publish("p", f"SELECT CAST({literal} AS VARCHAR) AS p, -1 AS v", mode="partitions", partition_by=["p"])
            self.assertEqual((done["deleted"], done["removed"]), (1, 1), value)
        self.assertEqual({row[1] for row in self.delta_rows("p", "p, v")}, {-1})

    def test_folders_of_other_types(self):
        for i, value in enumerate(["DATE '2024-02-29'", "TIMESTAMP '2024-02-29 12:34:56.123456'", "1.5::DOUBLE", "-12.25::DECIMAL(9,2)", "true", "7::BIGINT", "12345678901234567890::HUGEINT"]):
            with self.subTest(value):
                select = f"SELECT {value} AS p, 1 AS v UNION ALL SELECT NULL, 2"
                self.lake.publish(f"q{i}", select, folders=["p"])
                cast = f"SELECT CAST(p AS DECIMAL(38,0)) AS p, v FROM ({select})" if "HUGEINT" in value else select
                self.assertEqual(self.delta_rows(f"q{i}", "p, v"), self.duck_rows(cast))

    def test_every_mode(self):
        lake, duck = self.lake, self.duck()
        first = "SELECT i AS id, i % 5 AS day, i * 0.5 AS amount, CASE WHEN i % 7 = 0 THEN NULL ELSE 'n' || i END AS name FROM range(1000) t(i)"
        lake.publish("m", first, cluster_by=["day"])
        duck.execute("CREATE TABLE m AS " + first)
        self.assert_same("m", "FROM m")
        more = "SELECT i AS id, i % 7 AS day, i * 0.25 AS amount, 'new' || i AS name FROM range(900, 1100) t(i)"
        lake.publish("m", more, mode="append")
        duck.execute("INSERT INTO m " + more)
        self.assert_same("m", "FROM m")
        merged = "SELECT i AS id, 3 AS day, 1.25 AS amount, 'merged' AS name FROM range(1050, 1150) t(i)"
        lake.publish("m", merged, mode="merge", unique_key=["id"])
        duck.execute("DELETE FROM m WHERE id BETWEEN 1050 AND 1149; INSERT INTO m " + merged)
        self.assert_same("m", "FROM m")
        replaced = "SELECT i AS id, 4 AS day, 9.75 AS amount, NULL AS name FROM range(10) t(i)"
        lake.publish("m", replaced, mode="partitions", partition_by=["day"])
        duck.execute("DELETE FROM m WHERE day = 4; INSERT INTO m " + replaced)
        self.assert_same("m", "FROM m")
        inserted = "SELECT 5 AS id, 1 AS day, 7.5 AS amount, 'one' AS name"
        lake.publish("m", inserted, mode="delete_insert", unique_key=["id"])
        duck.execute("DELETE FROM m WHERE id = 5; INSERT INTO m " + inserted)
        self.assert_same("m", "FROM m")
        for statement in ["UPDATE {} SET amount = amount * 2 WHERE day = 1", "DELETE FROM {} WHERE id % 3 = 0", "INSERT INTO {} VALUES (-1, NULL, NULL, NULL)"]:
            lake.execute(statement.format("s.m"))
            duck.execute(statement.format("m"))
            self.assert_same("m", "FROM m")
        lake.execute("TRUNCATE s.m")
        self.assert_same("m", "FROM m WHERE false")

    def test_schema_evolution(self):
        lake = self.lake
        lake.publish("e", "SELECT 1 AS a, 'x' AS b")
        lake.publish("e", "SELECT 2 AS a, 'y' AS b, 2.5::DOUBLE AS c", mode="append", columns=[["a", "INTEGER"], ["b", "VARCHAR"], ["c", "DOUBLE"]])
        self.assert_same("e", "VALUES (1, 'x', NULL), (2, 'y', 2.5)")
        lake.publish("e", "SELECT 3::BIGINT AS a, 'z' AS b, 3.5::DOUBLE AS c", mode="append", columns=[["a", "BIGINT"], ["b", "VARCHAR"], ["c", "DOUBLE"]])
        self.assert_same("e", "VALUES (1::BIGINT, 'x', NULL), (2, 'y', 2.5), (3, 'z', 3.5)")
        lake.publish("e", "SELECT 4::BIGINT AS a, TIMESTAMP '2024-01-01' AS t", mode="append", columns=[["a", "BIGINT"], ["t", "TIMESTAMP"]])
        self.assert_same("e", "VALUES (1::BIGINT, NULL::TIMESTAMP), (2, NULL), (3, NULL), (4, '2024-01-01'::TIMESTAMP)")
        self.assertEqual(self.delta("e").protocol().reader_features, ["timestampNtz"])
        self.assertEqual([len(self.delta_rows("e", version=v)) for v in range(4)], [1, 2, 3, 4])

    def test_checkpoints(self):
        lake = self.lake
        for i in range(25):
            lake.publish("c", f"SELECT {i} AS i, {{'a': {i}}} AS s, TIMESTAMP '2024-01-01' + INTERVAL ({i}) DAY AS t", mode="append")
        lake.execute("DELETE FROM s.c WHERE i = 24")
        log = self.table("c") / "_delta_log"
        self.assertTrue((log / f"{20:020}.checkpoint.parquet").exists())
        expected = "SELECT i, {'a': i} AS s, TIMESTAMP '2024-01-01' + to_days(i) AS t FROM range(24) r(j), LATERAL (SELECT j::INTEGER AS i)"
        self.assert_same("c", expected)
        for version in range(20):
            self.log_path("c", version).unlink()
        self.assertEqual(self.assert_same("c", expected), self.delta_rows("c"))
        # without the compact snapshot it is read from the checkpoint
        for name in log.glob("*.tidemark"):
            name.unlink()
        other = self.open()
        self.assertEqual(int(other.query("SELECT count(*) FROM s.c")[0][0]), 24)
        other.publish("c", "SELECT 100 AS i, NULL AS s, NULL AS t", mode="append")
        self.assertEqual(len(self.delta_rows("c")), 25)


class TablesWrittenByOthers(LakeCase):
    def setUp(self):
        super().setUp()
        self.lake = self.open()
        (self.warehouse / "s").mkdir(parents=True, exist_ok=True)

    def write(self, sql, **options):
        deltalake.write_deltalake(str(self.table("f")), self.duck().sql(sql), **options)

    def assert_read(self, sql, columns="*"):
        rows = self.lake.query(f"SELECT {columns} FROM s.f ORDER BY ALL")
        self.assertEqual(rows, self.open().query(f"SELECT {columns} FROM ({sql}) ORDER BY ALL"))
        self.assertEqual(len(rows), len(self.delta_rows("f")))

    def test_append_overwrite_and_their_checkpoint(self):
        self.write("SELECT i, 'a' || i AS t, i * 0.5::DOUBLE AS d FROM range(100) r(i)")
        self.assert_read("SELECT i, 'a' || i AS t, i * 0.5::DOUBLE AS d FROM range(100) r(i)")
        for i in range(1, 15):
            self.write(f"SELECT {i}::BIGINT AS i, 'b' AS t, 1.5::DOUBLE AS d", mode="append")
            self.assertEqual(int(self.lake.query("SELECT count(*) FROM s.f")[0][0]), 100 + i)
        self.delta("f").create_checkpoint()
        for version in range(14):
            self.log_path("f", version).unlink()
        self.assertEqual(int(self.open().query("SELECT count(*) FROM s.f")[0][0]), 114)
        self.write("SELECT 7::BIGINT AS i, 'c' AS t, NULL::DOUBLE AS d", mode="overwrite")
        self.assert_read("SELECT 7::BIGINT AS i, 'c' AS t, NULL::DOUBLE AS d")

    def test_partitions(self):
        quoted = ", ".join("('" + v.replace("'", "''") + "')" for v in VALUES)
        self.write(f"SELECT p, 1 AS v FROM (VALUES {quoted}, (NULL)) t(p)", partition_by=["p"])
        self.assert_read(f"SELECT p, 1 AS v FROM (VALUES {quoted}, (NULL)) t(p)", "p, v")
        self.lake.publish("f", "SELECT 'a b' AS p, 2 AS v", mode="partitions", partition_by=["p"])
        self.assertEqual({r for r in self.delta_rows("f", "p, v") if r[1] == 2}, {("a b", 2)})
        self.assertEqual(len(self.delta_rows("f")), len(VALUES) + 1)

    def test_update_delete_merge_optimize(self):
        self.write("SELECT i, i % 3 AS k, 'x' AS t FROM range(50) r(i)")
        table = self.delta("f")
        table.delete("i >= 40")
        table.update(updates={"t": "'y'"}, predicate="k = 1")
        expected = "SELECT i, i % 3 AS k, CASE i % 3 WHEN 1 THEN 'y' ELSE 'x' END AS t FROM range(40) r(i)"
        self.assert_read(expected)
        source = self.duck().sql("SELECT 5::BIGINT AS i, 2::BIGINT AS k, 'm' AS t UNION ALL SELECT 500, 2, 'm'")
        table.merge(source, predicate="s.i = t.i", source_alias="s", target_alias="t").when_matched_update_all().when_not_matched_insert_all().execute()
        merged = f"SELECT i, k, CASE i WHEN 5 THEN 'm' ELSE t END AS t FROM ({expected}) UNION ALL SELECT 500, 2, 'm'"
        self.lake.execute("SELECT 1")
        rows = self.lake.query("SELECT i::BIGINT, t FROM s.f ORDER BY i")
        self.assertEqual(rows, self.open().query(f"SELECT i::BIGINT, t FROM ({merged}) ORDER BY i"))
        for i in range(5):
            self.write(f"SELECT {1000 + i}::BIGINT AS i, 0::BIGINT AS k, 'z' AS t", mode="append")
        table = self.delta("f")
        table.optimize.compact()
        table.optimize.z_order(["i"])
        table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
        self.assertEqual(int(self.lake.query("SELECT count(*) FROM s.f")[0][0]), 46)
        self.assertEqual(int(self.open().query("SELECT count(*) FROM s.f WHERE t = 'z'")[0][0]), 5)

    def test_types(self):
        select = ("SELECT 1::TINYINT AS a, 2::SMALLINT AS b, 3.25::DECIMAL(9,2) AS c, DATE '2024-01-01' AS d, TIMESTAMP '2024-01-01 01:02:03.5' AS e, "
                  "TIMESTAMPTZ '2024-01-01 01:02:03+00' AS f, [1, 2] AS g, {'x': 'y'} AS h, MAP {'k': 1} AS i, '\\xFF'::BLOB AS j, 1.5::FLOAT AS k, true AS l")
        self.write(select)
        self.assert_read(select)
        self.lake.publish("f", select, mode="append")
        self.assertEqual(len(self.delta_rows("f")), 2)
        self.assertEqual(len(set(map(repr, self.delta_rows("f")))), 1)

    def test_between_ours(self):
        lake = self.lake
        lake.publish("f", "SELECT 1::BIGINT AS i, 'a' AS t", commit={"node": "model.p.f", "ledger": "x"})
        self.assertFalse(lake.state("f")["foreign"])
        self.write("SELECT 2::BIGINT AS i, 'b' AS t", mode="append")
        state = lake.state("f")
        self.assertTrue(state["foreign"])
        self.assertEqual((state["version"], state["own_version"], state["own"]["node"]), (1, 0, "model.p.f"))
        # a run that looked before is refused; nothing of it stays
        files = sorted(self.table("f").glob("*.parquet"))
        self.assert_fault("TM4205", lambda: lake.publish("f", "SELECT 9::BIGINT AS i, 'n' AS t", mode="append", expected_version=0), "is at version 1, not at 0")
        self.assertEqual(sorted(self.table("f").glob("*.parquet")), files)
        # one that looked after it goes on
        lake.publish("f", "SELECT 3::BIGINT AS i, 'c' AS t", mode="append", expected_version=1, commit={"node": "model.p.f"})
        self.assertFalse(lake.state("f")["foreign"])
        self.assert_read("SELECT * FROM (VALUES (1::BIGINT, 'a'), (2, 'b'), (3, 'c')) v(i, t)")
        self.delta("f").optimize.compact()
        self.assertTrue(lake.state("f")["foreign"])
        self.assertLess(lake.state("f")["data_version"], lake.state("f")["version"])


if __name__ == "__main__":
    unittest.main()
