// partitions: every partition of a model's table: its rows, the source files that it comes from, the version that changed it last, and
// whether a run would change it.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "adapter/table.h"
#include "app/commands.h"
#include "app/selection.h"
#include "app/table_text.h"
#include "app/workplace.h"
#include "base/strings.h"
#include "ledger/ledger.h"
#include "plan/cut.h"
#include "plan/plan.h"

namespace tidemark::app {

namespace {

struct Partition {
  int64_t rows = -1;         // in the table
  int64_t source_rows = -1;  // that it was computed from
  std::set<std::string> files;
  int64_t version = -1;
  int64_t committed_at_ms = 0;
  std::string why;
  bool is_published = false;
  bool is_changed = false;
};

struct Report {
  std::string column, type;
  std::string none_because;                     // why there are no partitions
  std::string reason;                           // of the plan
  std::map<std::string, Partition> partitions;  // by the value's text; NULL as "NULL"
};

// DATE '2024-01-02', '2024-01-02'::DATE, 12, NULL: the value as people write it.
std::string text_of_literal(const std::string& literal) {
  const size_t begin = literal.find('\''), end = literal.rfind('\'');
  if (begin == std::string::npos || end <= begin) return literal;
  return replace_all(literal.substr(begin + 1, end - begin - 1), "''", "'");
}

std::string text_in(const Json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The one that is named; else the one that the plan or the ledger found.
std::string partition_column(const Node& node, const plan::PlanStep& step, const ledger::LoadedLedger& loaded) {
  const std::vector<std::string> named = node.config.list("partition_by");
  if (!named.empty()) return named.front();
  if (!step.partition_column.empty()) return step.partition_column;
  return loaded.ledger && !loaded.ledger->columns.empty() ? loaded.ledger->columns.front().name : std::string();
}

void add_published(Session& session, const Node& node, Report& report) {
  const std::string column = quote_identifier(report.column);
  for (const Row& row : session.query(fmt::format("SELECT {}, count(*) FROM {} GROUP BY 1", column, node.relation().render())).rows) {
    Partition& partition = report.partitions[row[0].text()];
    partition.rows = row[1].as_integer();
    partition.is_published = true;
  }
}

// (value, id of a contribution, rows).
using Shares = std::vector<std::tuple<std::string, int64_t, int64_t>>;

// By the ledger alone, where it keeps the column.
Shares shares_in_ledger(const ledger::Ledger& ledger, int column, std::map<int64_t, std::string>& paths) {
  Shares out;
  int64_t next = 0;
  for (const ledger::LedgerSource& source : ledger.sources) {
    for (const auto& [path, file] : source.files) {
      const int64_t id = next++;
      paths[id] = path;
      if (static_cast<size_t>(column) >= file.partitions.size()) continue;
      for (const auto& [index, rows] : file.partitions[static_cast<size_t>(column)]) {
        out.emplace_back(text_of_literal(ledger.columns[static_cast<size_t>(column)].values.at(index)), id, rows);
      }
    }
  }
  return out;
}

// By the contribution table: its key that holds the published values, if one does.
Shares shares_in_contributions(Session& session, const ledger::Ledger& ledger, const std::string& table, const Report& report,
                               std::map<int64_t, std::string>& paths) {
  for (const ledger::LedgerSource& source : ledger.sources) {
    for (const auto& [path, file] : source.files) paths[plan::content_id(source.key, path, file.hash)] = path;
  }
  Shares best;
  size_t best_hits = 0;
  for (const ColumnType& column : session.describe("SELECT * FROM " + table)) {
    if (!column.name.starts_with('k') || column.type != report.type) continue;
    Shares shares;
    std::set<std::string> hits;
    const std::string sql = fmt::format("SELECT {}, file_id, sum(n)::BIGINT FROM {} GROUP BY ALL", quote_identifier(column.name), table);
    for (const Row& row : session.query(sql).rows) {
      const std::string value = row[0].text();
      if (report.partitions.contains(value)) hits.insert(value);
      shares.emplace_back(value, row[1].as_integer(), row[2].is_null() ? -1 : row[2].as_integer());
    }
    if (hits.size() > best_hits) {
      best = std::move(shares);
      best_hits = hits.size();
    }
  }
  return best;
}

// Source files and their rows, where it is known which hold what.
void add_files(Session& session, const ledger::Ledger& ledger, const std::string& table, Report& report) {
  std::map<int64_t, std::string> paths;
  const int column = ledger.find_column(report.column);
  const Shares shares = column >= 0      ? shares_in_ledger(ledger, column, paths)
                        : !table.empty() ? shares_in_contributions(session, ledger, table, report, paths)
                                         : Shares();
  for (const auto& [value, id, rows] : shares) {
    const auto path = paths.find(id);
    const auto partition = report.partitions.find(value);
    if (path == paths.end() || partition == report.partitions.end()) continue;
    partition->second.files.insert(path->second);
    if (rows >= 0) partition->second.source_rows = std::max<int64_t>(partition->second.source_rows, 0) + rows;
  }
}

// Commits from the newest back: one that names its partitions changed those, any other one all of them.
void add_versions(const std::vector<TableCommit>& commits, Report& report) {
  std::set<std::string> open;
  for (const auto& [value, partition] : report.partitions) open.insert(value);
  for (const TableCommit& commit : commits) {
    if (commit.operation == "OPTIMIZE" || open.empty()) continue;
    const Json own = commit.own.value_or(Json::object());
    std::set<std::string> changed = open;
    if (own.contains("partitions") && own["partitions"].is_object()) {
      changed.clear();
      for (const Json& literal : own["partitions"].value("values", Json::array())) changed.insert(text_of_literal(literal.get<std::string>()));
    }
    for (const std::string& value : changed) {
      if (open.erase(value) == 0) continue;
      Partition& partition = report.partitions.at(value);
      partition.version = commit.version;
      partition.committed_at_ms = commit.committed_at_ms;
      partition.why = text_in(own, "reason");
    }
  }
}

void add_outlook(const plan::PlanStep& step, Report& report) {
  if (step.strategy == plan::Strategy::kUnchanged) return;
  report.reason = step.reason ? step.reason.text() : std::string();
  std::set<std::string> files;
  for (const ledger::FileChange& change : step.changes) {
    files.insert(change.path);
    if (!change.old_path.empty()) files.insert(change.old_path);
  }
  for (const std::string& literal : step.partitions) report.partitions[text_of_literal(literal)].is_changed = true;
  for (auto& [value, partition] : report.partitions) {
    partition.is_changed = partition.is_changed || step.all_partitions || step.strategy == plan::Strategy::kRebuild ||
                           std::any_of(partition.files.begin(), partition.files.end(), [&](const std::string& file) { return files.contains(file); });
  }
}

std::string state_of(const Partition& partition) { return !partition.is_published ? "missing" : partition.is_changed ? "changed" : "fresh"; }

Json report_json(const Report& report) {
  Json list = Json::array();
  for (const auto& [value, partition] : report.partitions) {
    const int64_t rows = partition.source_rows >= 0 ? partition.source_rows : partition.rows;
    const std::string changed_because = report.reason.empty() ? "its source files changed" : report.reason;
    const std::string why = partition.is_changed || !partition.is_published ? changed_because : partition.why;
    list.push_back(Json{{"value", value},
                        {"state", state_of(partition)},
                        {"rows", rows < 0 ? Json() : Json(rows)},
                        {"result_rows", partition.rows < 0 ? Json() : Json(partition.rows)},
                        {"version", partition.version < 0 ? Json() : Json(partition.version)},
                        {"at", partition.version < 0 ? Json() : Json(format_iso_utc(WallTime(std::chrono::milliseconds(partition.committed_at_ms))))},
                        {"files", partition.files},
                        {"reason", why.empty() ? Json() : Json(why)}});
  }
  return Json{{"partition_by", report.column.empty() ? Json() : Json(report.column)},
              {"type", report.type.empty() ? Json() : Json(report.type)},
              {"reason", report.none_because.empty() ? Json() : Json(report.none_because)},
              {"partitions", std::move(list)}};
}

std::string report_text(const Report& report) {
  Table table;
  for (const char* name : {"partition", "state", "rows", "version", "files"}) table.columns.push_back({name, "VARCHAR"});
  for (const auto& [value, partition] : report.partitions) {
    table.rows.push_back({Value::string(value), Value::string(state_of(partition)), partition.rows < 0 ? Value() : Value::integer(partition.rows),
                          partition.version < 0 ? Value() : Value::integer(partition.version), Value::integer(static_cast<int64_t>(partition.files.size()))});
  }
  return table_text(table);
}

Report report_on(Workplace& work, const Node& node, const plan::PlanStep& step) {
  Report report;
  const std::unique_ptr<Session> session = work.adapter().open_session("partitions");
  if (!session->find_relation(node.relation())) {
    report.none_because = "it has not been built yet";
    return report;
  }
  const std::optional<TableState> state = session->state(node.relation());
  const ledger::LoadedLedger loaded = ledger::load_ledger(work.context().ledgers, state);
  const std::string wanted = partition_column(node, step, loaded);
  for (const ColumnType& column : session->columns(node.relation())) {
    if (!equals_ignore_case(column.name, wanted)) continue;
    report.column = column.name;
    report.type = column.type;
  }
  if (report.column.empty()) {
    report.none_because = "it is not computed by partitions: partition_by names a column of it";
    return report;
  }
  add_published(*session, node, report);
  if (loaded.ledger)
    add_files(*session, *loaded.ledger, state->own ? text_in(state->own->value("contributions", Json::object()), "relation") : std::string(), report);
  add_versions(session->history(node.relation(), -1), report);
  add_outlook(step, report);
  return report;
}

}  // namespace

int partitions(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  const NodePtr node = find_node(open.manifest(), invocation.model);
  if (node->is_ephemeral()) throw Error("TM1912", "'" + node->name + "' is ephemeral: it is a part of the models that refer to it, and not computed itself");
  const graph::Dag dag(open.manifest());
  Workplace work(invocation, terminal, open, {node->unique_id});
  work.context().command = "run";  // what is planned
  const plan::Plan plan = run::plan_nodes(work.context(), graph::order_subset(dag, open.manifest(), {node->unique_id}, false));
  const Report report = report_on(work, *node, plan.steps.empty() ? plan::PlanStep() : plan.steps.front());
  if (invocation.output == OutputFormat::kJson) {
    terminal.out << dump_json(report_json(report), 2) << '\n';
  } else if (report.column.empty()) {
    terminal.out << node->name << ": no partitions: " << report.none_because << '\n';
  } else {
    terminal.out << fmt::format("{}, by {}\n", node->name, report.column) << report_text(report);
  }
  return kExitOk;
}

}  // namespace tidemark::app
