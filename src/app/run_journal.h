// What every run, build, test, seed and snapshot leaves in <project>/.tidemark/runs: its events as lines of JSON, from its first
// moment on, so that others can watch it and look it up later, wherever it was started.
//   first line  {"invocation": {"id", "command", "args": […], "started_at", "pid", "user"}}
//   then        {"name", "level", "msg", "ts", "data"} of each event
//   last line   {"finished": {"at", "exit_code", "error"}}; a journal without one that nobody has locked is a killed run's
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "app/invocation.h"
#include "run/events.h"

namespace tidemark::app {

bool keeps_journal(const std::string& command);

// Passes events on and writes them down. A journal that cannot be written does not stop the work.
class RunJournal : public run::EventSink {
 public:
  // The working folder is the project's. Journals beyond the newest 500 go.
  RunJournal(const Invocation& invocation, run::EventSink& next);
  ~RunJournal() override;

  void emit(const run::Event& event) override;
  void progress(const std::string& unique_id, double fraction) override { next_.progress(unique_id, fraction); }
  size_t live_width() const override { return next_.live_width(); }
  void show_live(const std::string& line) override { next_.show_live(line); }

  void finish(int exit_code, const std::string& error);  // `error`: what ended the command; empty: nothing did

 private:
  void write(const Json& line);
  run::EventSink& next_;
  std::mutex mutex_;
  int fd_ = -1;  // locked as long as this process lives
};

}  // namespace tidemark::app
