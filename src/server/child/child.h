// Child processes: this program with other arguments, talked to by lines.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tidemark::server {

struct ChildStart {
  std::vector<std::string> arguments;    // behind the program's name
  std::vector<std::string> environment;  // "NAME=value"; all that it gets
  std::filesystem::path folder;          // its working folder
  std::filesystem::path errors;          // its stderr goes there; empty: nowhere
  std::filesystem::path output;          // its stdout goes there; empty: to read_line()
};

// One thread at a time, but for signal(). Killed, with its process group, and waited for when it ends.
class Child {
 public:
  // Throws TM7303 where it cannot be started.
  explicit Child(const ChildStart& start);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // False where it does not listen any more.
  bool write_line(const std::string& line);
  enum class Read { kLine, kNothing, kEnd };
  Read read_line(std::string& line, int timeout_ms);
  void signal(int number) const;  // to its process group
  // The exit code once it has ended; 128 + n where signal n ended it.
  std::optional<int> exit_code();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::string buffer_;
  std::optional<int> code_;
};

// This program's own file.
std::string own_program();
// PATH, HOME, LANG, TZ and what tells where the engine is: nothing that could be a secret.
std::vector<std::string> plain_environment();

}  // namespace tidemark::server
