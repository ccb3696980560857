#include "download/month.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "download/download.h"

namespace tidemark::download {
namespace {

template <class Action>
std::string code_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return "none";
}

DownloadOptions options(std::string url, std::string first = "2024-01", std::string last = "2024-03") {
  DownloadOptions out;
  out.url_template = std::move(url);
  out.start = parse_month(first, "--start");
  out.end = parse_month(last, "--end");
  out.output_dir = "raw";
  return out;
}

TEST(Month, IsReadStrictly) {
  EXPECT_EQ(parse_month("2024-01", "--start"), (Month{2024, 1}));
  for (const char* text : {"", "2024", "2024-1", "2024-13", "2024-00", "0000-01", "2024/01", "2024-01-01", "-024-01", "2O24-01", " 2024-01"}) {
    EXPECT_EQ(code_of([&] { parse_month(text, "--start"); }), "TM6501") << text;
  }
}

TEST(Month, BetweenCrossesYears) {
  const auto months = months_between({2023, 11}, {2024, 2});
  ASSERT_EQ(months.size(), 4u);
  EXPECT_EQ(format_month(months[1]), "2023-12");
  EXPECT_EQ(format_month(months[2]), "2024-01");
  EXPECT_EQ(months_between({2024, 5}, {2024, 5}).size(), 1u);
  EXPECT_EQ(code_of([] { months_between({2024, 2}, {2024, 1}); }), "TM6501");
}

TEST(Template, FillsYearAndMonth) {
  EXPECT_EQ(expand_template("http://h/{yyyy}/t_{yyyy}-{mm}.parquet", {7, 3}), "http://h/0007/t_0007-03.parquet");
  EXPECT_EQ(expand_template("http://h/all.parquet", {2024, 1}), "http://h/all.parquet");
  for (const char* url : {"http://h/{yy}.parquet", "http://h/{yyyy.parquet", "http://h/yyyy}.parquet", "http://h/{}"}) {
    EXPECT_EQ(code_of([&] { expand_template(url, {2024, 1}); }), "TM6502") << url;
  }
}

TEST(Template, NamesTheFile) {
  EXPECT_EQ(file_name_of("https://h/a/b_2024-01.parquet?token=x/y#z"), "b_2024-01.parquet");
  for (const char* url : {"https://h", "https://h/", "https://h/a/", "https://h/..", "https://h/a%2Fb", "https://h/a\\b"}) {
    EXPECT_EQ(code_of([&] { file_name_of(url); }), "TM6502") << url;
  }
}

TEST(Plan, IsOneFileAMonthInOrder) {
  const auto files = plan_downloads(options("https://h/{yyyy}-{mm}.PARQUET"));
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[1].url, "https://h/2024-02.PARQUET");
  EXPECT_EQ(files[1].path, "raw/2024-02.PARQUET");
  EXPECT_TRUE(files[1].parquet);
  EXPECT_FALSE(plan_downloads(options("https://h/{yyyy}-{mm}.csv"))[0].parquet);
}

TEST(Plan, RefusesWhatMakesNoSense) {
  EXPECT_EQ(code_of([] { plan_downloads(options("ftp://h/{yyyy}-{mm}.parquet")); }), "TM6502");
  EXPECT_EQ(code_of([] { plan_downloads(options("file:///etc/{yyyy}-{mm}")); }), "TM6502");
  EXPECT_EQ(code_of([] { plan_downloads(options("https://h/{mm}/trips.parquet")); }), "TM6502") << "every month would be the same file";
  EXPECT_EQ(code_of([] { plan_downloads(options("https://h/{yyyy}-{mm}.parquet", "2024-02", "2024-01")); }), "TM6501");
  for (const int concurrency : {0, -1, 33}) {
    auto bad = options("https://h/{yyyy}-{mm}.parquet");
    bad.concurrency = concurrency;
    EXPECT_EQ(code_of([&] { plan_downloads(bad); }), "TM6502") << concurrency;
  }
  auto negative = options("https://h/{yyyy}-{mm}.parquet");
  negative.retries = -1;
  EXPECT_EQ(code_of([&] { plan_downloads(negative); }), "TM6502");
}

}  // namespace
}  // namespace tidemark::download
