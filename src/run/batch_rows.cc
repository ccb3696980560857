#include "run/batch_rows.h"

#include <charconv>
#include <set>

#include <fmt/format.h>

#include "adapter/table.h"
#include "base/strings.h"
#include "run/batch_inputs.h"

namespace tidemark::run {

namespace {

// An event time as a literal that compares with a column of this type.
std::string literal(int64_t time, const std::string& type) {
  const std::string text = event_time_text(time);
  if (type == "TIMESTAMP WITH TIME ZONE") return fmt::format("TIMESTAMPTZ '{}'", text);
  const bool is_time = type == "DATE" || type.starts_with("TIMESTAMP");
  return is_time ? fmt::format("TIMESTAMP '{}'", text.substr(0, text.size() - 6)) : fmt::format("'{}'", text);
}

const ColumnType& event_time_column(const std::vector<ColumnType>& columns, const std::string& event_time) {
  for (const ColumnType& column : columns) {
    if (equals_ignore_case(column.name, event_time)) return column;
  }
  throw Error("TM6122", fmt::format("the event_time of a microbatch model, '{}', is no column of its result", event_time));
}

// Batches of rows in the table and in the files of its ledger.
std::set<int64_t> batches_with_rows(RunHost& host, const Node& node, const MicrobatchOptions& options, int64_t through) {
  std::set<int64_t> out;
  Session& session = host.inner();
  const std::string column = quote_identifier(event_time_column(session.columns(node.relation()), options.event_time).name);
  const std::string type = event_time_column(session.columns(node.relation()), options.event_time).type;
  const std::string start = fmt::format("epoch_us(date_trunc('{}', {}))", to_string(options.size), utc_timestamp_sql(column, type));
  for (const Row& row : session.query(fmt::format("select distinct {} from {}", start, node.relation().render())).rows) {
    if (!row[0].is_null()) out.insert(row[0].as_integer());
  }
  const ledger::LoadedLedger* previous = host.files().previous();
  const int kept = previous != nullptr && previous->ledger ? previous->ledger->find_column(kBatchColumn) : -1;
  if (kept < 0) return out;
  for (const std::string& value : previous->ledger->columns[static_cast<size_t>(kept)].values) {
    int64_t time = 0;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), time);
    if (fault == std::errc() && time >= batch_start(options.size, options.begin) && time < through) out.insert(time);
  }
  return out;
}

}  // namespace

std::string batch_rows_sql(Session& session, const std::string& sql, const std::vector<ColumnType>& columns, const std::string& event_time,
                           const EventWindow& window, RowRange& range) {
  const ColumnType& time = event_time_column(columns, event_time);
  const std::string type = session.plan_type(time.type);
  range = {time.name, literal(window.begin, type), literal(window.end, type)};
  const std::string column = quote_identifier(time.name, session.quote_character());
  const std::vector<std::string> ends = session.own_literals({range.begin, range.end});
  return fmt::format("select * from (\n{}\n) as tm_batch where {} >= {} and {} < {}", sql, column, ends.at(0), column, ends.at(1));
}

std::string microbatch_truth(RunState& run, RunHost& host, const Node& node) {
  const MicrobatchOptions options = microbatch_options(node);
  const std::optional<BatchState> state = batch_state(host.inner().state(node.relation()), options.size);
  std::vector<std::string> parts;
  std::vector<ColumnType> columns;
  for (const int64_t start : batches_with_rows(host, node, options, state ? state->through : batch_ceiling(options.size, run.context.options.now))) {
    compile::CompileOptions compile_options;
    compile_options.incremental = false;
    compile_options.batch = compile::BatchContext{batch_id(options.size, start), {start, batch_offset(options.size, start, 1)}};
    const compile::Compiled compiled = run.context.compiler.compile(node, host, compile_options);
    if (columns.empty()) columns = host.session().describe(compiled.node->compiled_code);
    RowRange range;
    parts.push_back(batch_rows_sql(host.session(), compiled.node->compiled_code, columns, options.event_time, compile_options.batch->window, range));
  }
  if (parts.empty()) return fmt::format("select * from {} where false", node.relation().render());
  return join(parts, "\nunion all\n");
}

}  // namespace tidemark::run
