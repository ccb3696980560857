#include "download/download.h"

#include <array>
#include <filesystem>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file_system.h"
#include "download/http_server.h"
#include "download/part_file.h"

namespace tidemark::download {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

// As much of a Parquet file as is checked: both magics and a footer's length.
std::string parquet_like(size_t size, char fill = 'x') {
  std::string bytes = "PAR1" + std::string(size - 12, fill);
  for (size_t i = 4; i + 8 < size; ++i) bytes[i] = static_cast<char>(fill + i % 23);
  return bytes + std::string("\x10\0\0\0", 4) + "PAR1";
}

// What a well-behaved server says, with Range and If-Range.
Reply serve(const Request& request, const std::string& body, const std::string& etag = "\"v1\"") {
  Reply reply{.headers = {"ETag: " + etag, "Accept-Ranges: bytes"}};
  const std::string range = request.header("range");
  const bool same = request.header("if-range").empty() || request.header("if-range") == etag;
  if (range.starts_with("bytes=") && same) {
    const size_t from = std::stoul(range.substr(6));
    if (from >= body.size()) return {.status = 416, .headers = {fmt::format("Content-Range: bytes */{}", body.size())}};
    reply.status = 206;
    reply.headers.push_back(fmt::format("Content-Range: bytes {}-{}/{}", from, body.size() - 1, body.size()));
    reply.body = body.substr(from);
  } else {
    reply.body = body;
  }
  return reply;
}

class Download : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tm_download_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  DownloadOptions options(const HttpServer& server, int months = 1) const {
    DownloadOptions out;
    out.url_template = server.url("/t_{yyyy}-{mm}.parquet");
    out.start = {2024, 1};
    out.end = {2024, months};
    out.output_dir = folder_ / "raw";
    out.back_off = milliseconds(1);
    out.back_off_most = milliseconds(4);
    out.retries = 3;
    return out;
  }

  std::filesystem::path target(int month = 1) const { return folder_ / "raw" / fmt::format("t_2024-{:02}.parquet", month); }
  std::filesystem::path part(int month = 1) const { return target(month).string() + ".part"; }
  void write(const std::filesystem::path& path, const std::string& bytes) const {
    make_directories(path.parent_path());
    write_file_durable(path, bytes);
  }

  // Names of the files in the output folder.
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "raw")) out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }

  std::filesystem::path folder_;
};

TEST_F(Download, WritesTheFileAndNothingElse) {
  const std::string body = parquet_like(300'000);
  const HttpServer server([&](const Request& request) { return serve(request, body); });
  const auto results = run_download(options(server));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].outcome, Outcome::kDownloaded) << results[0].error;
  EXPECT_EQ(results[0].bytes, body.size());
  EXPECT_EQ(results[0].received, body.size());
  EXPECT_EQ(results[0].attempts, 1);
  EXPECT_EQ(read_file(target()), body);
  EXPECT_THAT(files(), testing::ElementsAre("t_2024-01.parquet"));
  EXPECT_TRUE(all_present(results));
}

TEST_F(Download, GoesOnWhereTheConnectionWasCut) {
  const std::string body = parquet_like(400'000);
  const HttpServer server([&](const Request& request) {
    Reply reply = serve(request, body);
    if (request.nth < 3) {
      reply.announced = static_cast<long>(reply.body.size());
      reply.sent = 100'000;
    }
    return reply;
  });
  const auto results = run_download(options(server));
  EXPECT_EQ(results[0].outcome, Outcome::kResumed) << results[0].error;
  EXPECT_EQ(results[0].attempts, 3);
  EXPECT_EQ(results[0].received, body.size()) << "no byte is fetched twice";
  EXPECT_EQ(read_file(target()), body);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].header("range"), "");
  EXPECT_EQ(requests[1].header("range"), "bytes=100000-");
  EXPECT_EQ(requests[1].header("if-range"), "\"v1\"");
  EXPECT_EQ(requests[2].header("range"), "bytes=200000-");
}

