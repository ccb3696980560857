#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/json.h"
#include "lake/lock.h"
#include "lake/statistics.h"
#include "lake/version_map.h"
#include "lake/view_file.h"

namespace tidemark::lake {
namespace {

class FilesTest : public testing::Test {
 protected:
  void SetUp() override { folder_ = fs::temp_directory_path() / ("tm_lakef_" + random_uuid()); }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(FilesTest, ViewsReadBack) {
  EXPECT_FALSE(read_view_file(folder_ / "v.view.json"));
  write_view_file(folder_ / "v.view.json", {.sql = "select 'é\"' as n", .columns = {{"n", "VARCHAR"}}, .node_id = "model.p.v"});
  const auto view = read_view_file(folder_ / "v.view.json");
  EXPECT_EQ(view->sql, "select 'é\"' as n");
  EXPECT_EQ(view->columns, (std::vector<std::pair<std::string, std::string>>{{"n", "VARCHAR"}}));
  write_file(folder_ / "v.view.json", "{}");
  EXPECT_THROW(read_view_file(folder_ / "v.view.json"), Error);
}

TEST_F(FilesTest, VersionMapsFollowEachOther) {
  EXPECT_FALSE(latest_versions(folder_));
  record_versions(folder_, "one", {{"s/t", 3}});
  record_versions(folder_, "two", {{"s/t", 4}, {"s/u", 0}});
  EXPECT_EQ(latest_versions(folder_)->invocation_id, "two");
  EXPECT_EQ(latest_versions(folder_)->versions.at("s/t"), 4);
  EXPECT_FALSE(versions_at(folder_, 1));
  const int64_t last = latest_versions(folder_)->finished_at_ms;
  EXPECT_EQ(versions_since(folder_, 1).size(), 2U);  // none is so old: all of them can be met
  EXPECT_TRUE(version_maps_before(folder_, 1).empty());
  ASSERT_EQ(versions_since(folder_, last + 1000).size(), 1U);
  EXPECT_EQ(versions_since(folder_, last + 1000)[0].sequence, 2);
  EXPECT_EQ(version_maps_before(folder_, last + 1000).size(), 1U);
}

TEST_F(FilesTest, TheLockNamesItsHolderAndDiesWithIt) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = lock_warehouse({.warehouse = folder_, .command = "run --select x"});
    if (write(ready[1], "1", 1) != 1) _exit(1);
    pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  std::string seen;
  try {
    lock_warehouse({.warehouse = folder_, .command = "run", .timeout_seconds = 0, .on_wait = [&](const std::string& holder) { seen = holder; }});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM6010");
    EXPECT_NE(error.message().find("pid " + std::to_string(child)), std::string::npos);
    EXPECT_NE(error.message().find("run --select x"), std::string::npos);
  }
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_NE(lock_warehouse({.warehouse = folder_, .command = "run", .timeout_seconds = 5}), nullptr);
  EXPECT_EQ(lock_holder(folder_), "");
}

TEST(Statistics, BoundsStayBounds) {
  Schema schema{{make_field("s", "VARCHAR"), make_field("d", "DOUBLE"), make_field("t", "TIMESTAMP"), make_field("m", "DECIMAL(18,2)"),
                 make_field("b", "DECIMAL(38,0)")}};
  FileStatistics in;
  in.rows = 5;
  const std::string long_text(50, 'x');
  in.columns = {{"s", "a", long_text, 1},
                {"d", "-inf", "3.5", 0},
                {"t", "2024-01-01 00:00:00", "2024-01-31 12:34:56.789012", 0},
                {"m", "-1.50", "99.99", 0},
                {"b", "1", "12345678901234567890", 0}};
  const std::string text = encode_statistics(in, schema);
  EXPECT_EQ(rows_of(text), 5);
  const Json json = Json::parse(text);
  EXPECT_GT(json["maxValues"]["s"].get<std::string>(), long_text);
  EXPECT_FALSE(json["maxValues"].contains("d"));
  EXPECT_EQ(json["minValues"]["t"], "2024-01-01T00:00:00.000");
  EXPECT_EQ(json["maxValues"]["t"], "2024-01-31T12:34:56.789012");
  EXPECT_EQ(json["minValues"]["m"], -1.5);
  EXPECT_FALSE(json["maxValues"].contains("b"));
  EXPECT_EQ(json["nullCount"]["s"], 1);
  EXPECT_EQ(decode_statistics(text).columns.size(), 5U);
  EXPECT_EQ(rows_of(""), -1);
  EXPECT_EQ(decode_statistics("no json").rows, -1);
}

}  // namespace
}  // namespace tidemark::lake
