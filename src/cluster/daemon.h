// Processes that outlive the program that starts them, each with a pid file and a log.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/file_system.h"

namespace tidemark::cluster {

struct DaemonFiles {
  fs::path pid_file;  // "PID STARTED": the process's start time in clock ticks since boot, so that a pid used again is not taken for it
  fs::path log;
};

struct DaemonStart {
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;  // added to this process's own
  fs::path working_folder;
};

// In a session of its own, with output and errors appended to the log. Throws TM7106 where the command cannot be started.
pid_t start_daemon(const DaemonStart& start, const DaemonFiles& files);

// The pid where the process that the pid file speaks of is alive.
std::optional<pid_t> running(const DaemonFiles& files);

// SIGTERM, after `patience_ms` SIGKILL; the pid file goes. False where nothing ran.
bool stop_daemon(const DaemonFiles& files, int patience_ms);

// The process that listens on a TCP port of this machine, as "java (pid 123)"; "another process" where it cannot be seen;
// nullopt where nobody listens.
std::optional<std::string> port_holder(int port);

}  // namespace tidemark::cluster
