#include "adapter/duckdb/database.h"

#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapter/duckdb/library.h"
#include "base/error.h"
#include "base/file_system.h"
#include "duckdb/temporary_folder.h"

namespace tidemark::duckdb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Error fault_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error("none", "none");
}

std::string spot(const Error& error) { return error.spans().empty() ? "nowhere" : std::string(error.spans()[0].text()); }

class DatabaseTest : public ::testing::Test {
 protected:
  Database database_{DatabaseOptions{}};
  std::unique_ptr<Connection> connection_ = database_.connect();
};

// These run in a process of their own, started afresh: others in this program have loaded the engine.
class Library : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  void TearDown() override { GTEST_FLAG_SET(death_test_style, "fast"); }
};

TEST_F(Library, IsLoadedByTheFirstConnectionOnly) {
  EXPECT_EXIT(
      {
        bool before = engine_loaded();
        Database database{DatabaseOptions{}};
        bool made = engine_loaded() || database.is_open();
        auto connection = database.connect();
        std::exit(!before && !made && engine_loaded() && database.is_open() ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(Library, TellsWhereItLooked) {
  EXPECT_EXIT(
      {
        setenv("TIDEMARK_DUCKDB_LIBRARY", "/nowhere/libduckdb.so", 1);
        preload_async();
        Error error = fault_of([] { Database(DatabaseOptions{}).connect(); });
        std::exit(error.code() == "TM4101" && error.message().find("/nowhere/libduckdb.so") != std::string::npos ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(Library, PreloadsInTheBackground) {
  EXPECT_EXIT(
      {
        preload_async();
        preload_async();
        for (int i = 0; i < 1000 && !engine_loaded(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        std::exit(engine_loaded() && engine_version().starts_with("1.5.") ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(DatabaseTest, ScriptsRunInOrderAndTellTheLastResult) {
  EXPECT_EQ(connection_->execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2); INSERT INTO t VALUES (3)"), 1);
  EXPECT_EQ(connection_->execute("UPDATE t SET a = a + 1"), 3);
  EXPECT_EQ(connection_->execute("CREATE VIEW v AS SELECT a FROM t"), -1);
  EXPECT_EQ(connection_->execute("-- nothing\n;"), -1);
  Table table = connection_->query("SELECT 1; SELECT a FROM v ORDER BY a");
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[2][0].as_integer(), 4);
  EXPECT_THAT(connection_->describe("SELECT a AS x, 1.5 AS y FROM v"), ElementsAre(ColumnType{"x", "INTEGER"}, ColumnType{"y", "DECIMAL(2,1)"}));
  EXPECT_EQ(fault_of([&] { connection_->query("  "); }).code(), "TM4110");
}

TEST_F(DatabaseTest, RowLimitsCutAndTell) {
  Table table = connection_->query("SELECT * FROM range(100000000000)", 10);
  EXPECT_EQ(table.rows.size(), 10U);
  EXPECT_TRUE(table.truncated);
  EXPECT_FALSE(connection_->query("SELECT * FROM range(10)", 10).truncated);
  EXPECT_TRUE(connection_->query("SELECT * FROM range(10)", 0).truncated);
  EXPECT_EQ(connection_->scalar("SELECT 5").as_integer(), 5);  // the connection is free again
  EXPECT_TRUE(connection_->scalar("SELECT 5 WHERE false").is_null());
}

TEST_F(DatabaseTest, StreamsGiveAllRowsAndLateFaults) {
  RowStream stream = connection_->stream("SELECT i, [i::VARCHAR] FROM range(100000) t(i)");
  std::vector<Row> rows;
  int64_t count = 0;
  while (stream.next(rows)) {
    for (const auto& row : rows) {
      ASSERT_EQ(row[0].as_integer(), count);
      ASSERT_EQ(row[1].elements()[0].as_string(), std::to_string(count++));
    }
  }
  EXPECT_EQ(count, 100000);
  // One thread: where another meets the fault, the engine may give this one's interruption in place of it.
  connection_->execute("SET threads = 1");
  Error error = fault_of([&] {
    RowStream failing = connection_->stream("SELECT CASE WHEN i = 500000 THEN error('late') ELSE i END FROM range(1000000) t(i)");
    while (failing.next(rows)) continue;
  });
  EXPECT_THAT(error.message(), HasSubstr("late"));
}

TEST_F(DatabaseTest, FaultsCarryCodeAndPlace) {
  struct Case {
    const char* sql;
    const char* code;
    const char* text;
    const char* spot;
  };
  connection_->execute("CREATE TABLE k (a INTEGER PRIMARY KEY)");
  for (const Case& c : {
           Case{"SELECT sum(a, FROM k", "TM4110", "syntax error", "FROM"},
           Case{"SELECT 1;\nSELECT 'é',\n  nope FROM k", "TM4111", "nope", "nope"},
           Case{"SELECT * FROM missing_table", "TM4111", "missing_table", "missing_table"},
           Case{"SELECT date_truncc('day', DATE '2024-01-01')", "TM4111", "date_truncc", "date_truncc"},
           Case{"SELECT 'abc'::INTEGER", "TM4112", "abc", ":"},
           Case{"SELECT error('boo')", "TM4112", "boo", "nowhere"},
           Case{"SELECT 9223372036854775807 + 1", "TM4112", "Overflow", "nowhere"},
           Case{"INSERT INTO k VALUES (1), (1)", "TM4116", "uplicate", "nowhere"},
           Case{"SELECT * FROM read_parquet('/nowhere/*.parquet')", "TM4113", "/nowhere", "read_parquet"},
           Case{"SET no_such_setting = 1", "TM4111", "no_such_setting", "nowhere"},
       }) {
    Error error = fault_of([&] { connection_->query(c.sql); });
    EXPECT_EQ(error.code(), c.code) << c.sql << ": " << error.message();
    EXPECT_THAT(error.message(), HasSubstr(c.text));
    EXPECT_THAT(error.message(), ::testing::Not(HasSubstr("exception_type")));
    EXPECT_EQ(spot(error), c.spot) << c.sql;
  }
  EXPECT_THAT(fault_of([&] { connection_->query("SELECT date_truncc('day', DATE '2024-01-01')"); }).hint(), HasSubstr("date_trunc"));
  // The connection works on.
  EXPECT_EQ(connection_->scalar("SELECT 7").as_integer(), 7);
}

TEST_F(DatabaseTest, InterruptStopsAQuery) {
  auto running = std::async(std::launch::async, [&] {
    return fault_of([&] { connection_->query("SELECT count(*) FROM range(1000000000000) a(i), range(1000) b(j) WHERE (i * j) % 7 = 3"); });
  });
  while (running.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) connection_->interrupt();
  EXPECT_EQ(running.get().code(), "TM4115");
  EXPECT_EQ(connection_->scalar("SELECT 1").as_integer(), 1);
}

TEST_F(DatabaseTest, ProgressGrows) {
  connection_->execute("CREATE TABLE t AS SELECT i FROM range(3000000) r(i)");
  EXPECT_LT(connection_->progress(), 0);
  double seen = -1;
  auto running = std::async(std::launch::async, [&] { return connection_->scalar("SELECT count(DISTINCT md5(i::VARCHAR)) FROM t"); });
  while (running.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) seen = std::max(seen, connection_->progress());
  EXPECT_EQ(running.get().as_integer(), 3000000);
  EXPECT_GT(seen, 0);
  EXPECT_LE(seen, 1);
}

TEST_F(DatabaseTest, StatementKinds) {
  connection_->execute("CREATE TABLE t (a INTEGER)");
  EXPECT_THAT(connection_->statement_kinds(
                  "SELECT 1; FROM t; WITH x AS (SELECT 1) INSERT INTO t FROM x; COPY t TO '/tmp/x.csv'; SET threads = 1; ATTACH ':memory:' AS m; "
                  "EXPLAIN SELECT 1; DROP TABLE t; BEGIN; SELECT * FROM made_later"),
              ElementsAre(StatementKind::kSelect, StatementKind::kSelect, StatementKind::kInsert, StatementKind::kCopy, StatementKind::kSet,
                          StatementKind::kAttach, StatementKind::kExplain, StatementKind::kDrop, StatementKind::kTransaction, StatementKind::kOther));
}

TEST_F(DatabaseTest, TableNamesLeaveOutCtes) {
  EXPECT_THAT(connection_->table_names("WITH c AS (SELECT * FROM a.b) SELECT * FROM c JOIN d USING (x) WHERE y IN (SELECT z FROM \"E f\".g)"),
              ElementsAre("\"E f\".g", "a.b", "d"));
}

TEST_F(DatabaseTest, CountersTellWhatWasScanned) {
  connection_->execute("CREATE TABLE t AS SELECT i FROM range(100000) r(i)");
  connection_->begin_counting();
  connection_->query("SELECT sum(i) FROM t");
  connection_->query("SELECT sum(i) FROM t");
  EXPECT_EQ(connection_->end_counting().rows_scanned, 200000);
}

TEST_F(DatabaseTest, OwnScalarFunctions) {
  connection_->register_scalar("twice", {"VARCHAR", "BIGINT"}, "VARCHAR", [](const std::vector<Value>& arguments) {
    if (arguments[1].as_integer() < 0) throw Error("TM4112", "negative");
    std::string out;
    for (int64_t i = 0; i < arguments[1].as_integer(); ++i) out += arguments[0].as_string();
    return Value::string(out);
  });
  auto other = database_.connect();
  Table table = other->query("SELECT twice(CASE WHEN i = 2 THEN NULL ELSE 'ab' END, i) FROM range(4) t(i)");
  EXPECT_EQ(table.rows[3][0].text(), "ababab");
  EXPECT_TRUE(table.rows[2][0].is_null());
  EXPECT_THAT(fault_of([&] { other->query("SELECT twice('a', i) FROM range(-2, 3) t(i)"); }).message(), HasSubstr("negative"));
}

TEST_F(DatabaseTest, ConnectionsInThreads) {
  std::vector<std::future<int64_t>> sums;
  for (int i = 0; i < 4; ++i) {
    sums.push_back(std::async(std::launch::async, [&, i] {
      auto connection = database_.connect();
      int64_t total = 0;
      for (int k = 0; k < 20; ++k)
        total += connection->scalar("SELECT sum(i)::BIGINT FROM range(1000) t(i) WHERE i % 4 = $1", {Value::integer(i)}).as_integer();
      return total;
    }));
  }
  int64_t total = 0;
  for (auto& sum : sums) total += sum.get();
  EXPECT_EQ(total, 20 * 499500);
}

TEST(DatabaseFile, KeepsItsRowsAndRefusesBadOptions) {
  TemporaryFolder folder;
  DatabaseOptions options;
  options.path = folder / "x.duckdb";
  options.threads = 1;
  options.memory_limit = "300MB";
  options.temp_directory = folder / "tmp";
  options.settings = {{"default_null_order", "nulls_last"}};
  options.setup = {"SET TimeZone = 'UTC'"};
  {
    Database(options).connect()->execute("CREATE TABLE t AS SELECT 1 AS a");
  }
  options.read_only = true;
  Database database(options);
  auto connection = database.connect();
  EXPECT_EQ(connection->scalar("SELECT a FROM t").as_integer(), 1);
  EXPECT_EQ(connection->scalar("SELECT current_setting('threads')").as_integer(), 1);
  EXPECT_EQ(connection->scalar("SELECT current_setting('TimeZone')").text(), "UTC");
  EXPECT_EQ(fault_of([&] { connection->execute("INSERT INTO t VALUES (2)"); }).code(), "TM4112");

  DatabaseOptions wrong;
  wrong.settings = {{"no_such_setting", "1"}};
  EXPECT_EQ(fault_of([&] { Database(wrong).connect(); }).code(), "TM4104");
  DatabaseOptions size;
  size.memory_limit = "a lot";
  EXPECT_EQ(fault_of([&] { Database(size).connect(); }).code(), "TM4104");
  DatabaseOptions path;
  path.path = folder / "no/such/folder/x.duckdb";
  EXPECT_EQ(fault_of([&] { Database(path).connect(); }).code(), "TM4103");
  write_file(folder / "text.duckdb", "this is no database, but it is long enough to be looked at as one");
  DatabaseOptions text;
  text.path = folder / "text.duckdb";
  EXPECT_EQ(fault_of([&] { Database(text).connect(); }).code(), "TM4103");
}

TEST_F(DatabaseTest, NothingOfFilesIsHeldBesideTheMemoryLimit) {
  EXPECT_FALSE(connection_->scalar("SELECT current_setting('enable_external_file_cache')").as_bool());
  DatabaseOptions options;
  options.settings = {{"enable_external_file_cache", "true"}};  // a profile may choose otherwise
  EXPECT_TRUE(Database(options).connect()->scalar("SELECT current_setting('enable_external_file_cache')").as_bool());
}

TEST(DatabaseFile, MemoryLimitIsAnError) {
  TemporaryFolder folder;
  DatabaseOptions options;
  options.memory_limit = "50MB";
  options.temp_directory = folder / "tmp";
  options.max_temp_directory_size = "10MB";
  Database database(options);
  EXPECT_EQ(fault_of([&] {
              database.connect()->query("SELECT sum(len(l)) FROM (SELECT list(md5(i::VARCHAR)) AS l FROM range(5000000) t(i) GROUP BY i % 1000003)");
            }).code(),
            "TM4114");
}

}  // namespace
}  // namespace tidemark::duckdb
