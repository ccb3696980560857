#include "base/file_system.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/hash.h"

namespace tidemark {
namespace {

class FileSystemTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tm_fs_" + random_uuid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(FileSystemTest, ExclusiveCreateSucceedsOnce) {
  EXPECT_TRUE(create_file_exclusive(folder_ / "0.json", "first"));
  EXPECT_FALSE(create_file_exclusive(folder_ / "0.json", "second"));
  EXPECT_EQ(read_file(folder_ / "0.json"), "first");
  EXPECT_EQ(list_directory(folder_), std::vector<std::string>{"0.json"});
}

TEST_F(FileSystemTest, GlobKnowsBracesStarsAndDepth) {
  fs::create_directories(folder_ / "a/b");
  for (const char* name : {"x1.parquet", "a/x2.parquet", "a/b/x3.parquet", "y.csv", ".x4.parquet"}) write_file(folder_ / name, "");
  const std::string base = folder_.string();
  EXPECT_EQ(glob_files(base + "/**/x*.parquet"), (std::vector<std::string>{base + "/a/b/x3.parquet", base + "/a/x2.parquet", base + "/x1.parquet"}));
  EXPECT_EQ(glob_files(base + "/{x1.parquet,y.csv}"), (std::vector<std::string>{base + "/x1.parquet", base + "/y.csv"}));
  EXPECT_TRUE(glob_files(base + "/none*").empty());
}

TEST_F(FileSystemTest, MissingFileIsAnErrorThatNamesIt) {
  try {
    read_file(folder_ / "missing");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM4901");
    EXPECT_NE(error.message().find("missing"), std::string::npos);
  }
}

TEST_F(FileSystemTest, HashOfAFileIsHashOfItsBytes) {
  write_file(folder_ / "f", std::string(3000000, 'x'));
  EXPECT_EQ(xxh128_file_hex(folder_ / "f"), xxh128_hex(std::string(3000000, 'x')));
  EXPECT_EQ(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace tidemark
