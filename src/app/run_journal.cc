#include "app/run_journal.h"

#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/strings.h"

namespace tidemark::app {

namespace {

constexpr size_t kKept = 500;
const fs::path kFolder = fs::path(".tidemark") / "runs";

// "20260131T120000123456Z_<id>.jsonl": sorts by time.
std::string file_name(const Invocation& invocation) {
  const std::string time = replace_all(replace_all(replace_all(format_iso_utc(invocation.started_at), "-", ""), ":", ""), ".", "");
  return fmt::format("{}_{}.jsonl", time, invocation.id);
}

void remove_old() {
  const std::vector<std::string> names = list_directory(kFolder);
  for (size_t i = 0; i + kKept < names.size(); ++i) {
    std::error_code ignored;
    fs::remove(kFolder / names[i], ignored);
  }
}

Json invocation_json(const Invocation& invocation) {
  const char* user = std::getenv("TIDEMARK_USER");
  return Json{{"id", invocation.id},
              {"command", invocation.command},
              {"args", invocation.arguments},
              {"started_at", format_iso_utc(invocation.started_at)},
              {"pid", ::getpid()},
              {"user", user != nullptr && *user != '\0' ? Json(user) : Json()}};
}

}  // namespace

bool keeps_journal(const std::string& command) {
  return command == "run" || command == "build" || command == "test" || command == "seed" || command == "snapshot" || command == "retry";
}

RunJournal::RunJournal(const Invocation& invocation, run::EventSink& next) : next_(next) {
  try {
    make_directories(kFolder);
    remove_old();
  } catch (const Error&) {
    return;  // a folder that can't be written to
  }
  fd_ = ::open((kFolder / file_name(invocation)).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) return;
  ::flock(fd_, LOCK_EX | LOCK_NB);
  write(Json{{"invocation", invocation_json(invocation)}});
}

RunJournal::~RunJournal() {
  if (fd_ >= 0) ::close(fd_);
}

void RunJournal::write(const Json& line) {
  if (fd_ < 0) return;
  const std::string text = dump_json(line) + "\n";
  const std::lock_guard lock(mutex_);
  size_t at = 0;
  while (at < text.size()) {
    const ssize_t put = ::write(fd_, text.data() + at, text.size() - at);
    if (put <= 0) return;
    at += static_cast<size_t>(put);
  }
}

void RunJournal::emit(const run::Event& event) {
  if (event.level >= run::Level::kInfo && event.name != "Formatting") {
    write(Json{{"name", event.name}, {"level", run::to_string(event.level)}, {"msg", event.message}, {"ts", format_iso_utc(event.time)}, {"data", event.data}});
  }
  next_.emit(event);
}

void RunJournal::finish(int exit_code, const std::string& error) {
  write(Json{{"finished", {{"at", format_iso_utc(wall_now())}, {"exit_code", exit_code}, {"error", error.empty() ? Json() : Json(error)}}}});
}

}  // namespace tidemark::app
