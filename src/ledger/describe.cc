#include "ledger/describe.h"

#include <algorithm>

#include "base/clock.h"
#include "base/json.h"
#include "base/strings.h"

namespace tidemark::ledger {

namespace {

struct ValueCount {
  std::string value;
  int64_t rows = -1;
};

std::vector<ValueCount> values_of(const Ledger& ledger, const LedgerFile& file, size_t column) {
  std::vector<ValueCount> out;
  if (column >= file.partitions.size()) return out;
  for (const auto& [index, rows] : file.partitions[column]) out.push_back({ledger.columns[column].values.at(index), rows});
  std::sort(out.begin(), out.end(), [](const ValueCount& a, const ValueCount& b) { return a.value < b.value; });
  return out;
}

std::string modified(const LedgerFile& file) { return format_iso_utc(WallTime(Nanoseconds(file.file.stat.mtime_ns))); }

Reason untraced(const LedgerSource& source, size_t column) { return column < source.untraced.size() ? source.untraced[column] : Reason(); }

uint64_t bytes_of(const LedgerSource& source) {
  uint64_t out = 0;
  for (const auto& [path, file] : source.files) out += file.file.stat.size;
  return out;
}

Json file_json(const Ledger& ledger, const LedgerSource& source, const LedgerFile& file) {
  Json partitions = Json::object();
  for (size_t i = 0; i < ledger.columns.size(); ++i) {
    if (untraced(source, i)) continue;
    Json list = Json::array();
    for (const ValueCount& one : values_of(ledger, file, i)) list.push_back(Json{{"value", one.value}, {"rows", one.rows < 0 ? Json() : Json(one.rows)}});
    partitions[ledger.columns[i].name] = std::move(list);
  }
  return Json{{"path", file.file.path},
              {"bytes", file.file.stat.size},
              {"modified", modified(file)},
              {"xxh128", file.hash.empty() ? Json() : Json(file.hash)},
              {"partitions", std::move(partitions)}};
}

Json source_json(const Ledger& ledger, const LedgerSource& source) {
  Json columns = Json::array();
  for (const ColumnType& column : source.bound) columns.push_back(Json{{"name", column.name}, {"type", column.type}});
  Json why = Json::object();
  for (size_t i = 0; i < ledger.columns.size(); ++i) {
    if (const Reason reason = untraced(source, i)) why[ledger.columns[i].name] = reason.text();
  }
  Json entries = Json::array();
  for (const auto& [path, file] : source.files) entries.push_back(file_json(ledger, source, file));
  return Json{{"patterns", source.patterns}, {"columns", std::move(columns)}, {"files", source.files.size()},
              {"bytes", bytes_of(source)},   {"untraced", std::move(why)},    {"entries", std::move(entries)}};
}

}  // namespace

Json describe_json(const Ledger& ledger) {
  Json out{{"model", ledger.model}, {"engine", ledger.engine}};
  if (ledger.unknown_inputs) out["unknown_inputs"] = ledger.unknown_inputs.text();
  Json columns = Json::array(), sources = Json::array(), tables = Json::array(), views = Json::array();
  for (const PartitionColumn& column : ledger.columns) columns.push_back(Json{{"name", column.name}, {"type", column.type}});
  for (const LedgerSource& source : ledger.sources) sources.push_back(source_json(ledger, source));
  for (const LedgerTable& table : ledger.tables) tables.push_back(Json{{"name", join(table.name, ".")}, {"version", table.version}});
  for (const LedgerView& view : ledger.views) views.push_back(join(view.name, "."));
  out["columns"] = std::move(columns);
  out["sources"] = std::move(sources);
  out["tables"] = std::move(tables);
  out["views"] = std::move(views);
  return out;
}

int64_t rows_in(const LedgerFile& file) {
  if (file.partitions.empty()) return -1;
  int64_t rows = 0;
  for (const auto& [index, count] : file.partitions.front()) {
    if (count < 0) return -1;
    rows += count;
  }
  return rows;
}

}  // namespace tidemark::ledger
