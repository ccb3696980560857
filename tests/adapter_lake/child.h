// Runs one test of this program in a process of its own: to be killed, or to start with nothing loaded.
#pragma once
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tidemark {

// Exit status as wait() tells it; 128 + signal where it was killed. Environment is added to this process's.
inline int run_child(const std::string& test, const std::map<std::string, std::string>& environment) {
  const pid_t child = fork();
  if (child == 0) {
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    const std::string filter = "--gtest_filter=" + test;
    execl("/proc/self/exe", "adapter_lake_test", filter.c_str(), "--gtest_brief=1", static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// The folder given by the parent; empty where this is no child.
inline std::string child_folder() {
  const char* folder = std::getenv("TM_CHILD_FOLDER");
  return folder ? folder : "";
}

}  // namespace tidemark
