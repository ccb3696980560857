// Which files of a table nobody can need any more, and their removal. Files, logs and clocks only; no engine.
//
// A version is within retention where it was the newest one at some time after the horizon. Its data files stay, as do those
// of versions that are asked to stay, and files that are in no version but younger than the horizon (a writer may be about
// to commit them). No entry is written to the log: what a table holds does not change, and dependents need not look again.
#pragma once
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "lake/snapshot.h"

namespace tidemark::lake {

struct ObsoleteFile {
  std::filesystem::path path;  // absolute
  int64_t bytes = 0;
};

struct VacuumTableRequest {
  std::filesystem::path folder;
  int64_t horizon_ms = 0;           // since the epoch: files that only older versions refer to go
  int64_t log_horizon_ms = 0;       // entries of the log older than this go where a checkpoint stands for them
  std::set<int64_t> keep_versions;  // stay whatever their age; versions whose log is gone are passed over
  ParquetIo* parquet = nullptr;     // for checkpoints where log entries are gone
};

struct VacuumTablePlan {
  std::vector<ObsoleteFile> data;  // data files
  std::vector<ObsoleteFile> log;   // log entries, checkpoints and saved snapshots, oldest first
};

// Nothing is removed. Faults: those of load_snapshot().
VacuumTablePlan plan_vacuum(const VacuumTableRequest& request);

// Commits of tidemark's own (CommitSummary::own) that are the newest own commit of some version within retention.
std::vector<Json> own_commits_within(const std::filesystem::path& folder, int64_t horizon_ms, ParquetIo* parquet);

// Removes them in order; those that are gone already are no fault. The number of bytes freed.
int64_t remove_obsolete(const std::vector<ObsoleteFile>& files);

// Files under `folder` (absolute) that are older than the horizon and whose path relative to it is not in `keep`.
std::vector<ObsoleteFile> obsolete_under(const std::filesystem::path& folder, int64_t horizon_ms, const std::set<std::string>& keep);

}  // namespace tidemark::lake
