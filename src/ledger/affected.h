// Which partitions of a model's result changed files touch: the old values of files that went, the new ones of files that
// came. What it takes for a hand-written body to restrict itself (affected_partitions('column')), and the ledger that is
// committed with the result.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "ledger/changes.h"
#include "ledger/ledger.h"
#include "ledger/observation.h"
#include "manifest/relation.h"
#include "sql/sql_parser.h"

namespace tidemark::ledger {

// A model's truth, as far as its SQL text goes: compiled with is_incremental() false.
struct ModelQuery {
  std::string unique_id;
  std::string sql;
  // The SELECT of an upstream view by the parts of its name as written in SQL (1 to 3), nullopt where it is no view.
  std::function<std::optional<std::string>(const std::vector<std::string>& name)> view_sql;
  // State of an upstream table by its name; nullopt where it is none.
  std::function<std::optional<TableState>(const std::vector<std::string>& name)> table_state;
};

struct AffectedPartitions {
  bool is_all = true;
  Reason reason;                    // why all
  std::string column;               // as asked for
  std::vector<std::string> values;  // SQL literals, sorted by text, no doubles; "NULL" stands for NULL; empty where is_all
  // "true", "false", or `"column" in (…) or "column" is null`, in parentheses.
  std::string predicate() const;
};

// One model's files in one run: what changed since its last commit, and the ledger that its next commit refers to.
// One thread at a time.
class ModelLedger {
 public:
  struct Services {
    Session& session;
    SqlParser& parser;
    Observation& observation;
    const LedgerStore& store;
    std::string engine;  // Capabilities::engine
  };

  // `columns`: those for which partition values are kept (partition_by, and whatever affected_partitions() is called with).
  ModelLedger(ModelQuery query, Relation target, std::vector<std::string> columns, const std::optional<TableState>& state, Services services);
  ~ModelLedger();
  ModelLedger(ModelLedger&&) noexcept;

  // Reads the files that changed, if any, at the first call.
  AffectedPartitions affected(const std::string& column);
  // By changes of files alone: changed_tables() are left to the caller.
  AffectedPartitions affected_by_files(const std::string& column);
  // Tables that have changed or gone since the last commit, as the ledger has them.
  std::vector<LedgerTable> changed_tables();

  // By source, in the order of the query's text. Cheap: no file is opened, files are hashed where that decides. Where there
  // is no ledger to trust, all files are added ones.
  const std::vector<SourceChanges>& changes();
  const LoadedLedger& previous() const;
  // Why the table does not hold what its ledger says for this query; empty: it does.
  const Reason& distrust();
  const Reason& distrust_but_tables();

  // Where the result is about to be computed: begins to hash, in a thread of its own, the files that commit() needs hashes of.
  // May be left out: commit() does it then.
  void begin();

  // To be called when the result is computed and before it is published: checks that no source file changed meanwhile
  // (TM5102), completes what must be known of each file, writes the ledger file. The value of "ledger" in
  // PublishRequest::commit.
  Json commit();
  // Throws TM5102 where a source file is no longer as it was observed.
  void check_unchanged();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::ledger
