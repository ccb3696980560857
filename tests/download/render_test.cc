#include "download/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark::download {
namespace {

using testing::HasSubstr;
using testing::Not;

DownloadProgress half_way() {
  return {.files_done = 3, .files = 12, .bytes_done = 50'000'000, .bytes_total = 100'000'000, .received = 50'000'000, .seconds = 10};
}

TEST(Render, ProgressSaysHowFarAndHowLong) {
  const std::string line = progress_line(half_way(), 120);
  EXPECT_THAT(line, HasSubstr("3 of 12 files"));
  EXPECT_THAT(line, HasSubstr("about 10 s left"));
  const size_t filled = static_cast<size_t>(std::count(line.begin(), line.end(), '='));
  EXPECT_EQ(filled, 20u) << line;
}

TEST(Render, ProgressFitsTheTerminal) {
  for (size_t width = 0; width < 200; ++width) {
    EXPECT_LE(progress_line(half_way(), width).size(), width);
    EXPECT_LE(progress_line({.files = 1}, width).size(), width);
  }
  DownloadProgress done = half_way();
  done.bytes_done = done.bytes_total;
  EXPECT_THAT(progress_line(done, 120), Not(HasSubstr(">")));
}

TEST(Render, SummaryCountsEveryOutcome) {
  std::vector<DownloadResult> results(4);
  results[0].outcome = Outcome::kDownloaded;
  results[0].received = 1000;
  results[1].outcome = Outcome::kSkipped;
  results[2].outcome = Outcome::kNotPublished;
  results[3].outcome = Outcome::kFailed;
  const std::string text = summary_text(results);
  EXPECT_THAT(text, HasSubstr("4 files: 1 downloaded, 1 skipped, 1 not published, 1 failed"));
  EXPECT_THAT(text, HasSubstr("--skip-existing"));
  results.resize(2);
  EXPECT_THAT(summary_text(results), Not(HasSubstr("--skip-existing")));
}

}  // namespace
}  // namespace tidemark::download
