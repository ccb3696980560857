#include "base/file_system.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"

namespace tidemark {

namespace {

[[noreturn]] void fail_read(const fs::path& path, int fault) {
  throw Error("TM4901", fmt::format("cannot read '{}': {}", path.string(), std::strerror(fault)));
}

[[noreturn]] void fail_write(const fs::path& path, int fault) {
  if (fault == ENOSPC || fault == EDQUOT) {
    throw Error("TM4903", fmt::format("no space left to write '{}'", path.string())).hint("free some space and run again: what is published is untouched");
  }
  throw Error("TM4902", fmt::format("cannot write '{}': {}", path.string(), std::strerror(fault)));
}

int64_t to_ns(const timespec& time) { return static_cast<int64_t>(time.tv_sec) * 1000000000 + time.tv_nsec; }

FileStat from_stat(const struct stat& info) {
  FileStat out;
  out.device = info.st_dev;
  out.inode = info.st_ino;
  out.size = static_cast<uint64_t>(info.st_size);
  out.mtime_ns = to_ns(info.st_mtim);
  out.ctime_ns = to_ns(info.st_ctim);
  out.is_directory = S_ISDIR(info.st_mode);
  return out;
}

fs::path parent_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

// A name beside `path` that no reader takes for data.
fs::path temporary_beside(const fs::path& path) { return parent_of(path) / fmt::format(".{}.{}.tmp", path.filename().string(), random_uuid().substr(0, 8)); }

void write_temporary(const fs::path& temporary, std::string_view bytes) {
  try {
    const FileHandle file = FileHandle::create(temporary);
    file.write(bytes);
    file.sync();
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

}  // namespace

std::optional<FileStat> stat_file(const fs::path& path) { return stat_path(path.c_str()); }

std::optional<FileStat> stat_path(const char* path) {
  struct stat info{};
  if (::stat(path, &info) == 0) return from_stat(info);
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  fail_read(path, errno);
}

FileHandle FileHandle::open_read(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail_read(path, errno);
  return {fd, path};
}

FileHandle FileHandle::create(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) fail_write(path, errno);
  return {fd, path};
}

FileHandle::FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

size_t FileHandle::read(char* into, size_t capacity) const {
  while (true) {
    const ssize_t count = ::read(fd_, into, capacity);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) fail_read(path_, errno);
  }
}

void FileHandle::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      fail_write(path_, errno);
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void FileHandle::sync() const {
  if (::fsync(fd_) != 0) fail_write(path_, errno);
}

FileStat FileHandle::stat() const {
  struct stat info{};
  if (::fstat(fd_, &info) != 0) fail_read(path_, errno);
  return from_stat(info);
}

std::string read_file(const fs::path& path) {
  const FileHandle file = FileHandle::open_read(path);
  const FileStat info = file.stat();
  if (info.is_directory) fail_read(path, EISDIR);
  std::string out(info.size, '\0');
  size_t filled = 0;
  while (true) {
    if (filled == out.size()) out.resize(out.size() + 4096);
    const size_t count = file.read(out.data() + filled, out.size() - filled);
    if (count == 0) break;
    filled += count;
  }
  out.resize(filled);
  return out;
}

void write_file(const fs::path& path, std::string_view bytes) { FileHandle::create(path).write(bytes); }

void write_file_durable(const fs::path& path, std::string_view bytes) {
  const fs::path temporary = temporary_beside(path);
  write_temporary(temporary, bytes);
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int fault = errno;
    ::unlink(temporary.c_str());
    fail_write(path, fault);
  }
  sync_directory(parent_of(path));
}

bool create_file_exclusive(const fs::path& path, std::string_view bytes) {
  const fs::path temporary = temporary_beside(path);
  write_temporary(temporary, bytes);
  const int status = ::link(temporary.c_str(), path.c_str());
  const int fault = errno;
  ::unlink(temporary.c_str());
  if (status != 0 && fault == EEXIST) return false;
  if (status != 0) fail_write(path, fault);
  sync_directory(parent_of(path));
  return true;
}

void sync_file(const fs::path& path) { FileHandle::open_read(path).sync(); }

void sync_directory(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail_write(path, errno);
  const int status = ::fsync(fd);
  const int fault = errno;
  ::close(fd);
  if (status != 0 && fault != EINVAL) fail_write(path, fault);
}

void make_directories(const fs::path& path) {
  if (path.empty()) return;
  if (const std::optional<FileStat> info = stat_file(path)) {
    if (!info->is_directory) fail_write(path, ENOTDIR);
    return;
  }
  const fs::path parent = path.parent_path();
  if (!parent.empty() && parent != path) make_directories(parent);
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) fail_write(path, errno);
  sync_directory(parent_of(path));
}

void remove_file(const fs::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail_write(path, errno);
}

uint64_t free_space(const fs::path& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) fail_read(path, errno);
  return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
}

std::vector<std::string> list_directory(const fs::path& path) {
  std::vector<std::string> names;
  std::error_code fault;
  for (fs::directory_iterator it(path, fault), end; !fault && it != end; it.increment(fault)) names.push_back(it->path().filename().string());
  if (fault && fault != std::errc::no_such_file_or_directory && fault != std::errc::not_a_directory) fail_read(path, fault.value());
  std::sort(names.begin(), names.end());
  return names;
}

void crash_point(const char* name) {
  static const char* const wanted = std::getenv("TIDEMARK_CRASH_AT");
  if (wanted == nullptr) [[likely]]
    return;
  static std::atomic<int> passages{0};
  const std::string_view text(wanted);
  const size_t mark = text.find('#');
  if (text.substr(0, mark) != name) return;
  const int which = mark == std::string_view::npos ? 1 : std::atoi(std::string(text.substr(mark + 1)).c_str());
  if (++passages == which) ::kill(::getpid(), SIGKILL);
}

}  // namespace tidemark
