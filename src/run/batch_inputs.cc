#include "run/batch_inputs.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "resolve/external_source.h"
#include "run/batch_plan.h"

namespace tidemark::run {

namespace {

bool is_file_source(const Node& node) { return node.type == ResourceType::kSource && resolve::external_files(node).has_value(); }

// Refs and sources that a batch is restricted in.
bool is_filtered(const Node& node) { return node.type != ResourceType::kSnapshot && !node.config.text("event_time").empty(); }

class Membership {
 public:
  Membership(RunState& run, compile::Host& host, Session& session, const Node& node)
      : run_(run), host_(host), session_(session), node_(node), options_(microbatch_options(node)) {}

  std::string sql() {
    std::vector<std::string> branches;
    for (const std::string& id : node_.depends_on_nodes) {
      const NodePtr input = run_.context.compiler.project().manifest.find(id);
      if (!input || !is_filtered(*input)) continue;
      const std::string from = from_text(*input);
      if (reads_files("select * from " + from)) branches.push_back(branch(input->config.text("event_time"), from));
    }
    const std::string rest = unfiltered_sql();
    if (reads_files(rest)) branches.push_back(branch(quote_identifier(options_.event_time), "(\n" + rest + "\n) as tm_rows"));
    return join(branches, "\nunion all\n");
  }

 private:
  bool reads_files(const std::string& sql) { return run_.bindings.bind(sql, session_); }

  std::string from_text(const Node& input) {
    if (!input.is_ephemeral()) return run_.context.compiler.from_text(input);
    compile::CompileOptions plain;
    plain.incremental = false;
    return "(\n" + run_.context.compiler.compile(input, host_, plain).node->compiled_code + "\n) as tm_rows";
  }

  std::string branch(const std::string& event_time, const std::string& from) {
    const std::string type = session_.describe(fmt::format("select {} from {}", event_time, from)).at(0).type;
    return fmt::format("select epoch_us(date_trunc('{}', {})) as {} from {}", to_string(options_.size), utc_timestamp_sql(event_time, type), kBatchColumn,
                       from);
  }

  // The model over its filtered inputs without their rows: what is left are the other files that it reads.
  std::string unfiltered_sql() {
    compile::CompileOptions options;
    options.incremental = false;
    options.batch = compile::BatchContext{batch_id(options_.size, options_.begin), {options_.begin, batch_offset(options_.size, options_.begin, 1)}};
    options.scan = [this](const Node& input) -> std::optional<std::string> {
      if (!is_filtered(input)) return std::nullopt;
      const std::string from = run_.context.compiler.from_text(input);
      reads_files("select * from " + from);  // the engine is told of the files
      std::vector<std::string> columns;
      for (const ColumnType& column : session_.describe("select * from " + from))
        columns.push_back(fmt::format("cast(null as {}) as {}", column.type, quote_identifier(column.name)));
      return fmt::format("(select {} where false)", join(columns, ", "));
    };
    return run_.context.compiler.compile(node_, host_, options).node->compiled_code;
  }

  RunState& run_;
  compile::Host& host_;
  Session& session_;
  const Node& node_;
  const MicrobatchOptions options_;
};

}  // namespace

std::string utc_timestamp_sql(const std::string& expression, const std::string& type) {
  if (type == "TIMESTAMP WITH TIME ZONE") return fmt::format("timezone('UTC', {})", expression);
  const bool is_time = type == "DATE" || type.starts_with("TIMESTAMP");
  return fmt::format("{}({} as timestamp)", is_time ? "cast" : "try_cast", expression);
}

std::string batch_membership_sql(RunState& run, compile::Host& host, Session& session, const Node& node) { return Membership(run, host, session, node).sql(); }

bool reads_tables(const RunState& run, const Node& node) {
  const Manifest& manifest = run.context.compiler.project().manifest;
  return std::any_of(node.depends_on_nodes.begin(), node.depends_on_nodes.end(), [&](const std::string& id) {
    const NodePtr input = manifest.find(id);
    if (!input || input->is_ephemeral()) return false;
    if (input->type == ResourceType::kSource) return !is_file_source(*input);
    return input->type != ResourceType::kModel || input->config.materialized() != "view";
  });
}

}  // namespace tidemark::run
