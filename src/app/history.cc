// history: the commits of a model's table; ledger: which source files a version of it holds.
#include <ostream>

#include <fmt/format.h>

#include "adapter/table.h"
#include "app/commands.h"
#include "app/selection.h"
#include "app/table_text.h"
#include "app/workplace.h"
#include "base/strings.h"
#include "ledger/describe.h"

namespace tidemark::app {

namespace {

// The models that are asked for, by --select or by name.
std::vector<NodePtr> tables_asked_for(const Invocation& invocation, const Terminal& terminal, const OpenProject& open, const std::string& command) {
  Invocation with_model = invocation;
  if (!invocation.model.empty()) with_model.selection.select.push_back(invocation.model);
  if (with_model.selection.select.empty() && with_model.selection.selector.empty()) {
    throw Error("TM1910", command + " needs a model").hint("tidemark " + command + " MODEL, or --select");
  }
  const graph::Dag dag(open.manifest());
  std::vector<NodePtr> out;
  for (const std::string& id : select(with_model, terminal, open, dag)) {
    NodePtr node = open.manifest().find(id);
    if (node->is_refable() && !node->is_ephemeral()) out.push_back(std::move(node));
  }
  return out;
}

std::string text_of(const Json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string time_text(int64_t ms) { return format_iso_utc(WallTime(std::chrono::milliseconds(ms))).substr(0, 19) + "Z"; }

// How the commit came about: as the run's report said, or who else made it.
std::string how(const TableCommit& commit) {
  if (!commit.own) return "by " + (commit.engine.empty() ? std::string("another writer") : commit.engine);
  if (commit.operation == "OPTIMIZE") return "compacted";
  return text_of(*commit.own, "strategy");
}

Json commit_json(const TableCommit& commit) {
  Json out{{"version", commit.version},
           {"committed_at", format_iso_utc(WallTime(std::chrono::milliseconds(commit.committed_at_ms)))},
           {"operation", commit.operation},
           {"engine", commit.engine},
           {"how", how(commit)},
           {"files_added", commit.files_added},
           {"files_removed", commit.files_removed},
           {"rows_added", commit.rows_added < 0 ? Json() : Json(commit.rows_added)}};
  out["tidemark"] = commit.own ? *commit.own : Json();
  return out;
}

Table commit_table(const std::vector<TableCommit>& commits) {
  Table table;
  for (const char* name : {"version", "committed at", "operation", "how", "why", "files + / -", "rows written", "invocation"})
    table.columns.push_back({name, "VARCHAR"});
  for (const TableCommit& commit : commits) {
    const Json own = commit.own.value_or(Json::object());
    table.rows.push_back({Value::integer(commit.version), Value::string(time_text(commit.committed_at_ms)), Value::string(commit.operation),
                          Value::string(how(commit)), Value::string(commit.operation == "OPTIMIZE" ? std::string() : text_of(own, "reason")),
                          Value::string(fmt::format("{} / {}", commit.files_added, commit.files_removed)),
                          commit.rows_added < 0 ? Value() : Value::integer(commit.rows_added), Value::string(text_of(own, "invocation"))});
  }
  return table;
}

Table ledger_table(const ledger::Ledger& ledger) {
  Table table;
  for (const char* name : {"file", "bytes", "rows", "partitions", "content"}) table.columns.push_back({name, "VARCHAR"});
  for (const ledger::LedgerSource& source : ledger.sources) {
    for (const auto& [path, file] : source.files) {
      const int64_t rows = ledger::rows_in(file);
      table.rows.push_back({Value::string(path), Value::integer(static_cast<int64_t>(file.file.stat.size)), rows < 0 ? Value() : Value::integer(rows),
                            file.partitions.empty() ? Value() : Value::integer(static_cast<int64_t>(file.partitions.front().size())),
                            Value::string(file.hash.substr(0, 12))});
    }
  }
  return table;
}

// What the table's commit of the asked version carried; the newest one where none is asked for.
std::optional<TableCommit> commit_of(const Invocation& invocation, Session& session, const Node& node) {
  if (!invocation.at_version) {
    const std::optional<TableState> state = session.state(node.relation());
    if (!state) return std::nullopt;
    return TableCommit{.version = state->own_version, .committed_at_ms = state->committed_at_ms, .own = state->own};
  }
  for (TableCommit& commit : session.history(node.relation(), -1)) {
    if (commit.version <= *invocation.at_version && commit.own) return std::move(commit);
  }
  return std::nullopt;
}

}  // namespace

int history(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  const Warehouse warehouse = open_warehouse(open.target);
  const std::unique_ptr<Session> session = warehouse.adapter->open_session("history");
  Json all = Json::array();
  for (const NodePtr& node : tables_asked_for(invocation, terminal, open, "history")) {
    const std::vector<TableCommit> commits = session->history(node->relation(), invocation.limit);
    if (invocation.output == OutputFormat::kJson) {
      Json list = Json::array();
      for (const TableCommit& commit : commits) list.push_back(commit_json(commit));
      all.push_back(Json{{"model", node->unique_id}, {"relation", node->relation().render()}, {"commits", std::move(list)}});
    } else if (commits.empty()) {
      terminal.out << node->name << ": no commits are known\n";
    } else {
      terminal.out << node->name << '\n' << table_text(commit_table(commits));
    }
  }
  if (invocation.output == OutputFormat::kJson) terminal.out << dump_json(all, 2) << '\n';
  return kExitOk;
}

int ledger(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  const Warehouse warehouse = open_warehouse(open.target);
  const std::unique_ptr<Session> session = warehouse.adapter->open_session("ledger");
  Json all = Json::array();
  for (const NodePtr& node : tables_asked_for(invocation, terminal, open, "ledger")) {
    const std::optional<TableCommit> commit = commit_of(invocation, *session, *node);
    const auto reference = commit && commit->own ? ledger::LedgerReference::from_json(*commit->own) : std::nullopt;
    if (!reference) {
      if (invocation.output != OutputFormat::kJson) terminal.out << node->name << ": no ledger (it reads no source files, or has not been built)\n";
      continue;
    }
    const ledger::Ledger held = warehouse.ledgers->load(*reference);
    if (invocation.output == OutputFormat::kJson) {
      all.push_back(ledger::describe_json(held));
      all.back()["version"] = commit->version;
    } else {
      terminal.out << fmt::format("{}, version {}\n", node->name, commit->version) << table_text(ledger_table(held));
    }
  }
  if (invocation.output == OutputFormat::kJson) terminal.out << dump_json(all, 2) << '\n';
  return kExitOk;
}

}  // namespace tidemark::app
