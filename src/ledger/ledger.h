// Which source files are contained in a version of a model, and which partition values each of them touches. A ledger is
// an immutable file; the model's commit refers to it by name and hash, so data and ledger change together. Reading one
// needs no engine.
//   TM5201 a ledger file is missing   TM5202 a ledger file is not what the commit refers to   TM5203 not readable
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json_fwd.h"
#include "ledger/observation.h"
#include "sql/column_type.h"
#include "sql/reason.h"

namespace tidemark {
struct TableState;
}

namespace tidemark::ledger {

// A column for which the partition values of every file are kept.
struct PartitionColumn {
  std::string name;
  std::string type;
  std::vector<std::string> values;  // SQL literals; files refer to them by index
};

// (index into PartitionColumn::values, rows). Rows are -1 where they were not counted.
using PartitionRows = std::vector<std::pair<uint32_t, int64_t>>;

struct LedgerFile {
  SourceFile file;
  std::string hash;                       // of its content; empty: not taken
  int32_t schema = -1;                    // index into LedgerSource::schemas; -1: not known
  int64_t contribution = -1;              // its id in the contribution table
  std::vector<PartitionRows> partitions;  // by index of Ledger::columns
};

// What one file scan of the model read.
struct LedgerSource {
  std::string key;  // sql::FileScan::key()
  std::vector<std::string> patterns;
  std::vector<ColumnType> bound;                 // bound schema
  std::vector<std::vector<ColumnType>> schemas;  // distinct ones of the files
  std::map<std::string, LedgerFile> files;       // by path
  std::vector<Reason> untraced;                  // by index of Ledger::columns: why values are not known; empty: they are
};

// A table that the model read besides files.
struct LedgerTable {
  std::vector<std::string> name;  // as written in SQL
  int64_t version = -1;           // TableState::data_version, which does not move where rows are only laid out anew
  int64_t committed_at_ms = 0;    // of that version
  bool operator==(const LedgerTable&) const = default;
};

// An upstream view that was put in line.
struct LedgerView {
  std::vector<std::string> name;  // as written in SQL
  std::string hash;               // xxh128 of its SELECT
  bool operator==(const LedgerView&) const = default;
};

// Partial aggregates by file, in a table of their own.
struct LedgerContribution {
  std::string relation;    // rendered; empty: there is none
  std::string generation;  // of its content; a rebuild makes a new one
  int64_t version = -1;    // of that table when the model was committed
  std::string key;         // what the states depend on: row-wise part, keys, bound schema, engine, settings
};

struct Ledger {
  std::string model;      // unique id
  std::string engine;     // Capabilities::engine
  std::string code_hash;  // of the SQL text that the model was made from
  std::vector<LedgerView> views;
  std::string shape_hash;  // of the normalised query: formatting and comments do not change it
  Reason unknown_inputs;   // why it is not known all that the query reads; empty: it is
  std::vector<PartitionColumn> columns;
  std::vector<LedgerSource> sources;
  std::vector<LedgerTable> tables;
  LedgerContribution contribution;

  const LedgerSource* find_source(const std::string& key) const;
  int find_column(const std::string& name) const;  // index; -1: not kept. ASCII case ignored
};

// Where a ledger is: the value of "ledger" in a table's commit.
struct LedgerReference {
  std::string name;  // of the file, relative to the store's folder
  std::string hash;  // xxh128 of its bytes
  Json to_json() const;
  static std::optional<LedgerReference> from_json(const Json& commit);  // the whole commit value; nullopt: it has none
};

// Ledger files of a warehouse: <folder>/<schema>.<table>/<uuid>.json. Each is a whole ledger or the changes to another one,
// so that a run over many files writes little; chains are short and small against their base.
class LedgerStore {
 public:
  explicit LedgerStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Throws TM5201..TM5203.
  Ledger load(const LedgerReference& reference) const;
  // Writes and fsyncs a new file. `previous`: the ledger that `next` follows, if it was loaded.
  LedgerReference write(const std::string& table, const Ledger& next, const std::optional<LedgerReference>& previous) const;
  // Names of the files that `reference` needs, itself included: vacuum keeps these.
  std::vector<std::string> chain(const LedgerReference& reference) const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

// The ledger of a table's newest commit, or why there is none to trust: first_build, foreign_commit, ledger_missing, …
struct LoadedLedger {
  std::optional<Ledger> ledger;
  std::optional<LedgerReference> reference;
  Reason distrust;
};
LoadedLedger load_ledger(const LedgerStore& store, const std::optional<TableState>& state);

// Tells the observation what the ledger knows of files, so that those that have not changed need not be opened.
void remember_ledger(const Ledger& ledger, Observation& observation);

}  // namespace tidemark::ledger
