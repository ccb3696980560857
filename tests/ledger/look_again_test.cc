#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/hash.h"
#include "ledger/observation.h"

namespace tidemark::ledger {
namespace {

class LookAgain : public ::testing::Test {
 protected:
  LookAgain() : folder_(fs::temp_directory_path() / ("tm_look_" + random_uuid())) { fs::create_directories(folder_); }
  ~LookAgain() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  const std::vector<SourceFile>& files() { return observation_.files({(folder_ / "*.txt").string()}); }

  fs::path folder_;
  Observation observation_;
};

TEST_F(LookAgain, ChangedFilesAreObservedAnewAndNewOnesStayOut) {
  write("a.txt", "a");
  write("b.txt", "b");
  write("c.txt", "c");
  const std::vector<SourceFile>& before = files();
  ASSERT_EQ(before.size(), 3U);
  write("a.txt", "longer");
  fs::remove(folder_ / "b.txt");
  write("d.txt", "d");
  EXPECT_THROW(observation_.check_unchanged(before), Error);
  observation_.look_again();
  const std::vector<SourceFile>& after = files();
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[0].stat.size, 6U);
  EXPECT_EQ(after[1], before[2]);
  EXPECT_NO_THROW(observation_.check_unchanged(after));
  EXPECT_EQ(before.size(), 3U) << "a list that was given out stays";
  EXPECT_EQ(before[0].stat.size, 1U);
}

TEST_F(LookAgain, WithoutAChangeListsStayTheSame) {
  write("a.txt", "a");
  const std::vector<SourceFile>* before = &files();
  observation_.look_again();
  EXPECT_EQ(&files(), before);
}

}  // namespace
}  // namespace tidemark::ledger
