#include "lake/commit.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "lake/checkpoint.h"

namespace tidemark::lake {

namespace {

constexpr int kMaxAttempts = 100;
constexpr int64_t kTombstoneRetentionMs = int64_t{7} * 24 * 3600 * 1000;
constexpr const char* kEngine = "tidemark/0.1.0";

std::string table_name(const fs::path& folder) { return folder.parent_path().filename().string() + "." + folder.filename().string(); }

std::string describe(const CommitSummary& commit) {
  return fmt::format("version {} ({}{}{})", commit.version, commit.operation, commit.engine.empty() ? "" : " by ", commit.engine);
}

class Attempt {
 public:
  explicit Attempt(const CommitRequest& request) : request_(request) {}

  CommitResult run() {
    make_directories(request_.folder / "_delta_log");
    SnapshotPtr current = request_.base;
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
      if (current && repeated(*current)) return {current->version, true};
      const int64_t version = current ? current->version + 1 : 0;
      if (try_version(version, current)) return {version, false};
      current = load_snapshot({request_.folder, std::nullopt, std::nullopt, current, request_.parquet});
      if (!current) throw Error("TM4340", fmt::format("the table {} went away while it was written to", table_name(request_.folder)));
      require_compatible(*current);
    }
    throw Error("TM4340", fmt::format("others commit to {} faster than this program gets a turn", table_name(request_.folder)));
  }

 private:
  bool repeated(const Snapshot& current) const {
    if (request_.transactions.empty()) return false;
    return std::all_of(request_.transactions.begin(), request_.transactions.end(), [&](const auto& wanted) {
      const auto found = current.transactions.find(wanted.first);
      return found != current.transactions.end() && found->second >= wanted.second;
    });
  }

  bool try_version(int64_t version, const SnapshotPtr& current) {
    const std::string text = entry_text(version, current);
    crash_point("lake.commit.before_link");
    if (!create_file_exclusive(log_entry_path(request_.folder, version), text)) return false;
    crash_point("lake.commit.linked");
    help_readers(version, current);
    return true;
  }

  std::string entry_text(int64_t version, const SnapshotPtr& current) const {
    const int64_t now = std::max(to_epoch_ms(wall_now()), current ? current->timestamp_ms + 1 : 0);
    Json info{{"timestamp", now},
              {"operation", request_.operation},
              {"operationParameters", request_.operation_parameters},
              {"isBlindAppend", request_.scope == ReadScope::kNothing},
              {"isolationLevel", "Serializable"},
              {"operationMetrics", request_.operation_metrics},
              {"engineInfo", kEngine},
              {"txnId", random_uuid()},
              {"tidemark", request_.own}};
    if (request_.base) info["readVersion"] = request_.base->version;
    std::string out = dump_json(Json{{"commitInfo", info}}) + "\n";
    const auto add = [&out](const char* kind, const Json& body) { out += dump_json(Json{{kind, body}}) + "\n"; };
    if (const std::optional<Protocol> protocol = new_protocol(current)) add("protocol", to_json(*protocol));
    if (request_.metadata) add("metaData", to_json(*request_.metadata));
    for (const auto& [app, txn] : request_.transactions) add("txn", Json{{"appId", app}, {"version", txn}, {"lastUpdated", now}});
    for (const std::string& path : request_.removes) {
      const auto found = current ? current->files.find(path) : std::map<std::string, AddFile>::const_iterator{};
      if (!current || found == current->files.end())
        throw Error("TM9020", fmt::format("'{}' is to be removed from {} and is not in it", path, table_name(request_.folder)));
      add("remove", to_json(RemoveFile{path, found->second.partition, found->second.size, now, request_.data_change}));
    }
    for (AddFile file : request_.adds) {
      file.data_change = request_.data_change;
      if (file.modified_ms == 0) file.modified_ms = now;
      add("add", to_json(file));
    }
    (void)version;
    return out;
  }

