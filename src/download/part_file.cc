#include "download/part_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/json.h"

namespace tidemark::download {
namespace {

constexpr uint64_t kSyncEvery = 32 << 20;  // bytes

[[noreturn]] void fail_write(const fs::path& path) {
  if (errno == ENOSPC || errno == EDQUOT) throw Error("TM4903", fmt::format("no space left to write '{}'", path.string()));
  throw Error("TM4902", fmt::format("cannot write '{}': {}", path.string(), std::strerror(errno)));
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// Opens and locks the file that `path` names now: the one opened first may have been renamed by whoever held the lock.
int open_locked(const fs::path& path) {
  for (;;) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) fail_write(path);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      ::close(fd);
      throw Error("TM6503", fmt::format("another process is writing '{}'", path.string()));
    }
    struct stat open_file{};
    struct stat named_file{};
    if (::fstat(fd, &open_file) == 0 && ::stat(path.c_str(), &named_file) == 0 && open_file.st_ino == named_file.st_ino) return fd;
    ::close(fd);
  }
}

std::string text_of(const Json& json, const char* key) { return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : ""; }
uint64_t count_of(const Json& json, const char* key) { return json.contains(key) && json[key].is_number_unsigned() ? json[key].get<uint64_t>() : 0; }

}  // namespace

std::string Validators::if_range() const { return !etag.empty() && !etag.starts_with("W/") ? etag : last_modified; }

PartFile::PartFile(fs::path target, std::string url)
    : target_(std::move(target)), part_(target_.string() + ".part"), description_(part_.string() + ".json"), url_(std::move(url)), fd_(open_locked(part_)) {
  try {
    take_up();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

PartFile::~PartFile() { ::close(fd_); }

// Bytes beyond the last sync may be anything after a crash of the machine, so they are fetched again.
void PartFile::take_up() {
  struct stat info{};
  if (::fstat(fd_, &info) != 0) fail_write(part_);
  const auto there = static_cast<uint64_t>(info.st_size);
  if (there > 0 && stat_file(description_)) {
    try {
      const Json json = parse_json(read_file(description_), description_.string(), "TM6503");
      if (text_of(json, "url") == url_ && count_of(json, "synced") <= there) {
        size_ = synced_ = count_of(json, "synced");
        validators_ = {text_of(json, "etag"), text_of(json, "last_modified"), count_of(json, "length")};
      }
    } catch (const Error&) {
      // A description that cannot be read describes nothing: start over.
    }
  }
  if (::ftruncate(fd_, static_cast<off_t>(size_)) != 0) fail_write(part_);
}

void PartFile::write_description() const {
  Json json;
  json["url"] = url_;
  json["etag"] = validators_.etag;
  json["last_modified"] = validators_.last_modified;
  json["length"] = validators_.length;
  json["synced"] = synced_;
  write_file_durable(description_, dump_json(json));
}

// The description goes first, and for good: it must never be found beside another version's bytes.
void PartFile::restart(Validators validators) {
  if (synced_ > 0) {
    remove_file(description_);
    sync_directory(folder_of(part_));
  }
  if (::ftruncate(fd_, 0) != 0) fail_write(part_);
  size_ = synced_ = 0;
  validators_ = std::move(validators);
}

void PartFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_write(part_);
    size_ += static_cast<uint64_t>(written);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (size_ - synced_ >= kSyncEvery) checkpoint();
}

void PartFile::checkpoint() {
  if (size_ == synced_) return;
  if (::fdatasync(fd_) != 0) fail_write(part_);
  synced_ = size_;
  write_description();
}

void PartFile::publish() {
  if (::fsync(fd_) != 0) fail_write(part_);
  if (::rename(part_.c_str(), target_.c_str()) != 0) fail_write(target_);
  sync_directory(folder_of(target_));
  remove_file(description_);
}

void PartFile::discard() {
  remove_file(description_);
  remove_file(part_);
}

}  // namespace tidemark::download
