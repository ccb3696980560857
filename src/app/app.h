// One function a command: execute() finds the project, does what the invocation asks for, and gives dbt's exit code.
#pragma once
#include <atomic>
#include <functional>
#include <iosfwd>
#include <string>

#include "app/invocation.h"
#include "run/events.h"

namespace tidemark::app {

// What a command has to talk to its user with.
struct Terminal {
  run::EventSink& events;              // what goes on
  std::ostream& out;                   // the data asked for: rows, names, SQL, plans
  const std::atomic<bool>& cancelled;  // Ctrl-C
  // Told the folder for the log file as soon as it is known.
  std::function<void(const std::string& folder)> open_log;
};

// Goes to the project's folder, so that relative paths of the project are relative to the working folder; paths given by
// the user were relative to the folder before. Faults that end the command are thrown as Error or ErrorList: exit code 2.
int execute(const Invocation& invocation, const Terminal& terminal);

// The invocation with the user's relative paths made absolute, in its project's folder as working folder. TM1020 where there is none.
Invocation enter_project(const Invocation& invocation);

// Commands whose stdout is data.
bool prints_data(const std::string& command);

}  // namespace tidemark::app
