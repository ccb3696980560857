// Shows events to a person (text, colours, a live line on a terminal) or to a program (JSON lines), and keeps the log file.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/invocation.h"
#include "base/clock.h"
#include "base/error.h"
#include "run/events.h"

namespace tidemark::cli {

class Console : public run::EventSink {
 public:
  // Commands whose result is data (ls, show, plan, …) keep stdout for it: their events go to stderr.
  Console(const app::Invocation& invocation, bool stdout_is_data);
  ~Console() override;

  void emit(const run::Event& event) override;
  void progress(const std::string& unique_id, double fraction) override;
  size_t live_width() const override;
  void show_live(const std::string& line) override;

  // What ended the command: compiler-like, on stderr.
  void show_faults(const std::vector<Error>& errors);

  // Opens the log file in `folder`; before that, and where it cannot be opened, events are only shown.
  void open_log(const std::string& folder);

 private:
  class LogFile;

  void log_event(const run::Event& event);
  void show_text(const run::Event& event);
  void show_json(const run::Event& event);
  void erase_live_line();
  void draw_live_line();

  const app::Invocation& invocation_;
  bool stdout_is_data_;
  bool colors_;
  bool live_;
  bool live_line_shown_ = false;
  struct Running {
    double fraction = -1;  // done; negative: not known
    Stopwatch since;
  };
  std::map<std::string, Running> running_;  // nodes under way, by unique id
  std::string own_live_line_;               // of show_live(); goes before the nodes' progress
  std::unique_ptr<LogFile> log_;
  std::mutex mutex_;
};

// Whether colours are wanted on this stream: flags first, then NO_COLOR, then whether it is a terminal.
bool wants_colors(const app::Invocation& invocation, int fd);

}  // namespace tidemark::cli
