#include "lake/commit.h"

#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/json.h"

namespace tidemark::lake {
namespace {

class CommitTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tm_lake_" + random_uuid()) / "s" / "t";
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_.parent_path().parent_path()); }

  SnapshotPtr load(SnapshotPtr previous = nullptr) const { return load_snapshot({.folder = folder_, .previous = std::move(previous)}); }

  CommitRequest create(std::vector<AddFile> files = {}) const {
    CommitRequest request;
    request.folder = folder_;
    request.adds = std::move(files);
    request.metadata = Metadata{.id = "id", .schema = Schema{{make_field("n", "INTEGER")}}};
    return request;
  }

  CommitRequest change(const SnapshotPtr& base, std::vector<std::string> adds, std::vector<std::string> removes = {},
                       ReadScope scope = ReadScope::kWholeTable) const {
    CommitRequest request;
    request.folder = folder_;
    request.base = base;
    for (std::string& path : adds) request.adds.push_back(file(std::move(path)));
    request.removes = std::move(removes);
    request.scope = scope;
    return request;
  }

  static AddFile file(std::string path) { return AddFile{.path = std::move(path), .size = 10, .stats = R"({"numRecords":3})"}; }

  static std::vector<std::string> paths(const Snapshot& snapshot) {
    std::vector<std::string> out;
    for (const auto& [path, add] : snapshot.files) out.push_back(path);
    return out;
  }

  fs::path folder_;
};

TEST_F(CommitTest, ATableGrowsAndShrinks) {
  EXPECT_EQ(load(), nullptr);
  EXPECT_EQ(commit(create({file("a b%.parquet")})).version, 0);
  SnapshotPtr snapshot = load();
  EXPECT_EQ(paths(*snapshot), std::vector<std::string>{"a b%.parquet"});
  EXPECT_EQ(snapshot->total_rows(), 3);
  EXPECT_EQ(commit(change(snapshot, {"c"}, {"a b%.parquet"})).version, 1);
  snapshot = load(snapshot);
  EXPECT_EQ(paths(*snapshot), std::vector<std::string>{"c"});
  EXPECT_EQ(snapshot->tombstones.count("a b%.parquet"), 1U);
  EXPECT_EQ(paths(*load_snapshot({.folder = folder_, .version = 0})), std::vector<std::string>{"a b%.parquet"});
  EXPECT_EQ(load(snapshot), snapshot);  // nothing new: the same object
}

TEST_F(CommitTest, OwnCommitsAreToldFromForeignOnes) {
  CommitRequest first = create({file("a")});
  first.own = Json{{"node", "model.p.t"}};
  commit(first);
  SnapshotPtr snapshot = load();
  EXPECT_EQ(snapshot->own_version, 0);
  EXPECT_FALSE(snapshot->foreign_since_own);
  write_file(log_entry_path(folder_, 1), R"({"commitInfo":{"timestamp":5,"operation":"OPTIMIZE","engineInfo":"other"}})"
                                         "\n"
                                         R"({"add":{"path":"b","partitionValues":{},"size":1,"modificationTime":1,"dataChange":false}})");
  snapshot = load(snapshot);
  EXPECT_TRUE(snapshot->foreign_since_own);
  EXPECT_EQ(snapshot->own->at("node"), "model.p.t");
  EXPECT_GE(snapshot->timestamp_ms, load_snapshot({.folder = folder_, .version = 0})->timestamp_ms);
}

TEST_F(CommitTest, ConflictsAreRefusedAndNamed) {
  commit(create({file("a"), file("b")}));
  const SnapshotPtr base = load();
  commit(change(base, {"c"}));
  try {
    commit(change(base, {"d"}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM4340");
    EXPECT_NE(error.message().find("version 1 (WRITE by tidemark"), std::string::npos);
  }
  EXPECT_EQ(commit(change(base, {"e"}, {}, ReadScope::kNothing)).version, 2);  // a blind append fits
  EXPECT_THROW(commit(change(base, {"f"}, {"a"}, ReadScope::kFiles)), Error);  // rows were added meanwhile
  CommitRequest rewrite = change(base, {"f"}, {"a"}, ReadScope::kFiles);
  rewrite.allow_concurrent_appends = true;
  EXPECT_EQ(commit(rewrite).version, 3);
  rewrite.adds = {file("g")};
  EXPECT_THROW(commit(rewrite), Error);  // "a" is gone by now
}

TEST_F(CommitTest, ARepeatedTransactionDoesNothing) {
  commit(create());
  CommitRequest request = change(load(), {"a"});
  request.transactions["run"] = 7;
  EXPECT_FALSE(commit(request).repeated);
  request.base = load();
  request.adds = {file("b")};
  EXPECT_TRUE(commit(request).repeated);
  EXPECT_EQ(paths(*load()), std::vector<std::string>{"a"});
}

TEST_F(CommitTest, SavedSnapshotsStandForTheLog) {
  commit(create());
  SnapshotPtr snapshot = load();
  for (int i = 1; i <= 25; ++i) {
    commit(change(snapshot, {"f" + std::to_string(i)}));
    snapshot = load(snapshot);
  }
  ASSERT_TRUE(stat_file(folder_ / "_delta_log/00000000000000000020.tidemark"));
  for (int i = 0; i <= 20; ++i) fs::remove(log_entry_path(folder_, i));
  EXPECT_EQ(paths(*load()), paths(*snapshot));
  const std::string saved = folder_ / "_delta_log/00000000000000000020.tidemark";
  std::string text = read_file(saved);
  text[text.size() / 2] ^= 1;
  write_file(saved, text);
  EXPECT_THROW(load(), Error);  // edited, and the log it stood for is gone
}

TEST_F(CommitTest, NewerProtocolsAreRefused) {
  commit(create());
  const SnapshotPtr snapshot = load();
  write_file(log_entry_path(folder_, 1),
             R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}})");
  try {
    load(snapshot);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM4330");
    EXPECT_NE(error.message().find("deletionVectors"), std::string::npos);
  }
}

