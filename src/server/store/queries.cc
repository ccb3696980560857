#include "base/clock.h"
#include "base/strings.h"
#include "server/store/store.h"

namespace tidemark::server {

namespace {

constexpr const char* kColumns =
    "SELECT q.id, q.name, q.sql, q.tags, q.chart, q.shared, q.owner, u.email, q.updated_at FROM queries q JOIN users u ON u.id = q.owner ";
constexpr int64_t kHistoryOfUser = 10'000;

SavedQuery query_of(const Record& r) {
  return {r.integer(0), r.text(1), r.text(2), Json::parse(r.text(3), nullptr, false), Json::parse(r.text(4), nullptr, false), r.text(5),
          r.integer(6), r.text(7), r.text(8)};
}

// For LIKE … ESCAPE '\'.
std::string containing(const std::string& text) { return "%" + replace_all(replace_all(replace_all(text, "\\", "\\\\"), "%", "\\%"), "_", "\\_") + "%"; }

}  // namespace

int64_t Store::add_query(const SavedQuery& query) {
  return database_
      .first("INSERT INTO queries (name, sql, tags, chart, shared, owner, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
             {query.name, query.sql, dump_json(query.tags), dump_json(query.chart), query.shared, query.owner, format_iso_utc(wall_now())})
      ->integer(0);
}

void Store::set_query(const SavedQuery& query) {
  database_.execute("UPDATE queries SET name = ?, sql = ?, tags = ?, chart = ?, shared = ?, updated_at = ? WHERE id = ?",
                    {query.name, query.sql, dump_json(query.tags), dump_json(query.chart), query.shared, format_iso_utc(wall_now()), query.id});
}

void Store::drop_query(int64_t id) { database_.execute("DELETE FROM queries WHERE id = ?", {id}); }

std::optional<SavedQuery> Store::query(int64_t id) {
  const auto record = database_.first(std::string(kColumns) + "WHERE q.id = ?", {id});
  return record ? std::optional(query_of(*record)) : std::nullopt;
}

std::vector<SavedQuery> Store::queries(int64_t user, const std::string& search, const std::string& tag) {
  std::vector<SavedQuery> out;
  const std::string pattern = containing(search);
  for (const Record& record : database_.query(
           std::string(kColumns) +
               "WHERE (q.owner = ? OR q.shared <> 'private') AND (q.name LIKE ? ESCAPE '\\' OR q.sql LIKE ? ESCAPE '\\' OR q.tags LIKE ? ESCAPE '\\') "
               "ORDER BY q.updated_at DESC LIMIT 1000",
           {user, pattern, pattern, pattern})) {
    SavedQuery query = query_of(record);
    if (!tag.empty() && std::find(query.tags.begin(), query.tags.end(), Json(tag)) == query.tags.end()) continue;
    out.push_back(std::move(query));
  }
  return out;
}

void Store::add_history(const HistoryEntry& entry) {
  database_.execute("INSERT OR REPLACE INTO history (id, user, sql, state, started_at, elapsed_ms, row_count, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    {entry.id, entry.user, entry.sql, entry.state, entry.started_at, entry.elapsed_ms, entry.row_count, entry.error});
}

void Store::end_history(const HistoryEntry& entry) {
  add_history(entry);
  database_.execute(
      "DELETE FROM history WHERE user = ? AND started_at < (SELECT min(started_at) FROM (SELECT started_at FROM history WHERE user = ? ORDER BY started_at "
      "DESC LIMIT ?))",
      {entry.user, entry.user, kHistoryOfUser});
}

std::vector<HistoryEntry> Store::history(int64_t user, const std::string& search, int64_t limit) {
  std::vector<HistoryEntry> out;
  for (const Record& r :
       database_.query("SELECT id, user, sql, state, started_at, elapsed_ms, row_count, error FROM history WHERE user = ? AND sql LIKE ? ESCAPE '\\' "
                       "ORDER BY started_at DESC LIMIT ?",
                       {user, containing(search), limit}))
    out.push_back({r.text(0), r.integer(1), r.text(2), r.text(3), r.text(4), r.integer(5), r.integer(6), r.text(7)});
  return out;
}

void Store::close_history() {
  database_.execute("UPDATE history SET state = 'failed', error = 'the server ended while it ran' WHERE state IN ('running', 'queued')");
}

}  // namespace tidemark::server
