// The `lake` warehouse: Delta tables and view files in a folder, computed on by the embedded DuckDB.
//
// Layout: <warehouse>/<schema>/<table>/_delta_log, <warehouse>/<schema>/<view>.view.json; whatever is tidemark's own is in
// <warehouse>/_tidemark. Schemas whose name begins with `_tidemark` are hidden: their tables are contribution tables.
// Statements see the tables that they name as views over the data files of the current version. Looking up relations,
// columns, states and dropping do not load the engine.
//
// Faults: TM4200–TM4299, and those of lake/ (TM43xx), duckdb/ (TM41xx) and base/file_system.h (TM49xx).
//   TM4201 not this warehouse    TM4202 no such relation    TM4203 no such schema       TM4204 exists already
//   TM4205 changed by somebody else meanwhile               TM4206 columns that do not fit
//   TM4207 not enough free space TM4208 a type that tables cannot hold
//   TM4211, TM4212 SQL that does not scan or parse          TM4213 a name that files cannot have
//   TM4214 a data file that is gone or damaged
//   TM4222 a session of the past is read-only   TM4223 a retention that is none
//   TM4220 not supported on lake TM4221 a file pattern that matches nothing
//   TM6201 several rows of a merge update the same row
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapter/adapter.h"
#include "sql/file_scan.h"

namespace tidemark {

struct LakeOptions {
  std::filesystem::path warehouse;
  std::string database;                                       // empty: the last component of `warehouse`
  std::string default_schema = "main";                        // of names without one
  int threads = 0;                                            // of the engine; 0: as many as the machine has
  std::string memory_limit;                                   // "4GB"; empty: the engine's default
  std::string temp_directory;                                 // empty: <warehouse>/_tidemark/tmp
  std::vector<std::pair<std::string, std::string>> settings;  // others, by DuckDB's names
  std::vector<std::string> setup;                             // statements that every connection runs first
  uint64_t free_space_reserve = 64 << 20;                     // bytes that a write must leave free
  std::optional<std::vector<std::string>> readable;           // the only folders whose files statements may touch; absent: all
};

// What a file pattern in SQL was observed to be: scans of it read exactly these files, with exactly these columns.
struct ScanBinding {
  std::vector<std::string> patterns;  // as written in SQL, in one call
  std::vector<std::string> files;
  std::vector<ColumnType> columns;  // empty: as the engine finds them
  sql::ScanFormPtr form{};          // of text formats; null: as the engine finds it
  bool has_folder_columns = false;  // year=2024/…: the engine reads them, which a schema forbids
};

// What a commit within retention refers to beside its table's own data files.
struct VacuumKeep {
  std::vector<std::string> ledgers;                       // paths relative to VacuumRequest::ledgers
  std::vector<std::pair<std::string, int64_t>> versions;  // of other tables, by their names as SQL has them
};

struct VacuumRequest {
  double retain_hours = 7 * 24;       // of versions, and of files that belong to none
  double retain_log_hours = 30 * 24;  // of log entries that a checkpoint stands for; never less than retain_hours
  bool dry_run = false;               // nothing is written
  std::filesystem::path ledgers;      // folder of ledger files; empty: none are removed
  // Asked for each own commit (PublishRequest::commit) that a version within retention has. Needed where `ledgers` is given.
  std::function<VacuumKeep(const Json& commit)> keep_of;
};

struct VacuumReport {
  struct Part {
    std::string name;  // rendered relation; else "ledgers", "version maps", "leftovers"
    int64_t files = 0;
    int64_t bytes = 0;
  };
  std::vector<Part> parts;         // those with files, tables first
  std::vector<std::string> paths;  // of all files, removed or (dry run) to be removed
  int64_t bytes() const;
};

class LakeAdapter : public Adapter {
 public:
  // From now on, in all sessions. Throws nothing; statements that scan a pattern bound to no file throw TM4221.
  virtual void set_scan_bindings(std::vector<ScanBinding> bindings) = 0;
  virtual const std::string& database() const = 0;
  // Removes what no version within retention needs: data files, old logs, ledgers, version maps, leftovers of killed runs.
  // What version maps and `keep_of` refer to stays. The caller holds lock(), unless it is a dry run. A table that cannot be
  // read is an error before anything is removed.
  virtual VacuumReport vacuum(const VacuumRequest& request) = 0;
};

// Nothing is read or made before it is needed.
std::unique_ptr<LakeAdapter> make_lake_adapter(LakeOptions options);

}  // namespace tidemark
