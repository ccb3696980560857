// Durable file operations. Faults are Errors: TM4901 cannot read, TM4902 cannot write, TM4903 no space left.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

namespace fs = std::filesystem;

// What stat() tells; times in ns since the epoch. Links are followed.
struct FileStat {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;  // bytes
  int64_t mtime_ns = 0;
  int64_t ctime_ns = 0;
  bool is_directory = false;

  bool operator==(const FileStat&) const = default;
};

std::optional<FileStat> stat_file(const fs::path& path);  // nullopt where nothing is there; other faults throw
std::optional<FileStat> stat_path(const char* path);      // the same, for thousands of files: takes no path apart

// An owned file descriptor.
class FileHandle {
 public:
  static FileHandle open_read(const fs::path& path);
  static FileHandle create(const fs::path& path);  // truncates
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  ~FileHandle();

  size_t read(char* into, size_t capacity) const;  // 0 at the end
  void write(std::string_view bytes) const;
  void sync() const;
  FileStat stat() const;
  int fd() const { return fd_; }

 private:
  FileHandle(int fd, fs::path path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  fs::path path_;
};

std::string read_file(const fs::path& path);
void write_file(const fs::path& path, std::string_view bytes);          // no durability promise
void write_file_durable(const fs::path& path, std::string_view bytes);  // temporary name, fsync, rename, fsync folder
// Writes and fsyncs a temporary file, then link()s it to `path`. False where `path` already exists.
bool create_file_exclusive(const fs::path& path, std::string_view bytes);
void sync_file(const fs::path& path);
void sync_directory(const fs::path& path);
void make_directories(const fs::path& path);  // as mkdir -p; syncs every parent it adds to
void remove_file(const fs::path& path);       // no fault where nothing is there
uint64_t free_space(const fs::path& path);    // bytes an unprivileged process may still write

// Names of the entries of a folder, sorted; empty where it does not exist.
std::vector<std::string> list_directory(const fs::path& path);

// Paths that match a shell glob (`*`, `?`, `[...]`, `{a,b}`, `**` for folders at any depth), sorted bytewise.
// Hidden entries match only patterns that name the dot. Links are followed; link cycles end.
std::vector<std::string> glob_files(const std::string& pattern);
bool has_glob_syntax(std::string_view text);

// Where the environment variable TIDEMARK_CRASH_AT equals `name` (or "name#n": its n-th passage), ends this process as
// kill -9 would. Crash tests name these points; elsewhere one predictable branch.
void crash_point(const char* name);

}  // namespace tidemark
