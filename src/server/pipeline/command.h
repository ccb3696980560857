// Commands of this program that answer a request: run as children, a few at a time, without anybody waiting in a thread.
#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/child/child.h"
#include "server/pipeline/project_state.h"

namespace tidemark::server {

struct CommandResult {
  int code = 0;
  std::string out;
  std::string fault;  // what ended the command, or was told last; empty: nothing
};

class Command {
 public:
  // `arguments`: "plan", "--select", …; the project's own come with them.
  Command(const ProjectState& project, std::vector<std::string> arguments);
  ~Command();
  // Starts it when its turn has come; its result once it has ended. After `kLongest` it is killed.
  std::optional<CommandResult> poll();
  void cancel();

 private:
  static constexpr double kLongest = 3600;  // s
  CommandResult finish(int code);
  std::vector<std::string> arguments_;
  std::filesystem::path out_, err_;
  std::unique_ptr<Child> child_;
  Stopwatch watch_;
};

// The JSON that a command printed. TM7422 with what it said where it failed; `may_fail`: exit code 1 is an answer too.
Json json_of(const CommandResult& result, bool may_fail = false);

}  // namespace tidemark::server
