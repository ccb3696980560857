#include "ledger/affected.h"

#include "model_fixture.h"

namespace tidemark::ledger {
namespace {

// Trips of the days first..last of January 2024, one an hour mark given.
std::string trips(int first, int last, const std::string& amount = "10.5::DOUBLE") {
  return "SELECT TIMESTAMP '2024-01-01 12:00:00' + INTERVAL (d) DAY AS ts, " + amount + " AS amount, d AS id FROM range(" + std::to_string(first - 1) + ", " +
         std::to_string(last) + ") r(d)";
}

constexpr const char* kDaily =
    "WITH t AS (SELECT ts::DATE AS trip_date, amount FROM read_parquet('raw/*.parquet') WHERE ts IS NOT NULL AND amount > 0) "
    "SELECT trip_date, sum(amount) AS total, sum(sum(amount)) OVER (ORDER BY trip_date) AS running FROM t GROUP BY trip_date";

class AffectedTest : public ModelFixture {
 protected:
  void SetUp() override {
    write("raw/a.parquet", trips(1, 2));
    write("raw/b.parquet", trips(2, 3));
  }
};

TEST_F(AffectedTest, ALateAReplacedAndARemovedFile) {
  EXPECT_EQ(run(kDaily, "trip_date"), "all: first_build");
  EXPECT_EQ(stored_rows(),
            (std::vector<std::string>{"raw/a.parquet: DATE '2024-01-01'=1 DATE '2024-01-02'=1", "raw/b.parquet: DATE '2024-01-02'=1 DATE '2024-01-03'=1"}));
  EXPECT_EQ(run(kDaily, "trip_date"), "") << "nothing changed";
  write("raw/late.parquet", trips(9, 9));
  EXPECT_EQ(run(kDaily, "trip_date"), "DATE '2024-01-09'");
  write("raw/a.parquet", trips(5, 5));
  EXPECT_EQ(run(kDaily, "trip_date"), "DATE '2024-01-01', DATE '2024-01-02', DATE '2024-01-05'") << "old values and new ones";
  fs::remove("raw/b.parquet");
  EXPECT_EQ(run(kDaily, "trip_date"), "DATE '2024-01-02', DATE '2024-01-03'");
  EXPECT_EQ(run(kDaily, "trip_date"), "");
  EXPECT_EQ(stored_rows(), (std::vector<std::string>{"raw/a.parquet: DATE '2024-01-05'=1", "raw/late.parquet: DATE '2024-01-09'=1"}));
}

TEST_F(AffectedTest, AFileThatWasRenamed) {
  run(kDaily, "trip_date");
  fs::rename("raw/a.parquet", "raw/z.parquet");
  EXPECT_EQ(run(kDaily, "trip_date"), "DATE '2024-01-01', DATE '2024-01-02'");
  EXPECT_EQ(run(kDaily, "trip_date"), "");
}

TEST_F(AffectedTest, TouchedIsNotChanged) {
  run(kDaily, "trip_date");
  set_age("raw/a.parquet", 5);
  wait_for_grain();
  ModelLedger model = begin(kDaily, {"trip_date"});
  EXPECT_EQ(text_of(model.affected("trip_date")), "");
  ASSERT_EQ(model.changes().size(), 1U);
  ASSERT_EQ(model.changes()[0].changes.size(), 1U);
  EXPECT_EQ(model.changes()[0].changes[0].kind, ChangeKind::kTouched);
  EXPECT_EQ(observation_->counts().files_hashed, 1);
  EXPECT_EQ(observation_->counts().schemas_read, 0);
  publish("SELECT 1 AS one", model.commit());
  ModelLedger next = begin(kDaily, {"trip_date"});
  EXPECT_TRUE(next.changes()[0].changes.empty());
  EXPECT_EQ(observation_->counts().files_hashed, 0) << "its new times are in the ledger";
}

TEST_F(AffectedTest, UnchangedFilesAreNotOpened) {
  run(kDaily, "trip_date");
  wait_for_grain();
  {
    ModelLedger model = begin(kDaily, {"trip_date"});
    EXPECT_EQ(text_of(model.affected("trip_date")), "");
    const Json before = (*session_->state(rel("m"))->own)["ledger"];
    EXPECT_EQ(model.commit(), before) << "the same ledger says it";
    EXPECT_EQ(observation_->counts().files_hashed, 0);
    EXPECT_EQ(observation_->counts().schemas_read, 0);
    EXPECT_EQ(observation_->counts().files_seen, 2);
  }
  write("raw/late.parquet", trips(9, 9));
  wait_for_grain();
  ModelLedger model = begin(kDaily, {"trip_date"});
  EXPECT_EQ(text_of(model.affected("trip_date")), "DATE '2024-01-09'");
  EXPECT_EQ(observation_->counts().files_hashed, 0);
  EXPECT_EQ(observation_->counts().schemas_read, 1);
  model.commit();
  EXPECT_EQ(observation_->counts().files_hashed, 1);
  EXPECT_EQ(observation_->counts().schemas_read, 1);
}

TEST_F(AffectedTest, HashesBegunAheadAreNotTakenTwice) {
  wait_for_grain();
  ModelLedger model = begin(kDaily, {"trip_date"});
  model.begin();
  model.commit();
  EXPECT_EQ(observation_->counts().files_hashed, 2);
}

TEST_F(AffectedTest, NullsAndFilesWithoutRows) {
  write("raw/n.parquet", "SELECT NULL::TIMESTAMP AS ts, 1.5::DOUBLE AS amount, 1 AS id");
  write("raw/e.parquet", "SELECT NULL::TIMESTAMP AS ts, 1.5::DOUBLE AS amount, 1 AS id WHERE false");
  write("raw/x.parquet", trips(20, 21, "-1.0::DOUBLE"));
  const std::string keeps_nulls = "SELECT ts::DATE AS trip_date, count(*) AS n FROM read_parquet('raw/*.parquet') WHERE amount > 0 GROUP BY ALL";
  run(keeps_nulls, "trip_date");
  EXPECT_EQ(stored_rows().at(2), "raw/e.parquet:");
  EXPECT_EQ(stored_rows().at(3), "raw/n.parquet: NULL=1");
  EXPECT_EQ(stored_rows().at(4), "raw/x.parquet:") << "its rows are filtered out";
  fs::remove("raw/n.parquet");
  fs::remove("raw/e.parquet");
  fs::remove("raw/x.parquet");
  wait_for_grain();
  ModelLedger model = begin(keeps_nulls, {"trip_date"});
  const AffectedPartitions affected = model.affected("trip_date");
  EXPECT_EQ(text_of(affected), "NULL");
  EXPECT_EQ(affected.predicate(), "(\"trip_date\" is null)");
}

TEST_F(AffectedTest, Predicates) {
  AffectedPartitions affected;
  affected.column = "my col";
  EXPECT_EQ(affected.predicate(), "true");
  affected.is_all = false;
  EXPECT_EQ(affected.predicate(), "false");
  affected.values = {"1", "2"};
  EXPECT_EQ(affected.predicate(), "(\"my col\" in (1, 2))");
  affected.values = {"1", "NULL"};
  EXPECT_EQ(affected.predicate(), "(\"my col\" in (1) or \"my col\" is null)");
}

TEST_F(AffectedTest, TheSourceFileAsPartition) {
  const std::string by_file =
      "SELECT filename AS source_file, filename || '#' || file_row_number AS id, amount FROM read_parquet('raw/*.parquet') WHERE amount > 0";
  run(by_file, "source_file");
  EXPECT_EQ(stored_rows(), (std::vector<std::string>{"raw/a.parquet: 'raw/a.parquet'=-1", "raw/b.parquet: 'raw/b.parquet'=-1"}));
  write("raw/c.parquet", trips(4, 4));
  write("raw/a.parquet", trips(7, 7));
  EXPECT_EQ(run(by_file, "source_file"), "'raw/a.parquet', 'raw/c.parquet'");
  fs::rename("raw/c.parquet", "raw/d.parquet");
  EXPECT_EQ(run(by_file, "source_file"), "'raw/c.parquet', 'raw/d.parquet'");
}

TEST_F(AffectedTest, SeveralColumns) {
  const std::string both = "SELECT filename AS source_file, ts::DATE AS trip_date, row_number() OVER () AS n FROM read_parquet('raw/*.parquet')";
  run(both, "trip_date", {"trip_date", "source_file", "n"});
  write("raw/c.parquet", trips(4, 4));
  EXPECT_EQ(run(both, "source_file", {"trip_date", "source_file", "n"}), "'raw/c.parquet'");
  write("raw/d.parquet", trips(5, 5));
  EXPECT_EQ(run(both, "trip_date", {"trip_date", "source_file", "n"}), "DATE '2024-01-05'");
  write("raw/e.parquet", trips(6, 6));
  EXPECT_EQ(run(both, "n", {"trip_date", "source_file", "n"}), "all: source_not_traced");
  EXPECT_EQ(run(both, "n", {"trip_date", "source_file", "n"}), "") << "where nothing changed, nothing is affected";
  EXPECT_EQ(run(both, "TRIP_DATE", {"trip_date"}), "");
  EXPECT_EQ(run(both, "source_file", {"trip_date", "source_file"}), "all: column_not_kept");
  EXPECT_EQ(run(both, "source_file", {"trip_date", "source_file"}), "") << "kept from then on";
}

TEST_F(AffectedTest, ViewsAreInLine) {
  views_["stg"] = "SELECT ts::DATE AS trip_date, amount, row_number() OVER (ORDER BY ts) AS id FROM read_parquet('raw/*.parquet')";
  const std::string sql = "SELECT trip_date, sum(amount) AS total FROM s.stg GROUP BY 1";
  run(sql, "trip_date");
  write("raw/c.parquet", trips(4, 4));
  EXPECT_EQ(run(sql, "trip_date"), "DATE '2024-01-04'");
  EXPECT_EQ(run("select trip_date,\n  sum(amount) as total -- all of it\nfrom s.stg group by 1", "trip_date"), "") << "formatting is no change";
  views_["stg"] += " -- a comment";
  EXPECT_EQ(run(sql, "trip_date"), "");
  views_["stg"] = "SELECT ts::DATE AS trip_date, amount + 1 AS amount FROM read_parquet('raw/*.parquet')";
  EXPECT_EQ(run(sql, "trip_date"), "all: query_changed");
  EXPECT_EQ(run(sql, "trip_date"), "");
}

TEST_F(AffectedTest, DriftingTypes) {
  run(kDaily, "trip_date");
  write("raw/c.parquet", "SELECT TIMESTAMP '2024-01-04 01:00:00' AS ts, 3.0::DOUBLE AS amount, 'new' AS extra, 1.5::DOUBLE AS id");
  EXPECT_EQ(run(kDaily, "trip_date"), "DATE '2024-01-04'") << "columns that the query does not use";
  write("raw/d.parquet", "SELECT TIMESTAMP '2024-01-05 01:00:00' AS ts, 3 AS amount");
  EXPECT_EQ(run(kDaily, "trip_date"), "DATE '2024-01-05'") << "an integer among doubles";
  fs::remove("raw/d.parquet");
  EXPECT_EQ(run(kDaily, "trip_date"), "DATE '2024-01-05'");
  write("raw/e.parquet", "SELECT TIMESTAMP '2024-01-06 01:00:00' AS ts, '3' AS amount");
  const std::string lenient = "SELECT ts::DATE AS trip_date, count(amount) AS n FROM read_parquet('raw/*.parquet') GROUP BY 1";
  EXPECT_EQ(run(lenient, "trip_date"), "all: query_changed");
  fs::remove("raw/e.parquet");
  EXPECT_EQ(run(lenient, "trip_date"), "all: bound_schema_changed");
}

TEST_F(AffectedTest, ATypeThatWidensRebuilds) {
  fs::remove_all("raw");
  write("raw/a.parquet", "SELECT 1 AS day, 5 AS x");
  const std::string sql = "SELECT day, sum(x) AS s FROM read_parquet('raw/*.parquet') GROUP BY day";
  run(sql, "day");
  EXPECT_EQ(stored_rows(), std::vector<std::string>{"raw/a.parquet: 1=1"});
  write("raw/b.parquet", "SELECT 2::BIGINT AS day, 5 AS x");
  EXPECT_EQ(run(sql, "day"), "all: bound_schema_changed");
  EXPECT_EQ(stored().columns.at(0).type, "BIGINT");
  write("raw/c.parquet", "SELECT 3 AS day, 5 AS x");
  EXPECT_EQ(run(sql, "day"), "3");
  write("raw/d.parquet", "SELECT 4 AS day, 5.5::DOUBLE AS x");
  EXPECT_EQ(run(sql, "day"), "all: bound_schema_changed");
}

TEST_F(AffectedTest, LiteralsOfEveryTypeComeBackEqual) {
  const std::vector<std::string> values{"true",
                                        "7::TINYINT",
                                        "9223372036854775807::BIGINT",
                                        "170141183460469231731687303715884105727::HUGEINT",
                                        "1.50::DECIMAL(18,2)",
                                        "0.1::DOUBLE",
                                        "'nan'::DOUBLE",
                                        "'-inf'::DOUBLE",
                                        "0.1::FLOAT",
                                        "'it''s [a] * \"b\"'",
                                        "'line\nbreak'",
                                        "'a' || chr(0) || 'b'",
                                        "DATE '2024-02-29'",
                                        "TIME '12:34:56.789'",
                                        "TIMESTAMP '2024-02-29 12:34:56.789012'",
                                        "TIMESTAMPTZ '2024-02-29 12:34:56+02'",
                                        "'\\xAA\\x00'::BLOB",
                                        "uuid '6f9619ff-8b86-d011-b42d-00c04fc964ff'"};
  size_t number = 0;
  for (const std::string& value : values) {
    SCOPED_TRACE(value);
    const std::string folder = "v" + std::to_string(number++);
    write(folder + "/a.parquet", "SELECT " + value + " AS v");
    const std::string sql = "SELECT v, count(*) AS n FROM read_parquet('" + folder + "/*.parquet') GROUP BY v";
    fs::remove_all("w");
    session_ = nullptr;
    LakeOptions options;
    options.warehouse = workspace_.folder() / "w";
    options.default_schema = "s";
    adapter_ = make_lake_adapter(options);
    session_ = adapter_->open_session("test");
    ASSERT_EQ(run(sql, "v"), "all: first_build");
    write(folder + "/b.parquet", "SELECT " + value + " AS v");
    wait_for_grain();
    ModelLedger model = begin(sql, {"v"});
    const AffectedPartitions affected = model.affected("v");
    ASSERT_EQ(affected.values.size(), 1U) << text_of(affected);
    const Table rows = session_->query("SELECT count(*) FROM read_parquet('" + folder + "/*.parquet') WHERE " + affected.predicate());
    EXPECT_EQ(rows.rows.at(0).at(0).text(), "2") << affected.predicate();
  }
}

TEST_F(AffectedTest, NamesWithWildcardCharacters) {
  fs::remove_all("raw");
  write("raw/year=2024/a[1] *?.parquet", trips(1, 1));
  write("raw/year=2024/it's {b}.parquet", trips(2, 2));
  const std::string sql = "SELECT ts::DATE AS trip_date, filename AS f, count(*) AS n FROM read_parquet('raw/*/*.parquet') GROUP BY ALL";
  run(sql, "trip_date", {"trip_date", "f"});
  EXPECT_EQ(stored_rows(),
            (std::vector<std::string>{"raw/year=2024/a[1] *?.parquet: DATE '2024-01-01'=1", "raw/year=2024/it's {b}.parquet: DATE '2024-01-02'=1"}));
  EXPECT_EQ(stored_rows(1), (std::vector<std::string>{"raw/year=2024/a[1] *?.parquet: 'raw/year=2024/a[1] *?.parquet'=-1",
                                                      "raw/year=2024/it's {b}.parquet: 'raw/year=2024/it''s {b}.parquet'=-1"}));
  write("raw/year=2024/a1 xy.parquet", trips(3, 3));
  EXPECT_EQ(run(sql, "trip_date", {"trip_date", "f"}), "DATE '2024-01-03'");
}

TEST_F(AffectedTest, AllFilesGone) {
  run(kDaily, "trip_date");
  fs::remove_all("raw");
  EXPECT_EQ(run(kDaily, "trip_date"), "DATE '2024-01-01', DATE '2024-01-02', DATE '2024-01-03'");
  write("raw/c.parquet", trips(4, 4));
  EXPECT_EQ(run(kDaily, "trip_date"), "DATE '2024-01-04'");
}

TEST_F(AffectedTest, TablesOfTheWarehouse) {
  publish("SELECT 1 AS id, 'one' AS name", {}, "dim");
  const std::string sql =
      "SELECT r.ts::DATE AS trip_date, d.name, count(*) AS n FROM read_parquet('raw/*.parquet') r LEFT JOIN s.dim d ON r.id = d.id GROUP BY ALL";
  run(sql, "trip_date");
  write("raw/c.parquet", trips(4, 4));
  EXPECT_EQ(run(sql, "trip_date"), "DATE '2024-01-04'");
  publish("SELECT 1 AS id, 'uno' AS name", {}, "dim");
  EXPECT_EQ(run(sql, "trip_date"), "all: table_changed");
  EXPECT_EQ(run(sql, "trip_date"), "");
  write("raw/d.parquet", trips(5, 5));
  EXPECT_EQ(run(sql, "name", {"trip_date", "name"}), "all: column_not_kept");
  write("raw/e.parquet", trips(6, 6));
  EXPECT_EQ(run(sql, "name", {"trip_date", "name"}), "all: source_not_traced") << "the values come from the other side";
}

TEST_F(AffectedTest, WhatElseDistrustsALedger) {
  run(kDaily, "trip_date");
  engine_ = "duckdb other";
  EXPECT_EQ(run(kDaily, "trip_date"), "all: engine_changed");
  session_->execute("CREATE OR REPLACE TABLE s.m AS SELECT 2 AS one");
  EXPECT_EQ(run(kDaily, "trip_date"), "all: no_ledger") << "a statement, not a run of the model";
  const auto reference = LedgerReference::from_json(*session_->state(rel("m"))->own);
  write_file(store_.folder() / reference->name, "{}");
  EXPECT_EQ(run(kDaily, "trip_date"), "all: ledger_damaged");
  fs::remove_all(store_.folder());
  EXPECT_EQ(run(kDaily, "trip_date"), "all: ledger_missing");
}

TEST_F(AffectedTest, AFileThatChangesMeanwhileIsRefused) {
  ModelLedger model = begin(kDaily, {"trip_date"});
  model.affected("trip_date");
  model.changes();
  write("raw/a.parquet", trips(1, 9));
  std::string message;
  EXPECT_EQ(code_of([&] { model.commit(); }, &message), "TM5102");
  EXPECT_NE(message.find("raw/a.parquet"), std::string::npos) << message;
  EXPECT_FALSE(fs::exists(store_.folder())) << "no ledger was written";
}

TEST_F(AffectedTest, ATruncatedFileIsNamed) {
  run(kDaily, "trip_date");
  write("raw/c.parquet", trips(4, 4));
  fs::resize_file("raw/c.parquet", fs::file_size("raw/c.parquet") / 2);
  wait_for_grain();
  ModelLedger model = begin(kDaily, {"trip_date"});
  std::string message;
  EXPECT_EQ(code_of([&] { model.affected("trip_date"); }, &message), "TM5103");
  EXPECT_NE(message.find("raw/c.parquet"), std::string::npos) << message;
}

TEST_F(AffectedTest, QueriesThatAreNotKnownToReadFilesOnlyAreAll) {
  write_file("other.csv", "a\n1\n");
  for (const std::string& sql : {std::string("SELECT ts::DATE AS trip_date FROM read_parquet('raw/*.parquet'), parquet_metadata('raw/a.parquet')"),
                                 std::string("PIVOT (SELECT ts::DATE AS trip_date, id FROM read_parquet('raw/*.parquet')) ON id USING count(*)")}) {
    SCOPED_TRACE(sql);
    run(sql, "trip_date");
    const std::string again = run(sql, "trip_date");
    EXPECT_TRUE(again == "all: table_unknown" || again == "all: unsupported_clause") << again;
  }
}

TEST_F(AffectedTest, FilesOfOtherFormatsAreObservedToo) {
  write_file("raw/x.csv", "day,n\n1,2\n");
  const std::string sql = "SELECT day, n FROM read_csv('raw/*.csv')";
  run(sql, "day");
  EXPECT_EQ(run(sql, "day"), "");
  write_file("raw/y.csv", "day,n\n2,2\n");
  EXPECT_EQ(run(sql, "day"), "2");
  EXPECT_EQ(run(sql, "day"), "");
}

}  // namespace
}  // namespace tidemark::ledger
