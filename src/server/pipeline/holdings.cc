#include "server/pipeline/holdings.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/file_system.h"
#include "base/strings.h"
#include "ledger/describe.h"
#include "ledger/ledger.h"
#include "resolve/external_source.h"

namespace tidemark::server {

namespace {

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
      if (const int64_t rows = ledger::rows_in(held); rows >= 0) entry.rows = rows;
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
  const std::unique_ptr<Session> session = project.is_lake() ? project.warehouse->adapter->open_session("files") : nullptr;
  for (const auto& [id, node] : project.open.manifest().nodes) {
    if (!session || !has_ledger(*node)) continue;
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
