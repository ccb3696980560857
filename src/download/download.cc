#include "download/download.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "download/parquet_check.h"
#include "download/part_file.h"
#include "download/transfer.h"

namespace tidemark::download {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{100};
constexpr std::chrono::seconds kLongestWish{60};  // of a server's Retry-After

// Empty where the file can be what was asked for.
std::string content_fault(const PlannedFile& file, const fs::path& path) { return file.parquet ? parquet_fault(path) : ""; }

bool is_whole(const PlannedFile& file) {
  const auto stat = stat_file(file.path);
  return stat && !stat->is_directory && stat->size > 0 && content_fault(file, file.path).empty();
}

// All files of one run, shared by its workers.
class Run {
 public:
  Run(const DownloadOptions& options, std::vector<PlannedFile> files) : options_(options), progress_(files.size()), results_(files.size()) {
    for (size_t i = 0; i < files.size(); ++i) results_[i].file = std::move(files[i]);
  }

  std::vector<DownloadResult> execute(const DownloadListener& listener);

 private:
  void work();
  void fetch(Transfer& transfer, size_t index);
  // Attempts until one decides; the part file is published where it is whole.
  void fetch_part(Transfer& transfer, DownloadResult& result, PartFile& part, FileProgress& progress);
  bool publish_checked(DownloadResult& result, PartFile& part, bool resumed);
  void pause(int attempt, std::chrono::seconds wish);
  void finish(size_t index);
  DownloadProgress snapshot() const;

  const DownloadOptions& options_;
  std::deque<FileProgress> progress_;  // one a file
  std::vector<DownloadResult> results_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> stop_{false};
  Stopwatch since_start_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<size_t> finished_;  // not reported yet
  std::set<size_t> reported_;
};

void Run::pause(int attempt, std::chrono::seconds wish) {
  milliseconds wait = options_.back_off;
  for (int i = 1; i < attempt && wait < options_.back_off_most; ++i) wait *= 2;
  wait = std::max<milliseconds>(std::min(wait, options_.back_off_most), std::min(wish, kLongestWish));
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, wait, [&] { return stop_.load(); });
}

bool Run::publish_checked(DownloadResult& result, PartFile& part, bool resumed) {
  if (part.size() == 0) {
    result.error = "what came is empty";
  } else {
    const std::string fault = content_fault(result.file, part.path());
    result.error = fault.empty() ? "" : fmt::format("what came is no whole Parquet file: {}", fault);
  }
  if (!result.error.empty()) {
    part.restart({});
    return false;
  }
  result.bytes = part.size();
  part.publish();
  result.outcome = resumed ? Outcome::kResumed : Outcome::kDownloaded;
  return true;
}

void Run::fetch_part(Transfer& transfer, DownloadResult& result, PartFile& part, FileProgress& progress) {
  for (result.attempts = 1;; ++result.attempts) {
    const Attempt attempt = transfer.fetch(result.file.url, part, progress);
    result.error = attempt.reason;
    switch (attempt.kind) {
      case Attempt::Kind::kComplete:
        if (publish_checked(result, part, attempt.resumed)) return;
        break;
      case Attempt::Kind::kNotPublished:
        result.outcome = Outcome::kNotPublished;
        result.error = fmt::format("{} is not published yet ({})", format_month(result.file.month), attempt.reason);
        part.discard();
        return;
      case Attempt::Kind::kCancelled:
        result.outcome = Outcome::kCancelled;
        return;
      case Attempt::Kind::kPermanent:
        return;
      case Attempt::Kind::kTransient:
        break;
    }
    if (result.attempts > options_.retries) return;
    pause(result.attempts, attempt.retry_after);
  }
}

void Run::fetch(Transfer& transfer, size_t index) {
  DownloadResult& result = results_[index];
  FileProgress& progress = progress_[index];
  try {
    if (stop_) {
      result.outcome = Outcome::kCancelled;
      result.error = "cancelled";
      return;
    }
    if (options_.skip_existing && is_whole(result.file)) {
      result.outcome = Outcome::kSkipped;
      result.bytes = stat_file(result.file.path)->size;
      return;
    }
    PartFile part(result.file.path, result.file.url);
    fetch_part(transfer, result, part, progress);
    if (result.outcome != Outcome::kNotPublished && result.bytes == 0 && part.size() == 0) part.discard();
  } catch (const Error& error) {
    result.outcome = Outcome::kFailed;
    result.error = error.message();
  } catch (const std::exception& error) {
    result.outcome = Outcome::kFailed;
    result.error = error.what();
  }
  result.received = progress.received;
}

