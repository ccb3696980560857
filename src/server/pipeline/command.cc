#include "server/pipeline/command.h"

#include <csignal>

#include <unistd.h>

#include "base/file_system.h"
#include "base/hash.h"
#include "base/strings.h"

namespace tidemark::server {

namespace {

constexpr int kAtOnce = 2;
std::atomic<int> running{0};

std::string read_whole(const fs::path& path) { return stat_file(path) ? read_file(path) : std::string(); }

// Of events as lines of JSON: the text of the last error, or of the last line that is none.
std::string fault_in(const std::string& errors) {
  std::string fault, other;
  for (const std::string& text : split(errors, '\n')) {
    const Json line = Json::parse(text, nullptr, false);
    if (!line.is_object() || !line.contains("info")) {
      if (!text.empty()) other = text;
      continue;
    }
    if (line["info"].value("level", "") == "error") fault = line["info"].value("msg", "");
  }
  return fault.empty() ? other : fault;
}

}  // namespace

Command::Command(const ProjectState& project, std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
  const std::vector<std::string> own = project.child_arguments();
  arguments_.insert(arguments_.begin() + 1, own.begin(), own.end());
  for (const char* flag : {"--log-format", "json"}) arguments_.emplace_back(flag);
  make_directories(fs::path(".tidemark") / "commands");
  const fs::path base = fs::absolute(fs::path(".tidemark") / "commands" / random_uuid());
  out_ = base.string() + ".out";
  err_ = base.string() + ".err";
}

Command::~Command() {
  if (child_) --running;
  child_.reset();
  std::error_code ignored;
  fs::remove(out_, ignored);
  fs::remove(err_, ignored);
}

std::optional<CommandResult> Command::poll() {
  if (!child_) {
    if (running.fetch_add(1) >= kAtOnce) {
      --running;
      return std::nullopt;
    }
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
    try {
      child_ = std::make_unique<Child>(
          ChildStart{.arguments = arguments_, .environment = environment, .folder = fs::current_path(), .errors = err_, .output = out_});
    } catch (...) {
      --running;
      throw;
    }
    watch_ = Stopwatch();
    return std::nullopt;
  }
  const auto code = child_->exit_code();
  if (!code) {
    if (watch_.seconds() > kLongest) child_->signal(SIGKILL);
    return std::nullopt;
  }
  return finish(*code);
}

void Command::cancel() {
  if (child_) child_->signal(SIGTERM);
}

CommandResult Command::finish(int code) { return {code, read_whole(out_), fault_in(read_whole(err_))}; }

Json json_of(const CommandResult& result, bool may_fail) {
  const Json out = Json::parse(result.out, nullptr, false);
  const bool is_answer = result.code == 0 || (may_fail && result.code == 1);
  if (is_answer && !out.is_discarded()) return out;
  throw Error("TM7422", result.fault.empty() ? "the command failed" : result.fault);
}

}  // namespace tidemark::server
