#include "cluster/daemon.h"

#include <chrono>
#include <cstring>
#include <set>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"

extern char** environ;

namespace tidemark::cluster {
namespace {

constexpr int kStartTimeField = 22;       // of /proc/PID/stat, counted from 1
constexpr const char* kListening = "0A";  // of /proc/net/tcp

// Fields of /proc/PID/stat behind the command's name, which may hold blanks and parentheses; empty where there is no such process.
std::vector<std::string> stat_fields(pid_t pid) {
  try {
    const std::string text = read_file(fmt::format("/proc/{}/stat", pid));
    const size_t close = text.rfind(')');
    if (close == std::string::npos) return {};
    return split(trim(std::string_view(text).substr(close + 1)), ' ');
  } catch (const Error&) {
    return {};
  }
}

std::string start_time(pid_t pid) {
  const std::vector<std::string> fields = stat_fields(pid);
  constexpr size_t kAt = kStartTimeField - 3;
  const bool gone = fields.size() <= kAt || fields[0] == "Z";
  return gone ? std::string() : fields[kAt];
}

class Argv {
 public:
  explicit Argv(const std::vector<std::string>& texts) : texts_(texts) {
    for (std::string& text : texts_) pointers_.push_back(text.data());
    pointers_.push_back(nullptr);
  }
  char** data() { return pointers_.data(); }

 private:
  std::vector<std::string> texts_;
  std::vector<char*> pointers_;
};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name(*entry, std::strcspn(*entry, "="));
    if (!added.contains(name)) out.emplace_back(*entry);
  }
  for (const auto& [name, value] : added) out.push_back(name + "=" + value);
  return out;
}

// The parent only waits for the exec: a closed pipe is success, an errno in it is the fault.
pid_t spawn(const DaemonStart& start, const fs::path& log) {
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) throw Error("TM7106", fmt::format("no pipe: {}", std::strerror(errno)));
  Argv arguments(start.command);
  const std::vector<std::string> variables = environment_with(start.environment);
  Argv environment(variables);
  const std::string folder = start.working_folder.string();
  const std::string output = log.string();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();
    const int in = ::open("/dev/null", O_RDONLY);
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (in >= 0 && out >= 0 && ::dup2(in, 0) >= 0 && ::dup2(out, 1) >= 0 && ::dup2(out, 2) >= 0 && ::chdir(folder.c_str()) == 0) {
      ::execvpe(arguments.data()[0], arguments.data(), environment.data());
    }
    const int fault = errno;
    [[maybe_unused]] const ssize_t written = ::write(pipe_ends[1], &fault, sizeof(fault));
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  int fault = 0;
  const ssize_t got = pid < 0 ? 0 : ::read(pipe_ends[0], &fault, sizeof(fault));
  ::close(pipe_ends[0]);
  if (pid < 0 || got > 0) {
    if (pid > 0) ::waitpid(pid, nullptr, 0);
    throw Error("TM7106", fmt::format("cannot start '{}': {}", start.command.front(), std::strerror(pid < 0 ? errno : fault)));
  }
  return pid;
}

std::set<std::string> listening_inodes(int port) {
  std::set<std::string> out;
  const std::string wanted = fmt::format(":{:04X}", port);
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    if (!stat_file(table)) continue;
    for (const std::string& line : split(read_file(table), '\n')) {
      std::vector<std::string> fields;
      for (std::string& field : split(line, ' ')) {
        if (!field.empty()) fields.push_back(std::move(field));
      }
      if (fields.size() > 9 && fields[3] == kListening && fields[1].ends_with(wanted)) out.insert("socket:[" + fields[9] + "]");
    }
  }
  return out;
}

bool holds_any(const fs::path& descriptors, const std::set<std::string>& sockets) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(descriptors, ignored)) {
    if (sockets.contains(fs::read_symlink(entry.path(), ignored).string())) return true;
  }
  return false;
}

}  // namespace

pid_t start_daemon(const DaemonStart& start, const DaemonFiles& files) {
  make_directories(files.pid_file.parent_path());
  make_directories(files.log.parent_path());
  const pid_t pid = spawn(start, files.log);
  write_file(files.pid_file, fmt::format("{} {}\n", pid, start_time(pid)));
  return pid;
}

std::optional<pid_t> running(const DaemonFiles& files) {
  if (!stat_file(files.pid_file)) return std::nullopt;
  const std::string text(trim(read_file(files.pid_file)));
  const std::vector<std::string> parts = split(text, ' ');
  if (parts.size() != 2) return std::nullopt;
  const auto pid = static_cast<pid_t>(std::strtol(parts[0].c_str(), nullptr, 10));
  if (pid <= 1) return std::nullopt;
  ::waitpid(pid, nullptr, WNOHANG);  // of our own children only: one that has ended is no longer there
  return start_time(pid) == parts[1] ? std::optional(pid) : std::nullopt;
}

bool stop_daemon(const DaemonFiles& files, int patience_ms) {
  const std::optional<pid_t> pid = running(files);
  if (pid) {
    ::kill(*pid, SIGTERM);
    for (int waited = 0; running(files) && waited < patience_ms; waited += 50) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (running(files)) ::kill(*pid, SIGKILL);
    while (running(files)) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  remove_file(files.pid_file);
  return pid.has_value();
}

std::optional<std::string> port_holder(int port) {
  const std::set<std::string> sockets = listening_inodes(port);
  if (sockets.empty()) return std::nullopt;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos || !holds_any(entry.path() / "fd", sockets)) continue;
    return fmt::format("{} (pid {})", trim(read_file(entry.path() / "comm")), name);
  }
  return "another process";
}

}  // namespace tidemark::cluster
