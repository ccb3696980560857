// The command line: dbt's commands and flags, plus tidemark's own, read into an Invocation.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "app/invocation.h"

namespace tidemark::cli {

// What the command line asks for when it does not ask for an invocation: help, the version, or a usage fault.
struct Answer {
  std::string text;
  int exit_code = 0;
};

std::variant<app::Invocation, Answer> read_flags(const std::vector<std::string>& arguments);

}  // namespace tidemark::cli
