// What the nodes of one run share beyond its RunContext.
#pragma once
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
};

}  // namespace tidemark::run
