// A table at a version: the log replayed. Immutable; newer ones are made from older ones by reading what was added.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "lake/action.h"
#include "lake/parquet_io.h"

namespace tidemark::lake {

struct CommitSummary {
  int64_t version = 0;
  int64_t timestamp_ms = 0;
  std::string operation;
  std::string engine;
  std::optional<Json> own;    // commitInfo.tidemark: the commit is one of this program's
  int64_t read_version = -1;  // what the writer had read; -1: not told
  bool changes_data = false;  // adds or removes files, or changes schema or protocol
  bool changes_rows = false;  // changes rows or schema: not where files are only laid out anew (dataChange false)
};

struct Snapshot {
  std::filesystem::path folder;
  int64_t version = -1;
  int64_t timestamp_ms = 0;
  Protocol protocol;
  Metadata metadata;
  std::map<std::string, AddFile> files;          // live data files by path
  std::map<std::string, RemoveFile> tombstones;  // removed lately; what vacuum may delete once they are old
  std::map<std::string, int64_t> transactions;   // appId -> version
  std::map<std::string, Json> domains;           // domainMetadata, passed through
  std::vector<CommitSummary> commits;            // oldest first; since the newest saved snapshot or all
  std::optional<Json> own;                       // of the newest own commit
  int64_t own_version = -1;
  int64_t foreign_version = -1;    // the newest commit of somebody else that changed data, files or schema
  bool foreign_since_own = false;  // … and the newest own commit was not made in knowledge of it
  int64_t data_version = -1;       // the newest that changed rows or schema; later ones only laid out the same rows anew
  int64_t data_timestamp_ms = 0;   // its time

  int64_t total_rows() const;  // -1 where a file has no statistics
  int64_t total_bytes() const;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

struct SnapshotRequest {
  std::filesystem::path folder;       // of the table
  std::optional<int64_t> version;     // nullopt: the newest
  std::optional<int64_t> at_time_ms;  // the newest version not younger than this; TM4322 where all are younger
  SnapshotPtr previous;               // may be null; only newer log entries are read then
  ParquetIo* parquet = nullptr;       // for checkpoints where log entries are gone; null: TM4323 then
};

// nullptr where there is no table. Faults: TM4320 the log is damaged, TM4321 no such version, TM4322 no version that old,
// TM4330 a protocol version or feature that this program does not read.
SnapshotPtr load_snapshot(const SnapshotRequest& request);

bool is_table(const std::filesystem::path& folder);
int64_t newest_version(const std::filesystem::path& folder);  // -1 where there is no table
int64_t oldest_version(const std::filesystem::path& folder);  // from which on all can be read; -1 where none can

// `<folder>/_delta_log/00000000000000000007.json`
std::filesystem::path log_entry_path(const std::filesystem::path& folder, int64_t version);

// Throws TM4331 where this program must not write to the table.
void require_writable(const Snapshot& snapshot);

// Compact form of a snapshot, so that the next load need not replay the log: written beside every checkpoint.
std::string save_snapshot(const Snapshot& snapshot);

}  // namespace tidemark::lake
