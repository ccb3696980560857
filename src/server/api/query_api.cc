// Running queries and looking at their results.
#include <fmt/format.h>

#include "server/api/context.h"
#include "server/http/text.h"
#include "server/query/export.h"
#include "server/query/spill.h"

namespace tidemark::server {

namespace {

constexpr int64_t kMostRowsOfPage = 10'000, kMostBytesOfPage = 16 << 20;
constexpr size_t kLongestSql = 1 << 20;

Execution known(Context& context, const Request& request, const Caller& caller) {
  if (auto execution = context.executions.find(request.capture("id"), caller.user.id)) return std::move(*execution);
  throw Error("TM7404", "there is no such query");
}

const StatementState& statement_of(const Execution& execution, const Request& request, size_t& index) {
  const std::string& text = request.capture("n");
  if (text.size() > 6 || text.find_first_not_of("0123456789") != std::string::npos) throw Error("TM7404", "there is no such statement");
  index = static_cast<size_t>(std::stoul(text));
  if (index >= execution.statements.size()) throw Error("TM7404", "there is no such statement");
  return execution.statements[index];
}

Response start(Context& context, const Request& request, const Caller& caller) {
  const Json body = request.json();
  ExecutionRequest wanted{.user = caller.user.id, .sql = required_text(body, "sql")};
  if (wanted.sql.size() > kLongestSql) throw Error("TM7413", "the text is too long");
  if (body.contains("parameters") && !body["parameters"].is_null()) wanted.parameters = body["parameters"];
  if (!wanted.parameters.is_object()) throw Error("TM7400", "'parameters' must be an object");
  const std::string as_of = optional_text(body, "as_of", "newest");
  if (as_of != "newest" && as_of != "finished") throw Error("TM7400", "'as_of' is newest or finished");
  wanted.as_finished = as_of == "finished";
  return Response::of(Json{{"id", context.executions.start(std::move(wanted))}}, 202);
}

// With ?wait=ms: once it has changed, or the time is over.
Response look(Context& context, const Request& request, const Caller& caller) {
  const int64_t wait = request.number("wait", 0, 0, 10'000);
  Execution now = known(context, request, caller);
  if (wait == 0 || now.is_over()) return Response::of(now.json());
  Response out;
  out.pending = [&context, id = now.id, user = caller.user.id, seen = now.change, wait, watch = Stopwatch()]() -> std::optional<Response> {
    const auto execution = context.executions.find(id, user);
    if (!execution) throw Error("TM7404", "there is no such query");
    if (execution->change == seen && watch.seconds() * 1000 < static_cast<double>(wait)) return std::nullopt;
    // Between its start and its end a query changes many times: while it is quick, only its end is told.
    constexpr double kQuick = 0.05;
    if (!execution->is_over() && watch.seconds() < kQuick) return std::nullopt;
    return Response::of(execution->json());
  };
  return out;
}

Response rows(Context& context, const Request& request, const Caller& caller) {
  const Execution execution = known(context, request, caller);
  size_t index = 0;
  const StatementState& statement = statement_of(execution, request, index);
  const int64_t offset = request.number("offset", 0, 0, int64_t{1} << 40), limit = request.number("limit", 500, 0, kMostRowsOfPage);
  Response out;
  out.body = fmt::format("{{\"offset\":{},\"rows\":[", offset);
  int64_t count = 0;
  const int64_t there = std::max<int64_t>(0, std::min(limit, statement.row_count - offset));
  if (there > 0) out.body += read_rows(execution.folder, std::to_string(index), offset, there, kMostBytesOfPage, count);
  out.body += fmt::format("],\"row_count\":{}}}", statement.row_count);
  return out;
}

Response export_rows(Context& context, const Request& request, const Caller& caller) {
  const Execution execution = known(context, request, caller);
  size_t index = 0;
  const StatementState& statement = statement_of(execution, request, index);
  if (statement.state != "done" && !(statement.state == "cancelled" && statement.row_count > 0)) throw Error("TM7409", "the statement has no rows to export");
  const ExportSource source{execution.folder, std::to_string(index), statement.columns, statement.row_count};
  return export_response(source, request.text("format", "csv"), request.text("name", "result"));
}

Response history(Context& context, const Request& request, const Caller& caller) {
  Json entries = Json::array();
  for (const HistoryEntry& entry : context.store.history(caller.user.id, request.text("search"), request.number("limit", 100, 1, 1000))) {
    entries.push_back({{"id", entry.id},
                       {"sql", entry.sql},
                       {"state", entry.state},
                       {"started_at", entry.started_at},
                       {"elapsed_ms", entry.elapsed_ms},
                       {"row_count", entry.row_count},
                       {"error", entry.error.empty() ? Json() : Json(entry.error)}});
  }
  return Response::of(Json{{"entries", std::move(entries)}});
}

}  // namespace

void add_query_routes(Context& context) {
  Gate& gate = context.gate;
  using Act = Response (*)(Context&, const Request&, const Caller&);
  const auto with = [&context](Act act) { return [&context, act](const Request& request, const Caller& caller) { return act(context, request, caller); }; };
  gate.add("POST", "/api/executions", Access::kViewer, with(start));
  gate.add("GET", "/api/executions/:id", Access::kViewer, with(look));
  gate.add("DELETE", "/api/executions/:id", Access::kViewer, [&context](const Request& request, const Caller& caller) {
    const Execution execution = known(context, request, caller);
    context.executions.cancel(execution.id, caller.user.id);
    return Response::none();
  });
  gate.add("GET", "/api/executions/:id/statements/:n/rows", Access::kViewer, with(rows));
  gate.add("GET", "/api/executions/:id/statements/:n/export", Access::kViewer, with(export_rows));
  gate.add("GET", "/api/history", Access::kViewer, with(history));
}

}  // namespace tidemark::server