void Run::finish(size_t index) {
  const std::lock_guard lock(mutex_);
  finished_.push_back(index);
  changed_.notify_all();
}

void Run::work() {
  std::optional<Transfer> transfer;
  for (size_t index = next_++; index < results_.size(); index = next_++) {
    if (!transfer) transfer.emplace(TransferLimits{options_.connect_limit, options_.stall_limit}, stop_);
    fetch(*transfer, index);
    finish(index);
  }
}

DownloadProgress Run::snapshot() const {
  DownloadProgress out;
  out.files = results_.size();
  out.files_done = reported_.size();
  out.seconds = since_start_.seconds();
  uint64_t known_bytes = 0;
  uint64_t known_files = 0;
  uint64_t unknown_files = 0;
  for (size_t i = 0; i < progress_.size(); ++i) {
    const uint64_t expected = progress_[i].expected;
    out.bytes_done += progress_[i].done;
    out.received += progress_[i].received;
    if (expected > 0) {
      known_bytes += expected;
      ++known_files;
    } else if (!reported_.contains(i)) {
      ++unknown_files;
    }
  }
  if (known_files > 0) out.bytes_total = std::max(out.bytes_done, known_bytes + unknown_files * (known_bytes / known_files));
  return out;
}

std::vector<DownloadResult> Run::execute(const DownloadListener& listener) {
  std::vector<std::jthread> workers;
  const size_t count = std::min(results_.size(), static_cast<size_t>(options_.concurrency));
  for (size_t i = 0; i < count; ++i) workers.emplace_back([this] { work(); });
  std::unique_lock lock(mutex_);
  while (reported_.size() < results_.size()) {
    changed_.wait_for(lock, kTick, [&] { return !finished_.empty(); });
    if (options_.cancelled != nullptr && *options_.cancelled && !stop_) {
      stop_ = true;
      changed_.notify_all();
    }
    while (!finished_.empty()) {
      const size_t index = finished_.front();
      finished_.pop_front();
      reported_.insert(index);
      lock.unlock();
      if (listener.finished) listener.finished(results_[index]);
      lock.lock();
    }
    lock.unlock();
    if (listener.progress) listener.progress(snapshot());
    lock.lock();
  }
  lock.unlock();
  workers.clear();
  return std::move(results_);
}

void check(const DownloadOptions& options) {
  const auto fail = [](const std::string& what) { throw Error("TM6502", what); };
  if (!options.url_template.starts_with("https://") && !options.url_template.starts_with("http://")) {
    fail(fmt::format("the download URL '{}' begins with neither https:// nor http://", options.url_template));
  }
  if (options.concurrency < 1 || options.concurrency > 32) fail(fmt::format("{} files at once cannot be fetched; choose 1 to 32", options.concurrency));
  if (options.retries < 0) fail("the number of retries is negative");
}

}  // namespace

std::vector<PlannedFile> plan_downloads(const DownloadOptions& options) {
  check(options);
  std::vector<PlannedFile> files;
  std::set<fs::path> paths;
  for (const Month month : months_between(options.start, options.end)) {
    PlannedFile file{.month = month, .url = expand_template(options.url_template, month), .path = {}};
    const std::string name = file_name_of(file.url);
    file.path = options.output_dir / name;
    file.parquet = to_lower(name).ends_with(".parquet");
    if (!paths.insert(file.path).second) {
      throw Error("TM6502", fmt::format("the download URL '{}' gives several months the file name '{}'", options.url_template, name))
          .hint("use {yyyy} and {mm} in its last part");
    }
    files.push_back(std::move(file));
  }
  return files;
}

std::vector<DownloadResult> run_download(const DownloadOptions& options, const DownloadListener& listener) {
  std::vector<PlannedFile> files = plan_downloads(options);
  make_directories(options.output_dir);
  return Run(options, std::move(files)).execute(listener);
}

bool all_present(const std::vector<DownloadResult>& results) {
  return std::all_of(results.begin(), results.end(), [](const DownloadResult& result) {
    return result.outcome == Outcome::kDownloaded || result.outcome == Outcome::kResumed || result.outcome == Outcome::kSkipped;
  });
}

}  // namespace tidemark::download