TEST_F(Download, ALaterRunGoesOnWhereAnEarlierOneEnded) {
  const std::string body = parquet_like(400'000);
  const HttpServer server([&](const Request& request) {
    Reply reply = serve(request, body);
    if (request.nth == 1) {
      reply.announced = static_cast<long>(reply.body.size());
      reply.sent = 150'000;
    }
    return reply;
  });
  auto once = options(server);
  once.retries = 0;
  const auto first = run_download(once);
  EXPECT_EQ(first[0].outcome, Outcome::kFailed);
  EXPECT_FALSE(all_present(first));
  EXPECT_FALSE(std::filesystem::exists(target()));
  EXPECT_TRUE(std::filesystem::exists(part()));

  const auto second = run_download(once);
  EXPECT_EQ(second[0].outcome, Outcome::kResumed) << second[0].error;
  EXPECT_EQ(second[0].received, 250'000u);
  EXPECT_EQ(read_file(target()), body);
  EXPECT_THAT(files(), testing::ElementsAre("t_2024-01.parquet"));
}

TEST_F(Download, StartsOverWhereTheServerKnowsNoRanges) {
  const std::string body = parquet_like(200'000);
  const HttpServer server([&](const Request& request) {
    Reply reply{.headers = {"ETag: \"v1\""}, .body = body};
    if (request.nth == 1) {
      reply.announced = static_cast<long>(body.size());
      reply.sent = 120'000;
    }
    return reply;
  });
  const auto results = run_download(options(server));
  EXPECT_EQ(results[0].outcome, Outcome::kDownloaded) << results[0].error;
  EXPECT_EQ(read_file(target()), body);
}

TEST_F(Download, StartsOverWhereTheFileCannotBeToldFromAnotherVersion) {
  const std::string body = parquet_like(200'000);
  const HttpServer server([&](const Request& request) {
    Reply reply = serve(request, body);
    reply.headers = {"ETag: W/\"weak\""};
    if (request.nth == 1) {
      reply.announced = static_cast<long>(body.size());
      reply.sent = 120'000;
    }
    return reply;
  });
  const auto results = run_download(options(server));
  EXPECT_EQ(results[0].outcome, Outcome::kDownloaded) << results[0].error;
  EXPECT_EQ(read_file(target()), body);
  EXPECT_EQ(server.requests()[1].header("range"), "");
}

TEST_F(Download, NeverMixesTwoVersions) {
  const std::string old_body = parquet_like(200'000, 'a');
  const std::string new_body = parquet_like(200'000, 'b');
  // Deaf to If-Range: 206 with the rest of another version.
  for (const bool deaf : {false, true}) {
    const HttpServer server([&](const Request& request) {
      if (request.nth == 1) {
        Reply reply = serve(request, old_body, "\"old\"");
        reply.announced = static_cast<long>(reply.body.size());
        reply.sent = 120'000;
        return reply;
      }
      Request asked = request;
      if (deaf) asked.headers.erase("if-range");
      return serve(asked, new_body, "\"new\"");
    });
    const auto results = run_download(options(server));
    EXPECT_EQ(results[0].outcome, Outcome::kDownloaded) << results[0].error;
    EXPECT_EQ(read_file(target()), new_body);
    std::filesystem::remove_all(folder_ / "raw");
  }
}

TEST_F(Download, DoesNotTakeUpThePartOfAnotherUrl) {
  const std::string body = parquet_like(200'000);
  const HttpServer server([&](const Request& request) { return serve(request, body); });
  write(part(), std::string(50'000, 'z'));
  write(part().string() + ".json",
        R"({"url": "http://elsewhere/t_2024-01.parquet", "etag": "\"v1\"", "last_modified": "", "length": 200000, "synced": 50000})");
  const auto results = run_download(options(server));
  EXPECT_EQ(results[0].outcome, Outcome::kDownloaded) << results[0].error;
  EXPECT_EQ(read_file(target()), body);
  EXPECT_EQ(server.requests()[0].header("range"), "");
}

TEST_F(Download, AFileThatBecameShorterIsFetchedAgain) {
  const std::string body = parquet_like(80'000);
  const HttpServer server([&](const Request& request) {
    if (request.nth == 1) {
      Reply reply = serve(request, parquet_like(200'000));
      reply.announced = static_cast<long>(reply.body.size());
      reply.sent = 120'000;
      return reply;
    }
    return serve(request, body);  // 416 to the range
  });
  const auto results = run_download(options(server));
  EXPECT_EQ(results[0].outcome, Outcome::kDownloaded) << results[0].error;
  EXPECT_EQ(read_file(target()), body);
}

TEST_F(Download, TriesAgainAfterServerErrors) {
  const std::string body = parquet_like(50'000);
  const std::array<int, 3> statuses = {500, 503, 408};
  const HttpServer server([&](const Request& request) {
    if (request.nth <= 3) return Reply{.status = statuses.at(static_cast<size_t>(request.nth - 1)), .body = "sorry"};
    return serve(request, body);
  });
  const auto results = run_download(options(server));
  EXPECT_EQ(results[0].outcome, Outcome::kDownloaded) << results[0].error;
  EXPECT_EQ(results[0].attempts, 4);
  EXPECT_EQ(read_file(target()), body);
}

TEST_F(Download, GivesUpAfterTheLastTry) {
  const HttpServer server([&](const Request&) { return Reply{.status = 500, .body = "PAR1 is not what this page is"}; });
  const auto results = run_download(options(server));
  EXPECT_EQ(results[0].outcome, Outcome::kFailed);
  EXPECT_THAT(results[0].error, HasSubstr("HTTP 500"));
  EXPECT_EQ(server.requests().size(), 4u);
  EXPECT_TRUE(files().empty());
}

TEST_F(Download, WaitsLongerEachTime) {
  const HttpServer server([&](const Request&) { return Reply{.status = 500}; });
  auto slow = options(server);
  slow.back_off = milliseconds(40);
  slow.back_off_most = milliseconds(10'000);
  const auto begin = std::chrono::steady_clock::now();
  run_download(slow);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(40 + 80 + 160));
}

TEST_F(Download, DoesWhatRetryAfterAsks) {
  const std::string body = parquet_like(50'000);
  const HttpServer server([&](const Request& request) {
    if (request.nth == 1) return Reply{.status = 429, .headers = {"Retry-After: 1"}};
    return serve(request, body);
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto results = run_download(options(server));
  EXPECT_EQ(results[0].outcome, Outcome::kDownloaded) << results[0].error;
  EXPECT_EQ(results[0].attempts, 2);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(1000));
}

TEST_F(Download, AMonthThatIsNotPublishedIsSaidSo) {
  const std::string body = parquet_like(50'000);
  const HttpServer server([&](const Request& request) {
    if (request.path == "/t_2024-02.parquet") return Reply{.status = 403, .body = "<Error>AccessDenied</Error>"};
    if (request.path == "/t_2024-03.parquet") return Reply{.status = 404, .body = "no"};
    return serve(request, body);
  });
  const auto results = run_download(options(server, 3));
  EXPECT_EQ(results[0].outcome, Outcome::kDownloaded) << results[0].error;
  for (const size_t i : {1, 2}) {
    EXPECT_EQ(results[i].outcome, Outcome::kNotPublished);
    EXPECT_EQ(results[i].attempts, 1) << "another try would not help";
  }
  EXPECT_EQ(results[1].error, "2024-02 is not published yet (HTTP 403)");
  EXPECT_EQ(results[2].error, "2024-03 is not published yet (HTTP 404)");
  EXPECT_FALSE(all_present(results));
  EXPECT_THAT(files(), testing::ElementsAre("t_2024-01.parquet"));
}

TEST_F(Download, OtherRefusalsAreFinal) {
  const HttpServer server([&](const Request&) { return Reply{.status = 401}; });
  const auto results = run_download(options(server));
  EXPECT_EQ(results[0].outcome, Outcome::kFailed);
  EXPECT_THAT(results[0].error, HasSubstr("HTTP 401"));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(Download, AStalledTransferIsCutAndGoesOn) {
  const std::string body = parquet_like(200'000);
  const HttpServer server([&](const Request& request) {
    Reply reply = serve(request, body);
    if (request.nth == 1) {
      reply.announced = static_cast<long>(body.size());
      reply.sent = 70'000;
      reply.stall = true;
    }
    return reply;
  });
  auto impatient = options(server);
  impatient.stall_limit = milliseconds(200);
  const auto results = run_download(impatient);
  EXPECT_EQ(results[0].outcome, Outcome::kResumed) << results[0].error;
  EXPECT_EQ(results[0].received, body.size());
  EXPECT_EQ(read_file(target()), body);
}

TEST_F(Download, AServerThatNeverAnswersFails) {
  const HttpServer server([&](const Request&) { return Reply{.announced = 1000, .sent = 0, .stall = true}; });
  auto impatient = options(server);
  impatient.stall_limit = milliseconds(100);
  impatient.retries = 0;
  const auto results = run_download(impatient);
  EXPECT_EQ(results[0].outcome, Outcome::kFailed);
  EXPECT_EQ(results[0].error, "no data for 0.1 s");
  EXPECT_TRUE(files().empty());
}

TEST_F(Download, NobodyListens) {
  DownloadOptions deaf;
  {
    const HttpServer server([](const Request&) { return Reply{}; });
    deaf = options(server);
  }
  const auto results = run_download(deaf);
  EXPECT_EQ(results[0].outcome, Outcome::kFailed);
  EXPECT_EQ(results[0].attempts, 4);
  EXPECT_FALSE(results[0].error.empty());
  EXPECT_TRUE(files().empty());
}

TEST_F(Download, WhatIsNoParquetFileIsNotKept) {
  const std::string whole = parquet_like(50'000);
  for (const std::string& body : {std::string("<html>please log in</html>"), std::string("PAR1"), whole.substr(0, 30'000), std::string()}) {
    const HttpServer server([&](const Request& request) { return serve(request, body); });
    const auto results = run_download(options(server));
    EXPECT_EQ(results[0].outcome, Outcome::kFailed);
    EXPECT_THAT(results[0].error, HasSubstr("what came is"));
    EXPECT_TRUE(files().empty()) << testing::PrintToString(files());
  }
}

TEST_F(Download, OtherKindsOfFilesAreNotCheckedAsParquet) {
  const HttpServer server([&](const Request& request) { return serve(request, "a,b\n1,2\n"); });
  auto csv = options(server);
  csv.url_template = server.url("/t_{yyyy}-{mm}.csv");
  EXPECT_TRUE(all_present(run_download(csv)));
}

TEST_F(Download, AWrongLengthIsNoticed) {
  const std::string body = parquet_like(50'000);
  for (const long announced : {60'000L, 40'000L}) {
    const HttpServer server([&](const Request& request) {
      Reply reply = serve(request, body);
      if (request.nth == 1) reply.announced = announced;
      return reply;
    });
    const auto results = run_download(options(server));
    EXPECT_TRUE(all_present(results)) << results[0].error;
    EXPECT_GT(results[0].attempts, 1);
    EXPECT_EQ(read_file(target()), body);
    std::filesystem::remove_all(folder_ / "raw");
  }
}

TEST_F(Download, ALengthThatIsNotSaidIsNoFault) {
  const std::string body = parquet_like(50'000);
  const HttpServer server([&](const Request&) { return Reply{.body = body, .announced = -2}; });
  EXPECT_TRUE(all_present(run_download(options(server))));
  EXPECT_EQ(read_file(target()), body);
}

TEST_F(Download, SkipExistingKeepsWholeFilesOnly) {
  const std::string body = parquet_like(50'000);
  const std::string kept = parquet_like(60'000, 'k');
  const HttpServer server([&](const Request& request) { return serve(request, body); });
  write(target(1), kept);
  write(target(2), body.substr(0, 30'000));
  write(target(3), "");
  auto skipping = options(server, 4);
  skipping.skip_existing = true;
  const auto results = run_download(skipping);
  EXPECT_EQ(results[0].outcome, Outcome::kSkipped);
  EXPECT_EQ(results[0].attempts, 0);
  EXPECT_EQ(read_file(target(1)), kept);
  for (const int month : {2, 3, 4}) {
    EXPECT_EQ(results[static_cast<size_t>(month - 1)].outcome, Outcome::kDownloaded);
    EXPECT_EQ(read_file(target(month)), body);
  }
  EXPECT_EQ(server.requests().size(), 3u);
  EXPECT_TRUE(all_present(results));
}

TEST_F(Download, WithoutSkipExistingAFileIsReplacedOnlyByAWholeOne) {
  const std::string kept = parquet_like(60'000, 'k');
  const std::string body = parquet_like(50'000);
  write(target(1), kept);
  {
    const HttpServer server([&](const Request& request) { return serve(request, body.substr(0, 20'000)); });
    EXPECT_FALSE(all_present(run_download(options(server))));
    EXPECT_EQ(read_file(target(1)), kept);
  }
  const HttpServer server([&](const Request& request) { return serve(request, body); });
  EXPECT_TRUE(all_present(run_download(options(server))));
  EXPECT_EQ(read_file(target(1)), body);
}

TEST_F(Download, AsManyAtOnceAsAskedForAndNoMore) {
  const std::string body = parquet_like(20'000);
  HttpServer* self = nullptr;
  std::atomic<bool> met{true};
  HttpServer server([&](const Request& request) {
    if (!self->wait_for_busy(3)) met = false;
    return serve(request, body);
  });
  self = &server;
  auto three = options(server, 9);
  three.concurrency = 3;
  const auto results = run_download(three);
  EXPECT_TRUE(all_present(results));
  EXPECT_TRUE(met);
  EXPECT_EQ(server.busiest(), 3);
  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].file.month, (Month{2024, static_cast<int>(i) + 1}));
}

TEST_F(Download, RedirectsAreFollowed) {
  const std::string body = parquet_like(20'000);
  const HttpServer server([&](const Request& request) {
    if (request.path != "/there.parquet") return Reply{.status = 302, .headers = {"Location: /there.parquet", "ETag: \"redirect\""}};
    return serve(request, body);
  });
  EXPECT_TRUE(all_present(run_download(options(server))));
  EXPECT_EQ(read_file(target()), body);
}

TEST_F(Download, ARedirectToALocalFileIsNotFollowed) {
  const HttpServer server([&](const Request&) { return Reply{.status = 302, .headers = {"Location: file:///etc/passwd"}}; });
  const auto results = run_download(options(server));
  EXPECT_EQ(results[0].outcome, Outcome::kFailed);
  EXPECT_EQ(results[0].attempts, 1);
}

TEST_F(Download, CancellingKeepsWhatCame) {
  const std::string body = parquet_like(200'000);
  std::atomic<bool> cancelled{false};
  const HttpServer server([&](const Request& request) {
    Reply reply = serve(request, body);
    if (request.nth == 1) {
      reply.announced = static_cast<long>(body.size());
      reply.sent = 90'000;
      reply.stall = true;
    }
    return reply;
  });
  auto chosen = options(server, 3);
  chosen.concurrency = 1;
  chosen.cancelled = &cancelled;
  DownloadListener listener;
  listener.progress = [&](const DownloadProgress& progress) {
    if (progress.bytes_done == 90'000) cancelled = true;
  };
  const auto results = run_download(chosen, listener);
  EXPECT_EQ(results[0].outcome, Outcome::kCancelled);
  EXPECT_EQ(results[2].outcome, Outcome::kCancelled);
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_FALSE(all_present(results));
  EXPECT_FALSE(std::filesystem::exists(target()));

  chosen.cancelled = nullptr;
  chosen.end = {2024, 1};
  const auto again = run_download(chosen);
  EXPECT_EQ(again[0].outcome, Outcome::kResumed) << again[0].error;
  EXPECT_EQ(again[0].received, 110'000u);
  EXPECT_EQ(read_file(target()), body);
}

TEST_F(Download, TwoRunsDoNotWriteOneFile) {
  const std::string body = parquet_like(50'000);
  const HttpServer server([&](const Request& request) { return serve(request, body); });
  make_directories(folder_ / "raw");
  const PartFile other(target(), "http://elsewhere");
  const auto results = run_download(options(server));
  EXPECT_EQ(results[0].outcome, Outcome::kFailed);
  EXPECT_THAT(results[0].error, HasSubstr("another process is writing"));
  EXPECT_TRUE(std::filesystem::exists(part())) << "it is the other's";
}

TEST_F(Download, EveryFileIsReportedOnceAndProgressEndsWhole) {
  const std::string body = parquet_like(50'000);
  const HttpServer server([&](const Request& request) { return request.path == "/t_2024-02.parquet" ? Reply{.status = 404} : serve(request, body); });
  std::vector<int> reported;
  DownloadProgress last;
  DownloadListener listener{.progress = [&](const DownloadProgress& progress) { last = progress; },
                            .finished = [&](const DownloadResult& result) { reported.push_back(result.file.month.month); }};
  run_download(options(server, 4), listener);
  EXPECT_THAT(reported, testing::UnorderedElementsAre(1, 2, 3, 4));
  EXPECT_EQ(last.files_done, 4u);
  EXPECT_EQ(last.bytes_done, 3 * body.size());
  EXPECT_EQ(last.received, 3 * body.size());
}

TEST_F(Download, AFolderThatCannotBeMadeIsAnError) {
  const HttpServer server([&](const Request&) { return Reply{.status = 404}; });
  write_file_durable(folder_ / "raw", "a file");
  EXPECT_THROW(run_download(options(server)), Error);
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace tidemark::download
