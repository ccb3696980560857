#include "run/data_test.h"

#include <cstdlib>

#include <fmt/format.h>

#include "adapter/table.h"
#include "base/strings.h"
#include "run/publish.h"

namespace tidemark::run {

namespace {

bool truth_of(const Value& value) {
  if (value.kind() == ValueKind::kBool) return value.as_bool();
  if (value.is_null()) return false;
  return equals_ignore_case(value.text(), "true") || std::atof(value.text().c_str()) != 0;
}

TestCounts read_counts(const NodeWork& work, const Table& table) {
  if (table.rows.size() != 1 || table.columns.size() < 3)
    throw Error("TM6301", fmt::format("the test '{}' must give one row of failures, should_warn and should_error", work.node.name));
  const Row& row = table.rows.front();
  if (row[0].is_null()) {
    throw Error("TM6302", fmt::format("fail_calc of the test '{}' gives NULL: {}", work.node.name, work.node.config.text("fail_calc", "count(*)")))
        .hint("wrap it in coalesce(…, 0)");
  }
  return {static_cast<int64_t>(std::strtod(row[0].text().c_str(), nullptr)), truth_of(row[1]), truth_of(row[2])};
}

// Where failing rows go: "", "table" or "view".
std::string storage(const NodeWork& work) {
  const std::string as = work.node.config.text("store_failures_as", "");
  const bool stores = work.node.config.flag("store_failures", work.run.context.options.store_failures);
  if (as == "ephemeral" || !stores) return "";
  return as.empty() ? "table" : as;
}

// The failing rows as a relation; the test then counts that.
compile::Compiled stored(NodeWork& work, const std::string& how) {
  const Relation target = work.node.relation();
  create_schema(work.session(), target.database, target.schema);
  if (how == "view") {
    publish_view(work, target, work.sql());
  } else {
    publish_side_table(work, target, work.session().stage({.sql = work.sql(), .cluster_by = {}, .partition_folders = {}}));
  }
  work.result.relation_name = target.render();
  compile::Compiled out = work.compiled;
  auto node = std::make_shared<CompiledNode>(*out.node);
  node->compiled_code = "select * from " + target.render();
  out.node = std::move(node);
  return out;
}

}  // namespace

void judge_test(const TestCounts& counts, const Config& config, bool warn_error, NodeResult& result) {
  const std::string got = fmt::format("Got {} result{}", counts.failures, counts.failures == 1 ? "" : "s");
  result.failures = 0;
  result.status = RunStatus::kPass;
  const bool severe = equals_ignore_case(config.text("severity", "error"), "error");
  if (severe && counts.should_error) {
    result.status = RunStatus::kFail;
    result.message = fmt::format("{}, configured to fail if {}", got, config.text("error_if", "!= 0"));
  } else if (counts.should_warn) {
    result.status = warn_error ? RunStatus::kFail : RunStatus::kWarn;
    result.message = fmt::format("{}, configured to {} if {}", got, warn_error ? "fail" : "warn", config.text("warn_if", "!= 0"));
  }
  if (result.status != RunStatus::kPass) result.failures = counts.failures;
}

void run_data_test(NodeWork& work) {
  const std::string how = storage(work);
  const compile::Compiled counted = how.empty() ? work.compiled : stored(work, how);
  const Table table = work.session().query(work.run.context.compiler.test_sql(counted, work.host));
  judge_test(read_counts(work, table), work.node.config, work.run.context.options.warn_error, work.result);
}

}  // namespace tidemark::run
