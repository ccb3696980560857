// A materialized_view in one run: its query analysed over the files observed, and the way that it is brought up to date.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plan/maintain.h"
#include "run/node_files.h"
#include "run/state.h"

namespace tidemark::run {

// The query of a model, bound to the files observed; to those of `before` where there are none any more (nullptr: no ledger).
plan::Maintenance analyse_model(RunState& run, Session& session, const Node& node, const std::string& sql, const ledger::LoadedLedger* before);

// Its truth over them; the SQL itself where it is not analysed.
std::string truth_of(RunState& run, const plan::Maintenance& maintenance, const std::string& sql, SqlParser& parser);

struct MaintainedDecision {
  plan::Strategy strategy = plan::Strategy::kRebuild;
  Reason reason;                                       // why not a cheaper one
  std::optional<plan::Maintenance> maintenance;        // null: not looked at (kUnchanged)
  std::optional<ledger::AffectedPartitions> affected;  // kPartitions
};

class MaintainedModel {
 public:
  // `session` runs SQL that names its files. `sql`: the model's, compiled.
  MaintainedModel(RunState& run, Session& session, NodeFiles& files, const Node& node, std::string sql);

  // What to do, given the table that is there. Asks `files` for affected partitions where that decides, which may read
  // changed files. `sampled` is called after rows were read only to count their groups. Throws TM5301, TM5302, TM5304.
  MaintainedDecision decide(bool full_refresh, const std::function<void()>& sampled = {});

  const plan::Maintenance& maintenance();
  // Files that a scan of the query reads in this run.
  std::vector<ledger::SourceFile> observed(const sql::FileScan& scan) const;
  // By scan key: files that hold any of the affected partitions, changed ones and those of which the ledger says so.
  std::map<std::string, std::vector<ledger::SourceFile>> holding(const ledger::AffectedPartitions& affected);
  // By key, each once.
  const std::vector<sql::FileScan>& scans();

  // Where its contributions are.
  Relation contribution_table() const;
  std::string contribution_key();
  // What has changed since the ledger, where the contribution key is another one.
  Reason other_key();
  // What the result's newest commit of tidemark's says of the contributions that it was derived from; null: nothing.
  Json committed_contributions() const;
  const std::optional<TableState>& state() const { return state_; }
  // What the next commit of the result says of the groups that were counted; null: they were not.
  const Json& measured() const { return measured_; }

 private:
  plan::Maintain configured() const;
  std::string contribution_key(const plan::Cut& cut);
  // Where it is not decided yet: whether groups are few enough for contributions to be kept, and of which kind.
  void choose_contributions();
  double groups_per_row(const plan::Cut& cut);
  void add_changes_of_tables(const std::vector<ledger::LedgerTable>& changed, ledger::AffectedPartitions& affected);
  // Values of the partition column that the table's changes touch are added; else why they are not known.
  Reason changed_values(const ledger::LedgerTable& table, std::set<std::string>& values);

  RunState& run_;
  Session& session_;
  NodeFiles& files_;
  const Node& node_;
  std::string sql_;
  std::optional<TableState> state_;
  std::optional<plan::Maintenance> maintenance_;
  Json measured_;
  std::optional<std::vector<sql::FileScan>> scans_;
};

}  // namespace tidemark::run
