#include "server/pipeline/holdings.h"

#include <algorithm>

#include "base/file_system.h"
#include "base/strings.h"
#include "ledger/ledger.h"
#include "resolve/external_source.h"

namespace tidemark::server {

namespace {

constexpr size_t kVersionsLookedAt = 50;

std::string text_of(const Json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string time_text(int64_t ms) { return format_iso_utc(WallTime(std::chrono::milliseconds(ms))); }

std::optional<ledger::Ledger> ledger_of(const ledger::LedgerStore& store, const std::optional<Json>& own) {
  if (!own) return std::nullopt;
  const auto reference = ledger::LedgerReference::from_json(*own);
  if (!reference) return std::nullopt;
  try {
    return store.load(*reference);
  } catch (const Error&) {
    return std::nullopt;  // removed with old versions, or damaged: it says nothing
  }
}

// The column that the model's partitions are of.
int partition_column(const ledger::Ledger& ledger, const Node& node) {
  for (const std::string& name : node.config.list("partition_by")) {
    if (const int found = ledger.find_column(name); found >= 0) return found;
  }
  return ledger.columns.empty() ? -1 : 0;
}

struct FileRows {
  std::string path, hash;
  int64_t rows;
  bool operator==(const FileRows& other) const { return path == other.path && hash == other.hash && rows == other.rows; }
};
using Contents = std::map<std::string, std::vector<FileRows>>;  // by partition value

Contents contents_of(const ledger::Ledger& ledger, int column) {
  Contents out;
  const auto at = static_cast<size_t>(column);
  for (const ledger::LedgerSource& source : ledger.sources) {
    for (const auto& [path, file] : source.files) {
      if (at >= file.partitions.size()) continue;
      for (const auto& [index, rows] : file.partitions[at]) out[ledger.columns[at].values.at(index)].push_back({path, file.hash, rows});
    }
  }
  return out;
}

HeldPartition held(const std::vector<FileRows>& files) {
  HeldPartition out{.rows = 0};
  for (const FileRows& file : files) {
    out.files.push_back(file.path);
    out.rows = file.rows < 0 || out.rows < 0 ? -1 : out.rows + file.rows;
  }
  std::sort(out.files.begin(), out.files.end());
  return out;
}

// Walks back through the commits: each partition belongs to the oldest one since which its files are the same.
void date_partitions(const ledger::LedgerStore& store, const std::vector<TableCommit>& commits, const Node& node, const Contents& now,
                     PartitionHistory& history) {
  std::set<std::string> open;
  for (const auto& [value, files] : now) open.insert(value);
  for (size_t i = 0; i < commits.size() && i < kVersionsLookedAt && !open.empty(); ++i) {
    const TableCommit& commit = commits[i];
    if (commit.operation == "OPTIMIZE") continue;
    const auto ledger = ledger_of(store, commit.own);
    if (!ledger) return;
    const int column = partition_column(*ledger, node);
    if (column < 0) return;
    const Contents then = contents_of(*ledger, column);
    std::erase_if(open, [&](const std::string& value) {
      const auto found = then.find(value);
      if (found == then.end() || !(found->second == now.at(value))) return true;
      HeldPartition& partition = history.partitions.at(value);
      partition.version = commit.version;
      partition.at = time_text(commit.committed_at_ms);
      partition.why = text_of(*commit.own, "reason");
      return false;
    });
  }
}

bool has_ledger(const Node& node) {
  return node.is_refable() && !node.is_ephemeral() && node.type != ResourceType::kSeed &&
         !(node.type == ResourceType::kModel && node.config.materialized() == "view");
}

struct FileEntry {
  std::set<std::string> sources;
  uint64_t size = 0;
  int64_t mtime_ns = 0;
  bool is_there = false;
  bool is_changed = false;
  std::string fingerprint;
  int64_t rows = -1;
  Json held_by = Json::array();
};

int64_t rows_in(const ledger::LedgerFile& file) {
  if (file.partitions.empty()) return -1;
  int64_t rows = 0;
  for (const auto& [index, count] : file.partitions.front()) {
    if (count < 0) return -1;
    rows += count;
  }
  return rows;
}

void add_found(const std::string& source, const std::string& pattern, std::map<std::string, FileEntry>& files) {
  for (const std::string& path : glob_files(pattern)) {
    const auto stat = stat_file(path);
    if (!stat || stat->is_directory) continue;
    FileEntry& entry = files[path];
    entry.sources.insert(source);
    entry.size = stat->size;
    entry.mtime_ns = stat->mtime_ns;
    entry.is_there = true;
  }
}

void add_held(const ledger::Ledger& ledger, const Node& node, int64_t version, std::map<std::string, FileEntry>& files) {
  for (const ledger::LedgerSource& source : ledger.sources) {
    for (const std::string& pattern : source.patterns) add_found(join(source.patterns, ", "), pattern, files);
    for (const auto& [path, held] : source.files) {
      FileEntry& entry = files[path];
      if (entry.sources.empty()) entry.sources.insert(join(source.patterns, ", "));
      const auto stat = stat_file(path);
      if (!stat) {
        entry.size = held.file.stat.size;
        entry.mtime_ns = held.file.stat.mtime_ns;
      } else {
        entry.is_there = true;
        entry.is_changed =
            entry.is_changed || stat->size != held.file.stat.size || stat->mtime_ns != held.file.stat.mtime_ns || stat->inode != held.file.stat.inode;
      }
      if (!held.hash.empty()) entry.fingerprint = held.hash;
      if (const int64_t rows = rows_in(held); rows >= 0) entry.rows = rows;
      entry.held_by.push_back({{"unique_id", node.unique_id}, {"name", node.name}, {"version", version}});
    }
  }
}

std::string state_of(const FileEntry& entry) {
  if (!entry.is_there) return "gone";
  if (entry.held_by.empty()) return "new";
  return entry.is_changed ? "changed" : "held";
}

}  // namespace

Json version_json(const TableCommit& commit) {
  const Json own = commit.own.value_or(Json::object());
  const std::string how = !commit.own                      ? "by " + (commit.engine.empty() ? std::string("another writer") : commit.engine)
                          : commit.operation == "OPTIMIZE" ? "compacted"
                                                           : text_of(own, "strategy");
  const std::string why = commit.operation == "OPTIMIZE" ? std::string() : text_of(own, "reason");
  return Json{{"version", commit.version},
              {"at", time_text(commit.committed_at_ms)},
              {"operation", commit.operation},
              {"how", how},
              {"why", why.empty() ? Json() : Json(why)},
              {"rows", commit.rows_added < 0 ? Json() : Json(commit.rows_added)},
              {"files_added", commit.files_added},
              {"files_removed", commit.files_removed},
              {"run", own.contains("invocation") ? own["invocation"] : Json()}};
}

PartitionHistory partition_history(const LoadedProject& project, const Node& node) {
  PartitionHistory out;
  const std::unique_ptr<Session> session = project.warehouse->adapter->open_session("partitions");
  const std::vector<TableCommit> commits = session->history(node.relation(), static_cast<int64_t>(kVersionsLookedAt));
  const auto newest = std::find_if(commits.begin(), commits.end(), [](const TableCommit& commit) { return commit.own.has_value(); });
  if (newest == commits.end()) {
    out.reason = "it has not been built yet";
    return out;
  }
  const auto ledger = ledger_of(*project.warehouse->ledgers, newest->own);
  const int column = ledger ? partition_column(*ledger, node) : -1;
  if (column < 0) {
    out.reason = "it is not computed by partitions of source files";
    return out;
  }
  out.column = ledger->columns[static_cast<size_t>(column)].name;
  out.type = ledger->columns[static_cast<size_t>(column)].type;
  const Contents now = contents_of(*ledger, column);
  for (const auto& [value, files] : now) out.partitions[value] = held(files);
  date_partitions(*project.warehouse->ledgers, commits, node, now, out);
  return out;
}

Json files_json(const LoadedProject& project) {
  std::map<std::string, FileEntry> files;
  for (const auto& [id, source] : project.open.manifest().sources) {
    try {
      const auto external = resolve::external_files(*source);
      if (external && !external->glob.empty()) add_found(source->source_name + "." + source->name, external->glob, files);
    } catch (const Error&) {
      // Told where the source is used.
    }
  }
  const std::unique_ptr<Session> session = project.warehouse->adapter->open_session("files");
  for (const auto& [id, node] : project.open.manifest().nodes) {
    if (!has_ledger(*node)) continue;
    const auto state = session->state(node->relation());
    if (!state) continue;
    if (const auto ledger = ledger_of(*project.warehouse->ledgers, state->own)) add_held(*ledger, *node, state->own_version, files);
  }
  Json out = Json::array();
  for (const auto& [path, entry] : files) {
    // A declared source says more than its patterns.
    const auto named = std::find_if(entry.sources.begin(), entry.sources.end(), [](const std::string& name) { return name.find('/') == std::string::npos; });
    out.push_back({{"source", named != entry.sources.end() ? *named
                              : entry.sources.empty()      ? std::string()
                                                           : *entry.sources.begin()},
                   {"path", path},
                   {"size", entry.size},
                   {"modified_at", format_iso_utc(WallTime(Nanoseconds(entry.mtime_ns)))},
                   {"state", state_of(entry)},
                   {"fingerprint", entry.fingerprint.empty() ? Json() : Json(entry.fingerprint)},
                   {"rows", entry.rows < 0 ? Json() : Json(entry.rows)},
                   {"held_by", entry.held_by}});
  }
  return out;
}

}  // namespace tidemark::server
