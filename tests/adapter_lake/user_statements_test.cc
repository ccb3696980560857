// Statements that users write, against the same ones on a plain DuckDB.
#include "adapter_lake/lake_fixture.h"

namespace tidemark {
namespace {

using UserStatements = LakeFixture;

TEST_F(UserStatements, DdlAndDmlGiveWhatDuckDbGives) {
  const char* script[] = {
      "CREATE TABLE s.t (a INTEGER, b VARCHAR, c DECIMAL(10,2))",
      "INSERT INTO s.t VALUES (1, 'one', 1.5), (2, 'two', 2.5), (3, NULL, NULL)",
      "INSERT INTO s.t (b, a) SELECT 'n' || i, i FROM range(10, 20) r(i)",
      "INSERT INTO s.t BY NAME SELECT 4 AS a",
      "DELETE FROM s.t WHERE a > 17",
      "DELETE FROM s.t AS x WHERE x.b = 'one'",
      "DELETE FROM s.t WHERE b IS NULL AND c > 1",
      "UPDATE s.t SET b = b || '!', c = a WHERE a % 2 = 0",
      "UPDATE s.t AS x SET b = y.b FROM (SELECT 2 AS a, 'deux' AS b) y WHERE x.a = y.a",
      "DELETE FROM s.t USING (SELECT 11 AS a) z WHERE t.a = z.a",
      "MERGE INTO s.t AS d USING (SELECT 2 AS a, 'm' AS b UNION ALL SELECT 77, 'new') n ON d.a = n.a WHEN MATCHED THEN UPDATE SET b = n.b WHEN NOT MATCHED "
      "THEN INSERT (a, b) VALUES (n.a, n.b)",
      "ALTER TABLE s.t ADD COLUMN d DATE",
      "UPDATE s.t SET d = DATE '2024-01-01' WHERE a = 77",
      "ALTER TABLE s.t RENAME COLUMN c TO amount",
      "ALTER TABLE s.t ALTER COLUMN a TYPE BIGINT",
      "ALTER TABLE s.t DROP COLUMN b",
      "INSERT INTO s.t SELECT a + 1000, amount, d FROM s.t",
      "CREATE OR REPLACE TABLE s.t AS SELECT a, count(*) AS n FROM s.t GROUP BY a",
      "CREATE TABLE IF NOT EXISTS s.t AS SELECT 1 AS other",
      "TRUNCATE s.t",
      "INSERT INTO s.t VALUES (5, 6)",
  };
  for (const char* sql : script) {
    session_->execute(sql);
    oracle_->execute(sql);
    expect_same("t", sql);
  }
}

TEST_F(UserStatements, TellHowManyRows) {
  session_->execute("CREATE TABLE s.t AS SELECT i AS a FROM range(10) r(i)");
  EXPECT_EQ(session_->execute("INSERT INTO s.t VALUES (10), (11)"), 2);
  EXPECT_EQ(session_->execute("DELETE FROM s.t WHERE a < 3"), 3);
  EXPECT_EQ(session_->execute("UPDATE s.t SET a = a + 1 WHERE a < 5"), 2);
  EXPECT_EQ(session_->execute("DELETE FROM s.t"), 9);
}

TEST_F(UserStatements, ViewsAndSchemas) {
  session_->execute("CREATE SCHEMA IF NOT EXISTS other; CREATE TABLE other.base AS SELECT 1 AS x");
  session_->execute("CREATE VIEW s.v AS SELECT x + 1 AS y FROM w.other.base");
  EXPECT_EQ(lake("SELECT * FROM s.v"), "y INTEGER, \n2|\n");
  EXPECT_EQ(code_of([&] { session_->execute("CREATE VIEW s.v AS SELECT 1"); }), "TM4204");
  session_->execute("CREATE OR REPLACE VIEW s.v (z) AS SELECT x + 10 FROM other.base");
  EXPECT_EQ(lake("FROM v"), "z INTEGER, \n11|\n");
  EXPECT_EQ(code_of([&] { session_->execute("DROP TABLE s.v"); }), "TM4202");
  EXPECT_EQ(code_of([&] { session_->execute("INSERT INTO s.v VALUES (1)"); }), "TM4202");
  session_->execute("DROP VIEW s.v");
  session_->execute("DROP VIEW IF EXISTS s.v");
  EXPECT_EQ(code_of([&] { session_->execute("DROP VIEW s.v"); }), "TM4202");
  EXPECT_EQ(code_of([&] { session_->execute("DROP SCHEMA other"); }), "TM4204");
  session_->execute("DROP SCHEMA other CASCADE");
  EXPECT_EQ(code_of([&] { session_->execute("DROP SCHEMA other"); }), "TM4203");
  EXPECT_NE(code_of([&] { session_->query("SELECT * FROM other.base"); }), "no error");
}

TEST_F(UserStatements, RenamesTablesAndViews) {
  session_->execute("CREATE TABLE s.t AS SELECT 1 AS x; ALTER TABLE s.t RENAME TO u");
  EXPECT_EQ(lake("SELECT * FROM s.u"), "x INTEGER, \n1|\n");
  EXPECT_FALSE(session_->find_relation(rel("t")));
  session_->execute("CREATE VIEW s.v AS SELECT 2 AS x; ALTER VIEW s.v RENAME TO v2");
  EXPECT_EQ(lake("SELECT * FROM s.v2"), "x INTEGER, \n2|\n");
  EXPECT_EQ(code_of([&] { session_->execute("ALTER TABLE s.u RENAME TO v2"); }), "TM4204");
}

TEST_F(UserStatements, TemporaryTablesMacrosAndSettingsAreTheEngines) {
  session_->execute("CREATE TABLE s.t AS SELECT 1 AS x");
  session_->execute("CREATE TEMP TABLE scratch AS SELECT x + 1 AS y FROM s.t");
  session_->execute("INSERT INTO scratch VALUES (5); UPDATE scratch SET y = 6 WHERE y = 5; DELETE FROM scratch WHERE y = 2");
  EXPECT_EQ(lake("SELECT * FROM scratch"), "y INTEGER, \n6|\n");
  session_->execute("CREATE MACRO latest() AS (SELECT max(x) FROM s.t)");
  session_->execute("INSERT INTO s.t VALUES (42)");
  EXPECT_EQ(lake("SELECT latest() AS m"), "m INTEGER, \n42|\n");
  session_->execute("SET TimeZone = 'UTC'");
  session_->execute("BEGIN; INSERT INTO s.t SELECT y FROM scratch; COMMIT");
  EXPECT_EQ(lake("SELECT count(*) AS n FROM s.t"), "n BIGINT, \n3|\n");
}

TEST_F(UserStatements, CommentsAreKept) {
  session_->execute("CREATE TABLE s.t AS SELECT 1 AS x; COMMENT ON TABLE s.t IS 'it''s a table'; COMMENT ON COLUMN s.t.x IS 'a column'");
  session_->execute("INSERT INTO s.t VALUES (2)");
  const auto infos = session_->list_relations("w", "s");
  ASSERT_EQ(infos.size(), 1u);
  EXPECT_EQ(infos[0].comment, "it's a table");
}

TEST_F(UserStatements, RefusesWhatTheLakeCannotDo) {
  session_->execute("CREATE TABLE s.t AS SELECT 1 AS x");
  for (const char* sql : {"CREATE INDEX i ON s.t (x)", "ROLLBACK", "USE s", "CREATE SEQUENCE q", "INSERT INTO s.t VALUES (1) ON CONFLICT DO NOTHING",
                          "INSERT INTO s.t VALUES (1) RETURNING x", "CREATE TABLE s.u (a INTEGER PRIMARY KEY)", "CREATE TABLE s.u (a INTEGER DEFAULT 3)",
                          "ALTER TABLE s.t ALTER COLUMN x SET DEFAULT 3", "ALTER TABLE s.t ALTER COLUMN x SET NOT NULL", "COPY s.t FROM 'x.csv'"}) {
    std::string message;
    EXPECT_EQ(code_of([&] { session_->execute(sql); }, &message), "TM4220") << sql << ": " << message;
    EXPECT_NE(message.find("not supported on lake, because"), std::string::npos) << message;
  }
  EXPECT_EQ(lake("SELECT * FROM s.t"), "x INTEGER, \n1|\n");
  EXPECT_FALSE(session_->find_relation(rel("u")));
}

TEST_F(UserStatements, BadInputIsAnError) {
  session_->execute("CREATE TABLE s.t AS SELECT 1 AS x");
  EXPECT_EQ(code_of([&] { session_->execute("CREATE TABLE s.t AS SELECT 2 AS x"); }), "TM4204");
  EXPECT_EQ(code_of([&] { session_->execute("INSERT INTO s.none VALUES (1)"); }), "TM4202");
  EXPECT_EQ(code_of([&] { session_->execute("INSERT INTO s.t VALUES (1, 2)"); }), "TM4206");
  EXPECT_EQ(code_of([&] { session_->execute("INSERT INTO s.t (y) VALUES (1)"); }), "TM4206");
  EXPECT_EQ(code_of([&] { session_->execute("INSERT INTO elsewhere.s.t VALUES (1)"); }), "TM4201");
  EXPECT_EQ(code_of([&] { session_->execute("INSERT INTO s.t VALUES ('abc')"); }), "TM4112");
  EXPECT_EQ(code_of([&] { session_->execute("SELECT 'abc"); }), "TM4211");
  EXPECT_EQ(code_of([&] { session_->execute("CREATE TABLE s.d AS SELECT 1 AS a, 2 AS A"); }), "TM4206");
  EXPECT_EQ(lake("SELECT * FROM s.t"), "x INTEGER, \n1|\n");
}

}  // namespace
}  // namespace tidemark
