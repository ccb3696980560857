#include "ledger/ledger.h"

#include <algorithm>

#include <fmt/format.h>

#include "adapter/adapter.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"
#include "ledger/ledger_json.h"

namespace tidemark::ledger {

namespace {

// A chain is folded into one file where it has this many links, or where its changes weigh a third of its base.
constexpr size_t kLongestChain = 12;

std::string safe_name(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string read_checked(const fs::path& folder, const LedgerReference& reference) {
  const fs::path path = folder / reference.name;
  if (!stat_file(path)) throw Error("TM5201", fmt::format("the ledger file '{}' is missing", path.string()));
  std::string bytes = read_file(path);
  if (xxh128_hex(bytes) != reference.hash)
    throw Error("TM5202", fmt::format("the ledger file '{}' is not the one that the table's commit refers to", path.string()));
  return bytes;
}

Json parse_checked(const fs::path& folder, const LedgerReference& reference) { return parse_json(read_checked(folder, reference), reference.name, "TM5203"); }

}  // namespace

const LedgerSource* Ledger::find_source(const std::string& key) const {
  const auto found = std::find_if(sources.begin(), sources.end(), [&](const LedgerSource& source) { return source.key == key; });
  return found == sources.end() ? nullptr : &*found;
}

int Ledger::find_column(const std::string& name) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (equals_ignore_case(columns[i].name, name)) return static_cast<int>(i);
  }
  return -1;
}

Json LedgerReference::to_json() const { return Json{{"file", name}, {"xxh128", hash}}; }

std::optional<LedgerReference> LedgerReference::from_json(const Json& commit) {
  const auto found = commit.find("ledger");
  if (found == commit.end() || !found->is_object()) return std::nullopt;
  LedgerReference out{found->value("file", ""), found->value("xxh128", "")};
  return out.name.empty() ? std::nullopt : std::optional(out);
}

Ledger LedgerStore::load(const LedgerReference& reference) const {
  std::vector<Json> links;
  LedgerReference at = reference;
  while (true) {
    links.push_back(parse_checked(folder_, at));
    const auto base = base_of(links.back());
    if (!base) break;
    if (links.size() > 10 * kLongestChain) throw Error("TM5203", fmt::format("the ledger '{}' refers to itself", reference.name));
    at = *base;
  }
  Ledger out = ledger_from_json(links.back());
  links.pop_back();
  for (; !links.empty(); links.pop_back()) apply_changes(links.back(), out);
  return out;
}

std::vector<std::string> LedgerStore::chain(const LedgerReference& reference) const {
  std::vector<std::string> out;
  LedgerReference at = reference;
  while (out.size() <= 10 * kLongestChain) {
    out.push_back(at.name);
    const auto base = base_of(parse_checked(folder_, at));
    if (!base) return out;
    at = *base;
  }
  throw Error("TM5203", fmt::format("the ledger '{}' refers to itself", reference.name));
}

LedgerReference LedgerStore::write(const std::string& table, const Ledger& next, const std::optional<LedgerReference>& previous) const {
  std::string text;
  if (previous) {
    const std::vector<std::string> links = chain(*previous);
    if (links.size() < kLongestChain) {
      const auto changes = changes_to_json(load(*previous), *previous, next);
      if (changes) text = dump_json(*changes);
      uint64_t grown = text.size();
      for (size_t i = 0; i + 1 < links.size(); ++i) grown += stat_file(folder_ / links[i])->size;
      if (grown > stat_file(folder_ / links.back())->size / 3) text.clear();
    }
  }
  if (text.empty()) text = dump_json(ledger_to_json(next));
  const LedgerReference out{safe_name(table) + "/" + random_uuid() + ".json", xxh128_hex(text)};
  const fs::path path = folder_ / out.name;
  make_directories(path.parent_path());
  crash_point("ledger_before_write");
  write_file_durable(path, text);
  crash_point("ledger_after_write");
  return out;
}

LoadedLedger load_ledger(const LedgerStore& store, const std::optional<TableState>& state) {
  LoadedLedger out;
  if (!state) {
    out.distrust = make_reason("first_build");
    return out;
  }
  if (state->foreign_since_own) {
    out.distrust = make_reason("foreign_commit", fmt::format("version {}", state->version));
    return out;
  }
  out.reference = state->own ? LedgerReference::from_json(*state->own) : std::nullopt;
  if (!out.reference) {
    out.distrust = make_reason("no_ledger");
    return out;
  }
  try {
    out.ledger = store.load(*out.reference);
  } catch (const Error& fault) {
    out.reference.reset();
    out.distrust = make_reason(fault.code() == "TM5201" ? "ledger_missing" : "ledger_damaged", fault.message());
  }
  return out;
}

void remember_ledger(const Ledger& ledger, Observation& observation) {
  for (const LedgerSource& source : ledger.sources) {
    std::vector<FileColumns> schemas;
    for (const auto& schema : source.schemas) schemas.push_back(std::make_shared<const std::vector<ColumnType>>(schema));
    // Kinds in the order of their files, as the observation finds them.
    std::vector<FileColumns> kinds;
    for (const auto& [path, file] : source.files) {
      const bool known = file.schema >= 0 && static_cast<size_t>(file.schema) < schemas.size();
      const FileColumns columns = known ? schemas[static_cast<size_t>(file.schema)] : nullptr;
      if (known && std::find(kinds.begin(), kinds.end(), columns) == kinds.end()) kinds.push_back(columns);
      if (!file.file.racy) observation.remember(file.file, {file.hash, columns});
    }
    if (kinds.size() > 1) observation.remember_bound(kinds, source.bound);
  }
}

}  // namespace tidemark::ledger
