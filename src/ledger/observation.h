// The source files as one run sees them: globbed and stat'ed once, hashed only where that decides something.
//   TM5101 a source file cannot be read   TM5102 a source file changed while it was read
//   TM5103 a source file is no valid Parquet file (truncated, another format)
#pragma once
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ledger/scan_forms.h"
#include "ledger/source_file.h"
#include "sql/column_type.h"

namespace tidemark {
class Session;
}

namespace tidemark::ledger {

// Shared by all files that have the same.
using FileColumns = std::shared_ptr<const std::vector<ColumnType>>;

// What is known of a file beyond its stat.
struct FileFacts {
  std::string hash;     // xxh128 of its bytes; empty: not taken
  FileColumns columns;  // of this file read alone; null: not known
};

// Counted since the observation was made. "Opened" is by tidemark; scans that the engine runs are counted by the engine.
struct ObservationCounts {
  int64_t files_seen = 0;
  int64_t files_hashed = 0;
  int64_t bytes_hashed = 0;
  int64_t schemas_read = 0;  // files whose footer was opened to learn their columns
};

// One a run; thread-safe. Paths are relative to the working folder, the project's root.
class Observation {
 public:
  // Files that match any of the patterns (a pattern without wildcards is a path), sorted by path, each once. Globbed at
  // the first call for these patterns; the same answer ever after. Folders are left out.
  const std::vector<SourceFile>& files(const std::vector<std::string>& patterns);

  // Of the file as it was observed; of one file that several threads ask for, read once. Throws TM5102 where the file is no longer that, TM5101 where it cannot
  // be read.
  std::string hash(const SourceFile& file);

  // Columns of each file read alone, from its footer; asked once a file. Throws TM5103 naming the file.
  std::vector<FileColumns> schemas(const std::vector<SourceFile>& files, Session& asking);

  // The columns that the files give together, by name, whichever comes first: types widened, in the order of their
  // appearance. Opens footers of files with unknown columns, and, where the files differ, of one file of each kind.
  std::vector<ColumnType> bound_schema(const std::vector<SourceFile>& files, Session& asking);

  std::vector<std::string> paths(const std::vector<std::string>& patterns);

  // How a scan of CSV or JSON files is read; null where that is not known. Throws TM5104, TM5105 naming the file.
  sql::ScanFormPtr form(const sql::FileScan& scan, Session& session);
  ScanForms& forms() { return forms_; }

  // Facts from a ledger about a file that has this very stat: they are not asked again.
  void remember(const SourceFile& file, FileFacts facts);
  std::optional<FileFacts> facts(const SourceFile& file);
  // The columns that files of these kinds (distinct, in the order of their files) give together: not asked again.
  void remember_bound(const std::vector<FileColumns>& kinds, std::vector<ColumnType> columns);

  // After TM5102: files that are no longer as they were observed are observed anew, those that went are left out. No other
  // files join. Lists that were given out before stay as they were.
  void look_again();

  // To be called when a scan of the files is over. Throws TM5102 where one is no longer as it was observed.
  void check_unchanged(const std::vector<SourceFile>& files);

  ObservationCounts counts() const;

 private:
  struct Known {
    FileStat stat;
    FileFacts facts;
  };
  FileFacts* find_facts(const SourceFile& file);  // under mutex_
  std::string hash_now(const SourceFile& file);

  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<std::vector<SourceFile>>> globbed_;  // by joined patterns
  std::vector<std::unique_ptr<std::vector<SourceFile>>> retired_;            // lists given out before look_again()
  std::map<std::string, SourceFile> by_path_;                                // first stat of a path holds for the whole run
  std::map<std::string, Known> known_;                                       // by path
  std::map<std::string, std::vector<ColumnType>> bound_;                     // by the list of distinct schemas
  std::map<std::string, std::shared_future<std::string>> hashing_;           // under way, by path
  ObservationCounts counts_;
  ScanForms forms_;
};

// Whether a file with these times, observed at `now`, might still be written without a change of its times.
bool is_racy(const FileStat& stat, WallTime now);

}  // namespace tidemark::ledger
