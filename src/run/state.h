// What the nodes of one run share beyond its RunContext.
#pragma once
#include <atomic>
#include <mutex>
#include <string>

#include "run/file_bindings.h"
#include "run/run.h"
#include "run/session_watch.h"

namespace tidemark::run {

struct RunState {
  explicit RunState(RunContext& given) : context(given), watch(given.events, given.cancelled), bindings(given) {}

  RunContext& context;
  SessionWatch watch;
  FileBindings bindings;
  std::atomic<bool> published{false};  // anything that others can see has changed

  std::mutex engine_mutex;
  std::string engine;  // name, version and time zone of an engine elsewhere, once it was asked
};

}  // namespace tidemark::run
