// One atomic change of a table: data files that exist already become the table's, others stop to be.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "lake/action.h"
#include "lake/snapshot.h"

namespace tidemark::lake {

// What the change was computed from: decides which commits by others it can stand after.
enum class ReadScope {
  kNothing,    // a blind append: fits after anything but a change of schema or protocol
  kFiles,      // the files that it removes: fits where these are all still there and none was added that it should have seen
  kWholeTable  // fits only after commits that change no data
};

struct CommitRequest {
  std::filesystem::path folder;
  SnapshotPtr base;  // null: the table is made
  std::vector<AddFile> adds;
  std::vector<std::string> removes;  // paths of live files of `base`
  std::optional<Metadata> metadata;  // where schema, properties or description change; must be given for a new table
  ReadScope scope = ReadScope::kWholeTable;
  bool allow_concurrent_appends = false;        // kFiles: files that others added meanwhile do not matter
  std::map<std::string, int64_t> transactions;  // appId -> version
  std::string operation = "WRITE";
  Json operation_parameters = Json::object();
  Json operation_metrics = Json::object();
  bool data_change = true;
  Json own = Json::object();     // becomes commitInfo.tidemark
  ParquetIo* parquet = nullptr;  // for checkpoints; null: none are written
  int checkpoint_interval = 10;
};

struct CommitResult {
  int64_t version = 0;
  bool repeated = false;  // the transactions were there already: nothing was done
};

// Data files must be synced already. Faults: TM4340 somebody else's commit does not fit with this one (named), nothing done.
CommitResult commit(const CommitRequest& request);

// The protocol that a schema needs at least.
Protocol protocol_for(const Schema& schema);

}  // namespace tidemark::lake