TEST_F(CommitTest, DamagedEntriesAreNamed) {
  commit(create());
  write_file(log_entry_path(folder_, 1), "{\"add\":{");
  EXPECT_THROW(load(), Error);
}

TEST_F(CommitTest, TimeTravelByTime) {
  commit(create({file("a")}));
  const SnapshotPtr first = load();
  commit(change(first, {"b"}));
  EXPECT_EQ(load_snapshot({.folder = folder_, .at_time_ms = first->timestamp_ms})->version, 0);
  EXPECT_EQ(load_snapshot({.folder = folder_, .at_time_ms = first->timestamp_ms + 1000000})->version, 1);
  EXPECT_THROW(load_snapshot({.folder = folder_, .at_time_ms = 1}), Error);
}

TEST_F(CommitTest, ManyWritersLoseNothing) {
  commit(create());
  constexpr int kWriters = 8;
  constexpr int kCommits = 12;
  std::vector<pid_t> children;
  for (int writer = 0; writer < kWriters; ++writer) {
    const pid_t child = fork();
    if (child == 0) {
      for (int i = 0; i < kCommits; ++i) commit(change(load(), {std::to_string(writer) + "-" + std::to_string(i)}, {}, ReadScope::kNothing));
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const SnapshotPtr snapshot = load();
  EXPECT_EQ(snapshot->files.size(), static_cast<size_t>(kWriters * kCommits));
  EXPECT_EQ(snapshot->version, kWriters * kCommits);
}

// Run by the next test in a process of its own, which is killed.
TEST(CommitChild, DISABLED_ReplacesOldByNew) {
  const fs::path folder = std::getenv("TIDEMARK_TEST_TABLE");
  CommitRequest request;
  request.folder = folder;
  request.base = load_snapshot({.folder = folder});
  request.adds = {AddFile{.path = "new"}};
  request.removes = {"old"};
  commit(request);
}

TEST_F(CommitTest, KilledAtAnyStepTheTableIsOldOrNew) {
  for (const char* point : {"lake.commit.before_link", "lake.commit.linked"}) {
    fs::remove_all(folder_);
    commit(create({file("old")}));
    const pid_t child = fork();
    if (child == 0) {
      setenv("TIDEMARK_CRASH_AT", point, 1);
      setenv("TIDEMARK_TEST_TABLE", folder_.c_str(), 1);
      execl("/proc/self/exe", "lake_test", "--gtest_also_run_disabled_tests", "--gtest_filter=CommitChild.*", nullptr);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << point;
    const SnapshotPtr snapshot = load();
    EXPECT_EQ(snapshot->version, std::string_view(point) == "lake.commit.linked" ? 1 : 0);
    EXPECT_EQ(paths(*snapshot), std::vector<std::string>{snapshot->version == 0 ? "old" : "new"});
    EXPECT_EQ(commit(change(snapshot, {"next"})).version, snapshot->version + 1);
  }
}

// Replay against a naive model.
TEST_F(CommitTest, RandomHistories) {
  const unsigned seed = std::getenv("TIDEMARK_SEED") != nullptr ? std::stoul(std::getenv("TIDEMARK_SEED")) : std::random_device{}();
  SCOPED_TRACE("TIDEMARK_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  commit(create());
  SnapshotPtr snapshot = load();
  std::set<std::string> model;
  std::vector<std::set<std::string>> history{model};
  for (int step = 0; step < 60; ++step) {
    std::vector<std::string> adds;
    std::vector<std::string> removes;
    for (unsigned i = 0; i < random() % 3; ++i) adds.push_back("f" + std::to_string(step) + "_" + std::to_string(i));
    for (const std::string& path : model) {
      if (random() % 4 == 0) removes.push_back(path);
    }
    for (const std::string& path : removes) model.erase(path);
    model.insert(adds.begin(), adds.end());
    commit(change(snapshot, adds, removes));
    history.push_back(model);
    snapshot = random() % 2 == 0 ? load(snapshot) : load();
    const std::vector<std::string> found = paths(*snapshot);
    ASSERT_EQ(std::set<std::string>(found.begin(), found.end()), model);
  }
  for (int i = 0; i < 10; ++i) {
    const int64_t version = static_cast<int64_t>(random() % history.size());
    const std::vector<std::string> found = paths(*load_snapshot({.folder = folder_, .version = version}));
    EXPECT_EQ(std::set<std::string>(found.begin(), found.end()), history[static_cast<size_t>(version)]) << version;
  }
}

}  // namespace
}  // namespace tidemark::lake
