#include "lake/lock.h"

#include <cerrno>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/json.h"

namespace tidemark::lake {

namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(50);

fs::path lock_path(const fs::path& warehouse) { return warehouse / "_tidemark" / "lock"; }

class FileLock : public Lock {
 public:
  explicit FileLock(int fd) : fd_(fd) {}
  ~FileLock() override {
    // The text goes before the lock does, so that nobody is named who no longer holds it.
    if (::ftruncate(fd_, 0) != 0) {
      // Only a name would be stale.
    }
    ::close(fd_);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

void write_holder(int fd, const std::string& command) {
  const std::string text = dump_json(Json{{"pid", ::getpid()}, {"host", host_name()}, {"command", command}, {"since", format_iso_utc(wall_now())}});
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, text.data(), text.size(), 0) < 0) {
    // The lock holds without the text; waiting runs then can't name the holder.
  }
}

std::string read_holder(const fs::path& path) {
  try {
    const Json json = Json::parse(read_file(path), nullptr, false);
    if (!json.is_object()) return "another process";
    return fmt::format("pid {} on {}, since {}: tidemark {}", json.value("pid", 0), json.value("host", "?"), json.value("since", "?"),
                       json.value("command", "?"));
  } catch (const std::exception&) {
    return "another process";
  }
}

}  // namespace

std::unique_ptr<Lock> lock_warehouse(const LockOptions& options) {
  const fs::path path = lock_path(options.warehouse);
  make_directories(path.parent_path());
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) throw Error("TM4902", fmt::format("cannot open the warehouse's lock '{}': {}", path.string(), std::strerror(errno)));
  const Stopwatch watch;
  bool told = false;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) {
      const int fault = errno;
      ::close(fd);
      throw Error("TM4902", fmt::format("cannot lock the warehouse '{}': {}", path.string(), std::strerror(fault)));
    }
    const std::string holder = read_holder(path);
    if (watch.seconds() >= options.timeout_seconds) {
      ::close(fd);
      throw Error("TM6010", fmt::format("the warehouse is locked by {}", holder))
          .hint(fmt::format("waited {:g} s; wait longer with --lock-timeout", options.timeout_seconds));
    }
    if (options.cancelled != nullptr && *options.cancelled) {
      ::close(fd);
      throw Error("TM6011", fmt::format("cancelled while waiting for the warehouse, which is locked by {}", holder));
    }
    if (!told && options.on_wait) options.on_wait(holder);
    told = true;
    std::this_thread::sleep_for(kPollInterval);
  }
  write_holder(fd, options.command);
  return std::make_unique<FileLock>(fd);
}

std::string lock_holder(const fs::path& warehouse) {
  const fs::path path = lock_path(warehouse);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const bool free = ::flock(fd, LOCK_SH | LOCK_NB) == 0;
  ::close(fd);
  return free ? std::string() : read_holder(path);
}

}  // namespace tidemark::lake
