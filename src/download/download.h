// Monthly files fetched by URL template: several at once, with retries, resumed where they were cut, checked, and
// visible under their own name only when whole.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "download/month.h"

namespace tidemark::download {

struct DownloadOptions {
  std::string url_template;  // with {yyyy} and {mm}
  Month start, end;          // both included
  std::filesystem::path output_dir;
  bool skip_existing = false;                 // keeps a file that is there and whole; any other is fetched again
  int concurrency = 2;                        // files at once, 1 to 32
  int retries = 5;                            // further attempts for a file after the first
  std::chrono::milliseconds back_off{1'000};  // before the second attempt; doubled for each further one
  std::chrono::milliseconds back_off_most{30'000};
  std::chrono::milliseconds connect_limit{20'000};
  std::chrono::milliseconds stall_limit{30'000};  // without a byte, then the attempt ends
  const std::atomic<bool>* cancelled = nullptr;   // once true, the run ends within about a second and part files stay
};

struct PlannedFile {
  Month month;
  std::string url;
  std::filesystem::path path;
  bool parquet = false;  // checked as such: its name ends in ".parquet"
};

enum class Outcome {
  kDownloaded,
  kResumed,       // downloaded, the first bytes by an earlier attempt or run
  kSkipped,       // was there and whole
  kNotPublished,  // the server has no such file (HTTP 403, 404, 410)
  kFailed,
  kCancelled,
};

struct DownloadResult {
  PlannedFile file;
  Outcome outcome = Outcome::kFailed;
  uint64_t bytes = 0;     // of the file, where it is there
  uint64_t received = 0;  // bytes that came over the network
  int attempts = 0;       // requests made
  std::string error;      // why the file is not there
};

struct DownloadProgress {
  size_t files_done = 0;
  size_t files = 0;
  uint64_t bytes_done = 0;   // of files that are being or were fetched, parts of earlier runs included
  uint64_t bytes_total = 0;  // of all files; those not asked for yet are taken to be as large as the known ones; 0 where none is known
  uint64_t received = 0;     // bytes that came over the network in this run
  double seconds = 0;        // since the start
};

// Called from the thread that called run_download, never at the same time.
struct DownloadListener {
  std::function<void(const DownloadProgress&)> progress;  // about ten times a second
  std::function<void(const DownloadResult&)> finished;    // once a file, as they finish
};

// What the options ask for, in the order of months. Throws Error TM6501, TM6502 for options that make no sense.
std::vector<PlannedFile> plan_downloads(const DownloadOptions& options);

// Fetches. One result a file, in the order of months; a file's fault is in its result and does not end the others.
// Throws Errors for the options and for a folder that cannot be made.
std::vector<DownloadResult> run_download(const DownloadOptions& options, const DownloadListener& listener = {});

// Whether every file is there: decides between exit codes 0 and 1. A month that is not published is not there.
bool all_present(const std::vector<DownloadResult>& results);

}  // namespace tidemark::download
