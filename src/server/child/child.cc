#include "server/child/child.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

namespace tidemark::server {

namespace {

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Error("TM7303", fmt::format("no pipe: {}", std::strerror(errno)));
  }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  int take(int end) {
    const int fd = ends[end];
    ends[end] = -1;
    return fd;
  }
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

void close_others() {
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, 3U, ~0U, 0U) == 0) return;
#endif
  for (int fd = 3; fd < 65536; ++fd) ::close(fd);
}

}  // namespace

std::string own_program() {
  static const std::string kPath = std::filesystem::read_symlink("/proc/self/exe").string();
  return kPath;
}

std::vector<std::string> plain_environment() {
  std::vector<std::string> out;
  for (const char* name : {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "TIDEMARK_DUCKDB_LIBRARY", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) out.push_back(fmt::format("{}={}", name, value));
  }
  return out;
}

Child::Child(const ChildStart& start) {
  Pipe in, out;
  std::vector<std::string> arguments{own_program()}, environment = start.environment;
  arguments.insert(arguments.end(), start.arguments.begin(), start.arguments.end());
  std::vector<char*> argv = pointers(arguments), envp = pointers(environment);
  const std::string errors = start.errors.empty() ? "/dev/null" : start.errors.string(), output = start.output.string(), folder = start.folder.string();
  // Between fork and exec only what is safe in a program of many threads.
  const pid_t pid = ::fork();
  if (pid < 0) throw Error("TM7303", fmt::format("no process: {}", std::strerror(errno)));
  if (pid == 0) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const int fault = ::open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int out_fd = output.empty() ? out.ends[1] : ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fault < 0 || out_fd < 0 || ::dup2(in.ends[0], 0) < 0 || ::dup2(out_fd, 1) < 0 || ::dup2(fault, 2) < 0 || ::chdir(folder.c_str()) != 0) ::_exit(126);
    close_others();
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  pid_ = pid;
  ::setpgid(pid, pid);
  in_ = in.take(1);
  out_ = out.take(0);
  ::fcntl(out_, F_SETFL, O_NONBLOCK);
}

Child::~Child() {
  if (!exit_code()) {
    signal(SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }
  ::close(in_);
  ::close(out_);
}

bool Child::write_line(const std::string& line) {
  const std::string text = line + "\n";
  for (size_t at = 0; at < text.size();) {
    const ssize_t put = ::write(in_, text.data() + at, text.size() - at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += static_cast<size_t>(put);
  }
  return true;
}

Child::Read Child::read_line(std::string& line, int timeout_ms) {
  for (;;) {
    const size_t end = buffer_.find('\n');
    if (end != std::string::npos) {
      line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return Read::kLine;
    }
    char some[65536];
    const ssize_t got = ::read(out_, some, sizeof some);
    if (got > 0) {
      buffer_.append(some, static_cast<size_t>(got));
      continue;
    }
    if (got == 0) return Read::kEnd;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Read::kEnd;
    pollfd waited{out_, POLLIN, 0};
    const int ready = ::poll(&waited, 1, timeout_ms);
    if (ready == 0 || (ready < 0 && errno != EINTR)) return Read::kNothing;
  }
}

void Child::signal(int number) const {
  if (pid_ > 0) ::kill(-pid_, number);
}

std::optional<int> Child::exit_code() {
  if (code_ || pid_ < 0) return code_;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return code_;
}

}  // namespace tidemark::server
