#include "ledger/ledger_json.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/json.h"

namespace tidemark::ledger {

namespace {

constexpr int kFormat = 1;

Json columns_json(const std::vector<ColumnType>& columns) {
  Json out = Json::array();
  for (const ColumnType& column : columns) out.push_back(Json::array({column.name, column.type}));
  return out;
}

std::vector<ColumnType> columns_from(const Json& list) {
  std::vector<ColumnType> out;
  for (const Json& pair : list) out.push_back({pair.at(0), pair.at(1)});
  return out;
}

// Arrays are spelled out: a braced list of two strings would be read as an object.
Json reason_json(const Reason& reason) { return Json::array({reason.code, reason.detail}); }
Reason reason_from(const Json& pair) { return {pair.at(0), pair.at(1)}; }

std::string rows_text(const PartitionRows& rows) {
  std::string out;
  char digits[48];
  for (const auto& [index, count] : rows) {
    char* end = std::to_chars(digits, digits + 20, index).ptr;
    *end++ = ' ';
    end = std::to_chars(end, digits + sizeof digits, count).ptr;
    if (!out.empty()) out += ' ';
    out.append(digits, end);
  }
  return out;
}

template <class Number>
const char* read_number(const char* at, const char* end, Number& out) {
  while (at != end && *at == ' ') ++at;
  const auto [next, fault] = std::from_chars(at, end, out);
  if (fault != std::errc()) throw Error("TM5203", "this is no ledger: partitions are not pairs of numbers");
  return next;
}

PartitionRows rows_from(const std::string& text) {
  PartitionRows out;
  const char *at = text.data(), *end = text.data() + text.size();
  while (at != end) {
    std::pair<uint32_t, int64_t>& pair = out.emplace_back();
    at = read_number(at, end, pair.first);
    at = read_number(at, end, pair.second);
  }
  return out;
}

// An array, not an object by path: objects here keep their order, and look every new member up among all others.
// [path, device, inode, size, mtime, ctime, racy, hash, schema, contribution, [partitions a column]]
// Partitions are one text, "index rows index rows …": there may be millions of these numbers, too many for a document.
Json file_json(const LedgerFile& file) {
  Json partitions = Json::array();
  for (const PartitionRows& rows : file.partitions) partitions.push_back(rows_text(rows));
  const FileStat& stat = file.file.stat;
  return Json::array({file.file.path, stat.device, stat.inode, stat.size, stat.mtime_ns, stat.ctime_ns, file.file.racy ? 1 : 0, file.hash, file.schema,
                      file.contribution, std::move(partitions)});
}

LedgerFile file_from(const Json& row) {
  LedgerFile out;
  out.file.path = row.at(0);
  out.file.stat.device = row.at(1);
  out.file.stat.inode = row.at(2);
  out.file.stat.size = row.at(3);
  out.file.stat.mtime_ns = row.at(4);
  out.file.stat.ctime_ns = row.at(5);
  out.file.racy = row.at(6).get<int>() != 0;
  out.hash = row.at(7);
  out.schema = row.at(8);
  out.contribution = row.at(9);
  for (const Json& text : row.at(10)) out.partitions.push_back(rows_from(text.get_ref<const std::string&>()));
  return out;
}

// All of it but the files and the partition values.
Json head_json(const Ledger& ledger) {
  Json tables = Json::array();
  for (const LedgerTable& table : ledger.tables) tables.push_back(Json::array({table.name, table.version, table.committed_at_ms}));
  Json views = Json::array();
  for (const LedgerView& view : ledger.views) views.push_back(Json::array({view.name, view.hash}));
  const LedgerContribution& c = ledger.contribution;
  return Json{{"format", kFormat},         {"model", ledger.model},       {"engine", ledger.engine},
              {"code", ledger.code_hash},  {"shape", ledger.shape_hash},  {"unknown_inputs", reason_json(ledger.unknown_inputs)},
              {"views", std::move(views)}, {"tables", std::move(tables)}, {"contribution", Json::array({c.relation, c.generation, c.version, c.key})}};
}

void read_head(const Json& document, Ledger& out) {
  out.model = document.at("model");
  out.engine = document.at("engine");
  out.code_hash = document.at("code");
  out.shape_hash = document.at("shape");
  out.unknown_inputs = reason_from(document.at("unknown_inputs"));
  out.views.clear();
  for (const Json& view : document.at("views")) out.views.push_back({view.at(0).get<std::vector<std::string>>(), view.at(1)});
  out.tables.clear();
  for (const Json& table : document.at("tables")) out.tables.push_back({table.at(0).get<std::vector<std::string>>(), table.at(1), table.at(2)});
  const Json& c = document.at("contribution");
  out.contribution = {c.at(0), c.at(1), c.at(2), c.at(3)};
}

Json source_json(const LedgerSource& source) {
  Json schemas = Json::array();
  for (const auto& schema : source.schemas) schemas.push_back(columns_json(schema));
  Json untraced = Json::array();
  for (const Reason& reason : source.untraced) untraced.push_back(reason_json(reason));
  return Json{{"key", source.key},
              {"patterns", source.patterns},
              {"bound", columns_json(source.bound)},
              {"schemas", std::move(schemas)},
              {"untraced", std::move(untraced)}};
}

void read_source(const Json& document, LedgerSource& out) {
  out.key = document.at("key");
  out.patterns = document.at("patterns").get<std::vector<std::string>>();
  out.bound = columns_from(document.at("bound"));
  out.schemas.clear();
  for (const Json& schema : document.at("schemas")) out.schemas.push_back(columns_from(schema));
  out.untraced.clear();
  for (const Json& reason : document.at("untraced")) out.untraced.push_back(reason_from(reason));
}

bool same_file(const LedgerFile& a, const LedgerFile& b) {
  return a.file == b.file && a.hash == b.hash && a.schema == b.schema && a.contribution == b.contribution && a.partitions == b.partitions;
}

bool starts_with(const std::vector<std::string>& values, const std::vector<std::string>& start) {
  return values.size() >= start.size() && std::equal(start.begin(), start.end(), values.begin());
}

template <class Action>
void checked(const Action& action) {
  try {
    action();
  } catch (const nlohmann::json::exception& fault) {
    throw Error("TM5203", std::string("this is no ledger: ") + fault.what());
  }
}

}  // namespace

Json ledger_to_json(const Ledger& ledger) {
  Json out = head_json(ledger);
  Json columns = Json::array();
  for (const PartitionColumn& column : ledger.columns) columns.push_back(Json{{"name", column.name}, {"type", column.type}, {"values", column.values}});
  out["columns"] = std::move(columns);
  Json sources = Json::array();
  for (const LedgerSource& source : ledger.sources) {
    Json entry = source_json(source);
    Json files = Json::array();
    for (const auto& [path, file] : source.files) files.push_back(file_json(file));
    entry["files"] = std::move(files);
    sources.push_back(std::move(entry));
  }
  out["sources"] = std::move(sources);
  return out;
}

Ledger ledger_from_json(const Json& document) {
  Ledger out;
  checked([&] {
    if (document.at("format") != kFormat) throw Error("TM5203", "a ledger of another format");
    read_head(document, out);
    for (const Json& column : document.at("columns"))
      out.columns.push_back({column.at("name"), column.at("type"), column.at("values").get<std::vector<std::string>>()});
    for (const Json& entry : document.at("sources")) {
      LedgerSource source;
      read_source(entry, source);
      for (const Json& row : entry.at("files")) {
        LedgerFile file = file_from(row);
        source.files.emplace_hint(source.files.end(), file.file.path, std::move(file));
      }
      out.sources.push_back(std::move(source));
    }
  });
  return out;
}

std::optional<LedgerReference> base_of(const Json& document) {
  const auto found = document.find("base");
  if (found == document.end()) return std::nullopt;
  return LedgerReference{found->value("file", ""), found->value("xxh128", "")};
}

std::optional<Json> changes_to_json(const Ledger& base, const LedgerReference& reference, const Ledger& next) {
  if (base.columns.size() != next.columns.size() || base.sources.size() != next.sources.size()) return std::nullopt;
  Json out = head_json(next);
  out["base"] = reference.to_json();
  Json columns = Json::array();
  for (size_t i = 0; i < next.columns.size(); ++i) {
    const PartitionColumn &from = base.columns[i], &to = next.columns[i];
    if (from.name != to.name || from.type != to.type || !starts_with(to.values, from.values)) return std::nullopt;
    columns.push_back(Json{{"more", std::vector<std::string>(to.values.begin() + static_cast<std::ptrdiff_t>(from.values.size()), to.values.end())}});
  }
  out["columns"] = std::move(columns);
  Json sources = Json::array();
  for (size_t i = 0; i < next.sources.size(); ++i) {
    const LedgerSource &from = base.sources[i], &to = next.sources[i];
    if (from.key != to.key) return std::nullopt;
    Json entry = source_json(to);
    Json files = Json::array();
    Json gone = Json::array();
    for (const auto& [path, file] : to.files) {
      const auto known = from.files.find(path);
      if (known == from.files.end() || !same_file(known->second, file)) files.push_back(file_json(file));
    }
    for (const auto& [path, file] : from.files) {
      if (!to.files.contains(path)) gone.push_back(path);
    }
    entry["files"] = std::move(files);
    entry["gone"] = std::move(gone);
    sources.push_back(std::move(entry));
  }
  out["sources"] = std::move(sources);
  return out;
}

void apply_changes(const Json& changes, Ledger& ledger) {
  checked([&] {
    if (changes.at("format") != kFormat) throw Error("TM5203", "a ledger of another format");
    read_head(changes, ledger);
    for (size_t i = 0; i < ledger.columns.size(); ++i) {
      for (const Json& value : changes.at("columns").at(i).at("more")) ledger.columns[i].values.push_back(value);
    }
    for (size_t i = 0; i < ledger.sources.size(); ++i) {
      const Json& entry = changes.at("sources").at(i);
      LedgerSource& source = ledger.sources[i];
      read_source(entry, source);
      for (const Json& path : entry.at("gone")) source.files.erase(path.get<std::string>());
      for (const Json& row : entry.at("files")) source.files[row.at(0).get<std::string>()] = file_from(row);
    }
  });
}

}  // namespace tidemark::ledger
