// Published tables held against what their queries give over the source files as they are now.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "graph/dag.h"
#include "run/run.h"
#include "verify/certificate.h"

namespace tidemark::run {

struct VerifyRequest {
  std::string partitions = "all";  // "all", "affected" (those that changed files touch), "sample:N" (N of them, drawn by the table's version)
};

// One certificate a model, in `order`; `done` is told of each. Tables alone are checked: a view holds nothing that could differ,
// snapshots keep what is gone. Maintained models are compared bit for bit, others with doubles within 1e-9 of themselves.
// Every source file is read to be hashed. A model's fault is its certificate. TM6401 for a `partitions` that is not understood.
std::vector<verify::Certificate> verify_nodes(RunContext& context, const graph::SubgraphOrder& order, const VerifyRequest& request,
                                              const std::function<void(const verify::Certificate&)>& done);

}  // namespace tidemark::run
