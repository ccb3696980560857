#include "lake/log_reader.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::lake {

namespace {

const std::set<std::string>& readable_features() {
  static const std::set<std::string> kFeatures{"timestampNtz",   "appendOnly",        "invariants", "checkConstraints",
                                               "domainMetadata", "inCommitTimestamp", "clustering", "vacuumProtocolCheck"};
  return kFeatures;
}

const std::set<std::string>& writable_features() {
  static const std::set<std::string> kFeatures{"timestampNtz", "appendOnly", "invariants", "domainMetadata", "vacuumProtocolCheck"};
  return kFeatures;
}

std::string table_name(const std::filesystem::path& folder) { return folder.parent_path().filename().string() + "." + folder.filename().string(); }

}  // namespace

void require_readable(const Protocol& protocol, const std::string& table) {
  if (protocol.min_reader > 3) {
    throw Error("TM4330", fmt::format("the table {} needs a reader of protocol version {}; this program reads up to 3", table, protocol.min_reader))
        .hint("a newer tidemark may read it");
  }
  if (protocol.min_reader == 2) throw Error("TM4330", fmt::format("the table {} uses column mapping, which this program does not read", table));
  for (const std::string& feature : protocol.reader_features) {
    if (!readable_features().contains(feature))
      throw Error("TM4330", fmt::format("the table {} uses the feature '{}', which this program does not read", table, feature));
  }
}

void require_writable(const Snapshot& snapshot) {
  const std::string table = table_name(snapshot.folder);
  if (snapshot.protocol.min_writer > 7 || (snapshot.protocol.min_writer > 2 && snapshot.protocol.min_writer < 7)) {
    throw Error("TM4331", fmt::format("the table {} needs a writer of protocol version {}, which this program is not", table, snapshot.protocol.min_writer));
  }
  for (const std::string& feature : snapshot.protocol.writer_features) {
    if (!writable_features().contains(feature))
      throw Error("TM4331", fmt::format("the table {} uses the feature '{}', which this program does not write", table, feature));
  }
  const auto append_only = snapshot.metadata.configuration.find("delta.appendOnly");
  if (append_only != snapshot.metadata.configuration.end() && append_only->second == "true")
    throw Error("TM4331", fmt::format("the table {} is append-only (delta.appendOnly)", table));
}

void LogReplay::apply(const Json& action, CommitSummary& commit) {
  if (!action.is_object() || action.empty()) return;
  const std::string& kind = action.begin().key();
  const Json& body = action.begin().value();
  if (!body.is_object()) return;
  if (kind == "add") {
    AddFile add = add_from(body);
    if (add.path.empty()) throw Error("TM4320", fmt::format("the log of {} is damaged: an add action without a path", table_name(snapshot_.folder)));
    commit.changes_data = true;
    commit.changes_rows = commit.changes_rows || add.data_change;
    snapshot_.tombstones.erase(add.path);
    snapshot_.files[add.path] = std::move(add);
  } else if (kind == "remove") {
    RemoveFile remove = remove_from(body);
    commit.changes_data = true;
    commit.changes_rows = commit.changes_rows || remove.data_change;
    snapshot_.files.erase(remove.path);
    snapshot_.tombstones[remove.path] = std::move(remove);
  } else if (kind == "metaData") {
    commit.changes_data = true;
    commit.changes_rows = true;
    snapshot_.metadata = metadata_from(body, table_name(snapshot_.folder));
  } else if (kind == "protocol") {
    snapshot_.protocol = protocol_from(body);
    require_readable(snapshot_.protocol, table_name(snapshot_.folder));
  } else if (kind == "txn") {
    if (body.contains("appId") && body["appId"].is_string()) snapshot_.transactions[body["appId"].get<std::string>()] = body.value("version", int64_t{0});
  } else if (kind == "domainMetadata") {
    if (!body.contains("domain") || !body["domain"].is_string()) return;
    if (body.value("removed", false)) {
      snapshot_.domains.erase(body["domain"].get<std::string>());
    } else {
      snapshot_.domains[body["domain"].get<std::string>()] = body;
    }
  } else if (kind == "commitInfo") {
    if (body.contains("timestamp") && body["timestamp"].is_number_integer()) commit.timestamp_ms = body["timestamp"].get<int64_t>();
    commit.operation = body.contains("operation") && body["operation"].is_string() ? body["operation"].get<std::string>() : "";
    commit.engine = body.contains("engineInfo") && body["engineInfo"].is_string() ? body["engineInfo"].get<std::string>() : "";
    if (body.contains("readVersion") && body["readVersion"].is_number_integer()) commit.read_version = body["readVersion"].get<int64_t>();
    if (body.contains("tidemark") && body["tidemark"].is_object()) commit.own = body["tidemark"];
  }
}

void LogReplay::apply_entry(int64_t version, const std::string& text, int64_t file_ms) {
  CommitSummary commit;
  commit.version = version;
  commit.timestamp_ms = file_ms;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trim(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
    if (line.empty()) continue;
    Json action;
    try {
      action = Json::parse(line);
    } catch (const Json::exception&) {
      throw Error("TM4320", fmt::format("the log entry {} of {} is damaged", version, table_name(snapshot_.folder)))
          .hint("restore it from a backup, or drop the table and run again");
    }
    apply(action, commit);
  }
  // Commit times are monotonic for readers, whatever clocks wrote.
  commit.timestamp_ms = std::max(commit.timestamp_ms, snapshot_.version < 0 ? commit.timestamp_ms : snapshot_.timestamp_ms);
  if (commit.own) {
    snapshot_.own = commit.own;
    snapshot_.own_version = version;
    // a blind append may follow commits that its writer has not seen
    const int64_t known = commit.read_version < 0 ? version - 1 : commit.read_version;
    snapshot_.foreign_since_own = snapshot_.foreign_version > known;
  } else if (commit.changes_data) {
    snapshot_.foreign_version = version;
    snapshot_.foreign_since_own = true;
  }
  if (commit.changes_rows) {
    snapshot_.data_version = version;
    snapshot_.data_timestamp_ms = commit.timestamp_ms;
  }
  snapshot_.version = version;
  snapshot_.timestamp_ms = commit.timestamp_ms;
  snapshot_.commits.push_back(std::move(commit));
}

void LogReplay::apply_checkpoint_action(const Json& action) {
  CommitSummary ignored;
  apply(action, ignored);
}

}  // namespace tidemark::lake
