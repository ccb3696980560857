// A data test: its SELECT gives the rows that break a rule; how many of them are too many is its configuration's.
#pragma once
#include <cstdint>
#include <string>

#include "run/node_work.h"

namespace tidemark::run {

struct TestCounts {
  int64_t failures = 0;
  bool should_warn = false;
  bool should_error = false;
};

// Sets status, failures and message of the result, in dbt's words: "Got 3 results, configured to fail if != 0".
void judge_test(const TestCounts& counts, const Config& config, bool warn_error, NodeResult& result);

void run_data_test(NodeWork& work);

}  // namespace tidemark::run