  std::optional<Protocol> new_protocol(const SnapshotPtr& current) const {
    if (!request_.metadata) return std::nullopt;
    const Protocol needed = protocol_for(request_.metadata->schema);
    if (!current) return needed;
    if (needed.min_reader <= current->protocol.min_reader && needed.min_writer <= current->protocol.min_writer) {
      Protocol merged = current->protocol;
      bool grown = false;
      for (const std::string& feature : needed.reader_features) {
        if (std::find(merged.reader_features.begin(), merged.reader_features.end(), feature) == merged.reader_features.end()) {
          merged.reader_features.push_back(feature);
          grown = true;
        }
        if (std::find(merged.writer_features.begin(), merged.writer_features.end(), feature) == merged.writer_features.end()) {
          merged.writer_features.push_back(feature);
          grown = true;
        }
      }
      return grown ? std::optional(merged) : std::nullopt;
    }
    Protocol raised = needed;
    // Features that older writer versions imply must be named once features are listed.
    for (const char* implied : {"appendOnly", "invariants"}) raised.writer_features.emplace_back(implied);
    return raised;
  }

  // Whether the change still means the same after what others have committed since `base`.
  void require_compatible(const Snapshot& current) const {
    if (!request_.base) throw conflict(current, "the table was made by somebody else meanwhile");
    for (const CommitSummary& commit : current.commits) {
      if (commit.version <= request_.base->version || !commit.changes_data) continue;
      if (request_.scope == ReadScope::kWholeTable) throw conflict(current, "the table changed meanwhile");
    }
    if (schema_text(current.metadata.schema) != schema_text(request_.base->metadata.schema) || current.metadata.id != request_.base->metadata.id)
      throw conflict(current, "the table's schema changed meanwhile");
    if (request_.metadata && schema_text(request_.metadata->schema) != schema_text(current.metadata.schema) && current.version != request_.base->version) {
      throw conflict(current, "the table changed while its schema was to change");
    }
    if (request_.scope != ReadScope::kFiles) return;
    for (const std::string& path : request_.removes) {
      if (!current.files.contains(path)) throw conflict(current, "a file that is rewritten here is gone");
    }
    if (request_.allow_concurrent_appends) return;
    for (const auto& [path, file] : current.files) {
      if (!request_.base->files.contains(path)) throw conflict(current, "rows were added meanwhile");
    }
  }

  Error conflict(const Snapshot& current, const std::string& why) const {
    std::string who;
    for (const CommitSummary& commit : current.commits) {
      if (commit.version > (request_.base ? request_.base->version : -1)) who += (who.empty() ? "" : ", ") + describe(commit);
    }
    Error error("TM4340", fmt::format("cannot commit to {}: {}: {}", table_name(request_.folder), why, who));
    error.hint("nothing was published; run again");
    return error;
  }

  void help_readers(int64_t version, const SnapshotPtr& current) const {
    if (request_.checkpoint_interval <= 0 || version == 0 || version % request_.checkpoint_interval != 0) return;
    try {
      const SnapshotPtr now = load_snapshot({request_.folder, version, std::nullopt, current, request_.parquet});
      if (request_.parquet != nullptr) {
        write_checkpoint(*now, *request_.parquet, kTombstoneRetentionMs);
      } else {
        write_saved_snapshot(*now);
      }
    } catch (const std::exception&) {
      // The commit stands; a later one writes the checkpoint.
    }
  }

  const CommitRequest& request_;
};

}  // namespace

Protocol protocol_for(const Schema& schema) {
  if (uses_timestamp_ntz(schema)) return {3, 7, {"timestampNtz"}, {"timestampNtz"}};
  return {1, 2, {}, {}};
}

CommitResult commit(const CommitRequest& request) {
  if (request.base) require_writable(*request.base);
  if (!request.base && !request.metadata) throw Error("TM9021", "a new table needs a schema");
  return Attempt(request).run();
}

}  // namespace tidemark::lake
