#include "manifest/run_results.h"

#include <algorithm>

namespace tidemark {

std::string_view to_string(RunStatus status) {
  switch (status) {
    case RunStatus::kSuccess:
      return "success";
    case RunStatus::kError:
      return "error";
    case RunStatus::kSkipped:
      return "skipped";
    case RunStatus::kPass:
      return "pass";
    case RunStatus::kFail:
      return "fail";
    case RunStatus::kWarn:
      return "warn";
    case RunStatus::kPartialSuccess:
      return "partial success";
    case RunStatus::kRuntimeError:
      return "runtime error";
    case RunStatus::kNoOp:
      return "no-op";
  }
  return "error";
}

bool counts_as_failure(RunStatus status) {
  return status == RunStatus::kError || status == RunStatus::kFail || status == RunStatus::kRuntimeError || status == RunStatus::kPartialSuccess;
}

bool RunResults::any_failed() const {
  return std::any_of(results.begin(), results.end(), [](const NodeResult& result) { return counts_as_failure(result.status); });
}

}  // namespace tidemark
