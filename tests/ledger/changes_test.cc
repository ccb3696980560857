#include "ledger/changes.h"

#include "workspace.h"

namespace tidemark::ledger {
namespace {

class ChangesTest : public ::testing::Test {
 protected:
  static void put(const std::string& path, const std::string& content) {
    fs::create_directories("d");
    write_file("d/" + path, content);
  }

  // The source as a ledger would keep it now.
  static LedgerSource now() {
    wait_for_grain();
    Observation observation;
    LedgerSource out;
    for (const SourceFile& file : observation.files({"d/*"})) {
      LedgerFile entry;
      entry.file = file;
      entry.hash = observation.hash(file);
      out.files[file.path] = entry;
    }
    return out;
  }

  // "added d/x, renamed d/y from d/z"; counts of the comparison are in `counts_`.
  std::string changes(const LedgerSource& before) {
    wait_for_grain();
    Observation observation;
    last_ = compare(before, observation.files({"d/*"}), observation);
    counts_ = observation.counts();
    std::string out;
    for (const FileChange& change : last_.changes) {
      out += (out.empty() ? "" : ", ") + std::string(to_string(change.kind)) + " " + change.path.substr(2);
      if (!change.old_path.empty()) out += " from " + change.old_path.substr(2);
    }
    return out;
  }

  Workspace workspace_;
  SourceChanges last_;
  ObservationCounts counts_;
};

TEST_F(ChangesTest, NothingChangedHashesNothing) {
  put("a", "1");
  put("b", "2");
  EXPECT_EQ(changes(now()), "");
  EXPECT_FALSE(last_.any());
  EXPECT_EQ(last_.unchanged.size(), 2U);
  EXPECT_EQ(counts_.files_hashed, 0);
}

TEST_F(ChangesTest, AddedAndRemoved) {
  put("a", "1");
  put("b", "22");
  const LedgerSource before = now();
  put("c", "333");
  fs::remove("d/a");
  EXPECT_EQ(changes(before), "removed a, added c");
  EXPECT_EQ(counts_.files_hashed, 0) << "no sizes are equal";
  EXPECT_EQ(last_.gone, std::vector<std::string>{"d/a"});
  ASSERT_EQ(last_.to_read.size(), 1U);
  EXPECT_EQ(last_.to_read[0].path, "d/c");
  EXPECT_EQ(last_.changes[0].bytes, 1U);
  EXPECT_EQ(last_.changes[1].bytes, 3U);
}

TEST_F(ChangesTest, ReplacedAndTouched) {
  put("bigger", "1");
  put("other", "12345");
  put("same", "12345");
  const LedgerSource before = now();
  put("bigger", "1234");
  put("other", "54321");
  set_age("d/same", 100);
  EXPECT_EQ(changes(before), "replaced bigger, replaced other, touched same");
  EXPECT_EQ(counts_.files_hashed, 2) << "another size is another content";
  EXPECT_EQ(last_.to_read.size(), 2U);
  EXPECT_EQ(last_.gone, (std::vector<std::string>{"d/bigger", "d/other"}));
  EXPECT_EQ(last_.unchanged.size(), 1U);
}

TEST_F(ChangesTest, ReplacedWithTheOldTimesIsSeen) {
  put("a", "12345");
  set_age("d/a", 100);
  const LedgerSource before = now();
  put("a", "54321");
  set_age("d/a", 100);
  EXPECT_EQ(changes(before), "replaced a") << "the change time can't be set back";
}

TEST_F(ChangesTest, RewrittenWithTheSameContentIsTouched) {
  put("a", "12345");
  const LedgerSource before = now();
  fs::remove("d/a");
  put("a", "12345");
  EXPECT_EQ(changes(before), "touched a");
}

TEST_F(ChangesTest, Renamed) {
  put("a", "12345");
  put("b", "54321");
  put("c", "x");
  const LedgerSource before = now();
  fs::rename("d/a", "d/z");
  EXPECT_EQ(changes(before), "renamed z from a");
  EXPECT_EQ(last_.gone, std::vector<std::string>{"d/a"});
  EXPECT_EQ(last_.to_read.size(), 1U);
  EXPECT_EQ(counts_.files_hashed, 1);
  fs::rename("d/b", "d/y");
  EXPECT_EQ(changes(before), "renamed y from b, renamed z from a");
  fs::remove("d/z");
  EXPECT_EQ(changes(before), "removed a, renamed y from b");
}

TEST_F(ChangesTest, SwappedNamesAreTwoReplacedFiles) {
  put("a", "12345");
  put("b", "54321");
  const LedgerSource before = now();
  fs::rename("d/a", "d/t");
  fs::rename("d/b", "d/a");
  fs::rename("d/t", "d/b");
  EXPECT_EQ(changes(before), "replaced a, replaced b");
}

TEST_F(ChangesTest, ACopyIsAddedNotRenamed) {
  put("a", "12345");
  const LedgerSource before = now();
  put("b", "12345");
  fs::create_hard_link("d/b", "d/c");
  EXPECT_EQ(changes(before), "added b, added c");
  EXPECT_EQ(counts_.files_hashed, 0) << "no file is gone that they could come from";
}

TEST_F(ChangesTest, RacyFilesAreHashedAgain) {
  put("a", "12345");
  LedgerSource before = now();
  before.files.at("d/a").file.racy = true;
  EXPECT_EQ(changes(before), "");
  EXPECT_EQ(last_.unchanged.size(), 1U);
  EXPECT_EQ(counts_.files_hashed, 1);
  before.files.at("d/a").hash = xxh128_hex("54321");
  EXPECT_EQ(changes(before), "replaced a") << "written within one tick of the clock";
}

TEST_F(ChangesTest, WithoutAHashATouchedFileCountsAsReplaced) {
  put("a", "12345");
  LedgerSource before = now();
  before.files.at("d/a").hash.clear();
  EXPECT_EQ(changes(before), "");
  set_age("d/a", 100);
  EXPECT_EQ(changes(before), "replaced a");
}

}  // namespace
}  // namespace tidemark::ledger
