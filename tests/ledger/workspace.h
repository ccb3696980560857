// A folder of its own, as working folder: file patterns are relative to it.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"

namespace tidemark::ledger {

class Workspace {
 public:
  Workspace() : folder_(fs::temp_directory_path() / ("tm_ledger_" + random_uuid())), previous_(fs::current_path()) {
    fs::create_directories(folder_);
    fs::current_path(folder_);
  }
  ~Workspace() {
    fs::current_path(previous_);
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
  fs::path previous_;
};

// Modification time set to `seconds` before 2026, so that no test depends on how fast the clock ticks. (The change time
// can't be set: files made in a test are as young as the test.)
inline void set_age(const std::string& path, int64_t seconds) {
  const timespec times[2] = {{1767225600 - seconds, 1}, {1767225600 - seconds, 1}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0) << path;
}

// Waits until files made before are older than the clock's grain.
inline void wait_for_grain() { ::usleep(25'000); }

inline std::string code_of(const std::function<void()>& action, std::string* message = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    if (message != nullptr) *message = error.message();
    return error.code();
  }
  return "no error";
}

}  // namespace tidemark::ledger
