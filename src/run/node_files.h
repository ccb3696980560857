// The source files of one model in this run: which partitions their changes touch, and the ledger that is committed with
// the result.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compile/host.h"
#include "ledger/affected.h"
#include "run/state.h"

namespace tidemark::run {

class NodeFiles {
 public:
  // `host` renders the model's truth; `session` runs SQL that names its files.
  NodeFiles(RunState& run, compile::Host& host, Session& session, const Node& node);

  // All where there is nothing to derive it from.
  ledger::AffectedPartitions affected(const std::string& column);
  // Whether files that the model reads have come, gone or changed since the table's last commit; true where that is not known.
  bool changed();
  // By files alone, and the tables that changed beside them, as the ledger has them.
  ledger::AffectedPartitions affected_by_files(const std::string& column);
  std::vector<ledger::LedgerTable> changed_tables();
  // Why the table's ledger is not one to compare with; empty: it is.
  Reason distrust();
  Reason distrust_but_tables();
  // The table's ledger; nullptr where the model reads no files.
  const ledger::LoadedLedger* previous();
  // Partition values are kept for these columns only, whatever the configuration says.
  void keep_columns(std::vector<std::string> columns);
  // By source; empty where the model reads no files.
  std::vector<ledger::SourceChanges> changes();
  // The result is about to be computed: what commit() needs is prepared meanwhile.
  void begin();
  // The value of "ledger" in the commit; null where the model reads no files, or none that can be traced.
  // Throws TM5102 where one changed while it was read. Later calls give the same, as long as the files are as they were.
  Json commit();
  // The result is published, by an engine that computes only then. Where a file changed meanwhile the ledger is taken back, so that
  // the next run computes the table anew, and TM5102 thrown.
  void settle();

 private:
  ledger::ModelLedger* ledger();
  void keep(const std::string& column);
  ledger::ModelLedger make_ledger() const;
  void read_truth();

  RunState& run_;
  compile::Host& host_;
  Session& session_;
  const Node& node_;
  std::unique_ptr<SqlParser> parser_;  // opens the engine late
  std::vector<std::string> columns_;   // for which partition values are kept
  std::optional<std::string> truth_;   // its SQL
  bool reads_files_ = false;
  std::unique_ptr<ledger::ModelLedger> ledger_;
  std::optional<Json> committed_;
};

// Names of columns in calls of affected_partitions('…') in a template's text, in the order of their text.
std::vector<std::string> affected_columns_in(const std::string& template_text);

}  // namespace tidemark::run
