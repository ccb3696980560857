#include "ledger/observation.h"

#include <algorithm>
#include <thread>

#include "adapter/adapter.h"
#include "ledger/changes.h"
#include "model_fixture.h"

namespace tidemark::ledger {
namespace {

class ObservationTest : public ::testing::Test {
 protected:
  static std::vector<std::string> paths(const std::vector<SourceFile>& files) {
    std::vector<std::string> out;
    for (const SourceFile& file : files) out.push_back(file.path);
    return out;
  }
  static void put(const std::string& path, const std::string& content) {
    if (const fs::path parent = fs::path(path).parent_path(); !parent.empty()) fs::create_directories(parent);
    write_file(path, content);
  }

  Workspace workspace_;
  Observation observation_;
};

using Paths = std::vector<std::string>;

TEST_F(ObservationTest, GlobsOnceSortedEachOnce) {
  put("d/b.parquet", "b");
  put("d/a.parquet", "a");
  put("d/.hidden.parquet", "h");
  fs::create_directories("d/folder.parquet");
  EXPECT_EQ(paths(observation_.files({"d/*.parquet", "d/a.parquet"})), (Paths{"d/a.parquet", "d/b.parquet"}));
  put("d/c.parquet", "c");
  EXPECT_EQ(paths(observation_.files({"d/*.parquet", "d/a.parquet"})), (Paths{"d/a.parquet", "d/b.parquet"})) << "the same answer ever after";
  EXPECT_EQ(observation_.counts().files_seen, 2);
  EXPECT_EQ(paths(observation_.files({"d/none*"})), Paths{});
  EXPECT_EQ(paths(observation_.files({"d/none.parquet"})), Paths{});
}

TEST_F(ObservationTest, OnePathHasOneStatAcrossPatterns) {
  put("d/a.parquet", "a");
  const SourceFile first = observation_.files({"d/*.parquet"}).at(0);
  put("d/a.parquet", "other content");
  EXPECT_EQ(observation_.files({"d/a.*"}).at(0), first);
}

TEST_F(ObservationTest, LinksAndHardLinksAreFilesOfTheirOwn) {
  put("store/x", "content");
  fs::create_directories("d");
  fs::create_symlink("../store/x", "d/link.parquet");
  fs::create_hard_link("store/x", "d/hard1.parquet");
  fs::create_hard_link("store/x", "d/hard2.parquet");
  fs::create_symlink("../store/gone", "d/broken.parquet");
  const auto files = observation_.files({"d/*.parquet"});
  EXPECT_EQ(paths(files), (Paths{"d/hard1.parquet", "d/hard2.parquet", "d/link.parquet"}));
  EXPECT_EQ(files[0].stat, files[1].stat);
  EXPECT_EQ(observation_.hash(files[0]), observation_.hash(files[2]));
}

TEST_F(ObservationTest, YoungFilesAreRacy) {
  FileStat stat;
  stat.mtime_ns = 1'000'000'000'000'000'123;
  stat.ctime_ns = stat.mtime_ns - 5'000'000;
  const auto at = [&](int64_t age_ns) { return WallTime(std::chrono::nanoseconds(stat.mtime_ns + age_ns)); };
  EXPECT_TRUE(is_racy(stat, at(0)));
  EXPECT_TRUE(is_racy(stat, at(10'000'000)));
  EXPECT_FALSE(is_racy(stat, at(30'000'000)));
  stat.ctime_ns = stat.mtime_ns + 1'000'000'000;
  EXPECT_TRUE(is_racy(stat, at(500'000'000))) << "the younger of both counts, the future too";
  stat.mtime_ns = stat.ctime_ns = 1'000'000'000'000'000'000;
  EXPECT_TRUE(is_racy(stat, at(1'000'000'000))) << "a file system that keeps whole seconds";
  EXPECT_FALSE(is_racy(stat, at(3'000'000'000)));
}

TEST_F(ObservationTest, HashesAreTakenOnceAndCounted) {
  put("a", "12345");
  put("b", "12345");
  const auto files = observation_.files({"?"});
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { observation_.hash(files[0]); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(observation_.hash(files[0]), xxh128_hex("12345"));
  EXPECT_EQ(observation_.counts().files_hashed, 1);
  EXPECT_EQ(observation_.counts().bytes_hashed, 5);
  EXPECT_EQ(observation_.hash(files[1]), observation_.hash(files[0]));
  EXPECT_EQ(observation_.counts().files_hashed, 2);
}

TEST_F(ObservationTest, RememberedFactsHoldForThatStatOnly) {
  put("a", "12345");
  const SourceFile file = observation_.files({"a"}).at(0);
  SourceFile old = file;
  old.stat.mtime_ns -= 1;
  observation_.remember(old, {"stale", std::make_shared<const std::vector<ColumnType>>(1)});
  EXPECT_FALSE(observation_.facts(file));
  observation_.remember(file, {"known", nullptr});
  observation_.remember(old, {"stale", nullptr});
  EXPECT_EQ(observation_.hash(file), "known");
  EXPECT_EQ(observation_.counts().files_hashed, 0);
}

TEST_F(ObservationTest, AChangeWhileItIsReadIsRefused) {
  put("a", "12345");
  put("b", "12345");
  const auto files = observation_.files({"?"});
  EXPECT_NO_THROW(observation_.check_unchanged(files));
  put("a", "123456");
  std::string message;
  EXPECT_EQ(code_of([&] { observation_.check_unchanged(files); }, &message), "TM5102");
  EXPECT_NE(message.find("'a' changed"), std::string::npos) << message;
  EXPECT_EQ(code_of([&] { observation_.hash(files[0]); }), "TM5102");
  fs::remove("b");
  EXPECT_EQ(code_of([&] { observation_.hash(files[1]); }, &message), "TM5102");
  EXPECT_NE(message.find("'b' went away"), std::string::npos) << message;
}

class SchemaTest : public ModelFixture {};

TEST_F(SchemaTest, BoundSchemasWidenWhicheverFileComesFirst) {
  write("d/1.parquet", "SELECT 1 AS a, NULL AS n");
  write("d/2.parquet", "SELECT 2.5::DOUBLE AS a, 'x' AS b");
  write("e/1.parquet", "SELECT 2.5::DOUBLE AS a, 'x' AS b");
  write("e/2.parquet", "SELECT 1 AS a, NULL AS n");
  Observation observation;
  const auto& d = observation.files({"d/*.parquet"});
  const auto& e = observation.files({"e/*.parquet"});
  const std::vector<ColumnType> forward{{"a", "DOUBLE"}, {"n", "INTEGER"}, {"b", "VARCHAR"}}, backward{{"a", "DOUBLE"}, {"b", "VARCHAR"}, {"n", "INTEGER"}};
  EXPECT_EQ(observation.bound_schema(d, *session_), forward);
  EXPECT_EQ(observation.bound_schema(e, *session_), backward);
  EXPECT_EQ(observation.counts().schemas_read, 4);
  EXPECT_EQ(observation.bound_schema(d, *session_), forward);
  EXPECT_EQ(*observation.schemas(d, *session_).at(1), (std::vector<ColumnType>{{"a", "DOUBLE"}, {"b", "VARCHAR"}}));
  EXPECT_EQ(observation.counts().schemas_read, 4) << "asked once a file";
}

TEST_F(SchemaTest, FilesThatAreNoParquetAreNamed) {
  write("d/1.parquet", "SELECT 1 AS a");
  write("d/2.parquet", "SELECT 2 AS a");
  write("d/4.parquet", "SELECT 2 AS a");
  for (const std::string& content : {std::string("PAR1 and no more"), std::string(), std::string("a,b\n1,2\n"), read_file("d/1.parquet").substr(0, 60)}) {
    write_file("d/3.parquet", content);
    Observation observation;
    std::string message;
    EXPECT_EQ(code_of([&] { observation.bound_schema(observation.files({"d/*.parquet"}), *session_); }, &message), "TM5103");
    EXPECT_EQ(message, "'d/3.parquet' is not a valid Parquet file");
  }
}

TEST_F(SchemaTest, SeedingWithALedgersFactsAsksNoFile) {
  write("d/1.parquet", "SELECT 1 AS a");
  write("d/2.parquet", "SELECT 2.5::DOUBLE AS a, 'x' AS b");
  wait_for_grain();
  const std::string sql = "SELECT a FROM read_parquet('d/*.parquet')";
  run(sql, "a");
  Observation observation;
  remember_ledger(stored(), observation);
  const std::vector<ColumnType> both{{"a", "DOUBLE"}, {"b", "VARCHAR"}};
  const auto& files = observation.files({"d/*.parquet"});
  // Neither footers nor a file of each kind: without a session nothing could be asked.
  EXPECT_EQ(observation.bound_schema(files, *static_cast<Session*>(nullptr)), both);
  EXPECT_FALSE(observation.hash(files[0]).empty());
  EXPECT_EQ(observation.counts().files_hashed, 0);
  EXPECT_EQ(observation.counts().schemas_read, 0);
}

}  // namespace
}  // namespace tidemark::ledger
