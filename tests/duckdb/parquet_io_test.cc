#include "adapter/duckdb/parquet_io.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "duckdb/temporary_folder.h"

namespace tidemark::duckdb {
namespace {

using ::testing::HasSubstr;

class ParquetIo : public ::testing::Test {
 protected:
  ParquetOptions options() const {
    ParquetOptions options;
    options.directory = folder_ / "table";
    return options;
  }
  std::string scan() const { return "read_parquet('" + (folder_ / "table/**/*.parquet") + "')"; }
  size_t count_files() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

  TemporaryFolder folder_;
  Database database_{DatabaseOptions{}};
  std::unique_ptr<Connection> connection_ = database_.connect();
};

std::map<std::string, ColumnStats> by_name(const ParquetFile& file) {
  std::map<std::string, ColumnStats> stats;
  for (const auto& column : file.stats) {
    std::string name;
    for (const auto& part : column.path) name += (name.empty() ? "" : "/") + part;
    stats[name] = column;
  }
  return stats;
}

TEST_F(ParquetIo, TellsRowsBytesAndBounds) {
  auto files = write_parquet(
      *connection_,
      "SELECT * FROM (VALUES (1, 2.50::DECIMAL(9,2), 'b''x', DATE '2024-01-02', {'x': 1, 'Y z': {'k': 'q'}}, [1], true, 1.5::DOUBLE, TIMESTAMPTZ '2024-01-01 "
      "00:00:00+00'),"
      " (NULL, -1.25, 'a', DATE '2023-01-02', {'x': 7, 'Y z': {'k': 'p'}}, [9], false, 'nan', NULL)) t(i, \"de\"\"c\", s, d, st, l, b, f, ts) -- the end",
      options());
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].rows, 2);
  EXPECT_EQ(files[0].bytes, static_cast<int64_t>(std::filesystem::file_size(files[0].path)));
  auto stats = by_name(files[0]);
  EXPECT_EQ(stats.size(), 9U);  // no lists
  EXPECT_EQ(stats["i"].min, Value::integer(1));
  EXPECT_EQ(stats["i"].nulls, 1);
  EXPECT_EQ(stats["i"].type, "INTEGER");
  EXPECT_EQ(stats["de\"c"].min, Value::number("-1.25"));
  EXPECT_EQ(stats["de\"c"].max, Value::number("2.50"));
  EXPECT_EQ(stats["s"].max, Value::string("b'x"));
  EXPECT_EQ(stats["d"].min.text(), "2023-01-02");
  EXPECT_EQ(stats["st/x"].max, Value::integer(7));
  EXPECT_EQ(stats["st/Y z/k"].min, Value::string("p"));
  EXPECT_EQ(stats["b"].min, Value::boolean(false));
  EXPECT_TRUE(stats["f"].has_nan);
  EXPECT_TRUE(stats["f"].min.is_null());
  EXPECT_EQ(stats["ts"].min.text(), "2024-01-01 00:00:00+00");
  EXPECT_EQ(stats["ts"].nulls, 1);
}

TEST_F(ParquetIo, NoRowsNoFile) {
  EXPECT_TRUE(write_parquet(*connection_, "SELECT 1 AS a WHERE false", options()).empty());
  EXPECT_EQ(count_files(), 0U);
}

TEST_F(ParquetIo, SortsAndCutsBySize) {
  ParquetOptions cut = options();
  cut.order_by = {"k", "i"};
  cut.target_file_bytes = 300'000;
  cut.row_group_rows = 8192;
  auto files = write_parquet(*connection_,
                             "SELECT i, md5(i::VARCHAR) AS t, CASE WHEN i % 1000 = 0 THEN NULL ELSE (i * 7919) % 100003 END AS k FROM range(100000) r(i)", cut);
  ASSERT_GT(files.size(), 3U);
  int64_t rows = 0;
  Value last = Value::integer(-1);
  for (const auto& file : files) {
    auto k = by_name(file)["k"];
    EXPECT_GE(k.min.as_integer(), last.as_integer());
    last = k.max;
    rows += file.rows;
  }
  EXPECT_EQ(rows, 100000);
  EXPECT_EQ(by_name(files.back())["k"].nulls, 100);
  EXPECT_EQ(connection_->scalar("SELECT count(DISTINCT i)::BIGINT FROM " + scan()).as_integer(), 100000);
}

TEST_F(ParquetIo, FoldersHoldPartitions) {
  ParquetOptions folders = options();
  folders.partition_folders = {"d", "c"};
  auto files =
      write_parquet(*connection_, "SELECT i, DATE '2024-01-01' + (i % 2)::INTEGER AS d, CASE WHEN i < 2 THEN 'x/y' END AS c FROM range(6) t(i)", folders);
  ASSERT_EQ(files.size(), 4U);
  int64_t rows = 0;
  for (const auto& file : files) {
    ASSERT_EQ(file.partition.size(), 2U);
    EXPECT_EQ(file.partition[0].first, "d");
    EXPECT_EQ(file.partition[0].second.kind(), ValueKind::kDate);
    EXPECT_TRUE(file.partition[1].second.is_null() || file.partition[1].second == Value::string("x/y"));
    EXPECT_THAT(file.path, HasSubstr("d=" + file.partition[0].second.text()));
    rows += file.rows;
  }
  EXPECT_EQ(rows, 6);
}

TEST_F(ParquetIo, FaultsLeaveNothing) {
  auto fault = [&](const std::string& sql) {
    try {
      write_parquet(*connection_, sql, options());
    } catch (const Error& error) {
      return error.code();
    }
    return std::string("none");
  };
  EXPECT_EQ(fault("SELECT CASE WHEN i = 900000 THEN error('late') ELSE i END AS i FROM range(1000000) t(i)"), "TM4112");
  EXPECT_EQ(count_files(), 0U);
  EXPECT_EQ(fault("SELECT sum(i) AS s FROM range(10) t(i)"), "TM4120");
  EXPECT_EQ(fault("SELECT [sum(i)] AS s FROM range(10) t(i)"), "TM4120");
  EXPECT_EQ(fault("SELECT nope"), "TM4111");
  EXPECT_EQ(count_files(), 0U);
}

TEST_F(ParquetIo, ValuesComeBack) {
  std::string rows =
      "SELECT i, (random() - 0.5) * 10 ** (i % 600 - 300) AS x, i::DECIMAL(38,2) AS n, md5(i::VARCHAR)::BLOB AS b, TIMESTAMP '2024-01-01' + to_microseconds(i) "
      "AS t, "
      "CASE WHEN i % 3 = 0 THEN [i, NULL] END AS l, {'a': i, 'b': NULL::VARCHAR} AS s FROM range(5000) r(i)";
  connection_->execute("CREATE TABLE t AS " + rows);
  write_parquet(*connection_, "SELECT * FROM t", options());
  EXPECT_EQ(connection_->scalar("SELECT count(*)::BIGINT FROM (SELECT * FROM t EXCEPT ALL SELECT * FROM " + scan() + ")").as_integer(), 0);
}

}  // namespace
}  // namespace tidemark::duckdb
