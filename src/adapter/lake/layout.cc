#include "adapter/lake/layout.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/strings.h"

namespace tidemark::lake_adapter {
namespace {

constexpr std::string_view kViewSuffix = ".view.json";

std::string encode(std::string_view name) {
  if (name.empty()) throw Error("TM4213", "a schema or relation needs a name");
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool hides = out.empty() && c == '.';
    if (c == '/' || c == '%' || byte < 0x20 || byte == 0x7f || hides) {
      out += fmt::format("%{:02X}", byte);
    } else {
      out += c;
    }
  }
  if (out.size() + kViewSuffix.size() > 255) throw Error("TM4213", fmt::format("the name '{}…' is too long for a file name", name.substr(0, 60)));
  return out;
}

// A table's folder never looks like a view's file.
std::string encode_table(std::string_view name) {
  std::string file = encode(name);
  if (to_lower(file).ends_with(kViewSuffix)) file.replace(file.size() - kViewSuffix.size(), 1, "%2E");
  return file;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view file) {
  std::string out;
  for (size_t i = 0; i < file.size(); ++i) {
    if (file[i] == '%' && i + 2 < file.size() && hex_digit(file[i + 1]) >= 0 && hex_digit(file[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(file[i + 1]) * 16 + hex_digit(file[i + 2]));
      i += 2;
    } else {
      out += file[i];
    }
  }
  return out;
}

bool is_hidden_schema(std::string_view schema) {
  return schema.size() >= kHiddenSchemaPrefix.size() && equals_ignore_case(schema.substr(0, kHiddenSchemaPrefix.size()), kHiddenSchemaPrefix);
}

// The entry of `folder` called `name`, ASCII case ignored; an exact match first.
fs::path entry_of(const fs::path& folder, const std::string& name) {
  fs::path exact = folder / name;
  if (stat_file(exact)) return exact;
  for (const std::string& entry : list_directory(folder)) {
    if (equals_ignore_case(entry, name)) return folder / entry;
  }
  return exact;
}

bool is_folder(const fs::path& path) {
  const auto stat = stat_file(path);
  return stat && stat->is_directory;
}

// A table is there from its first commit on.
bool is_table_folder(const fs::path& path) {
  const fs::path log = path / "_delta_log";
  if (!is_folder(log)) return false;
  if (stat_file(log / "00000000000000000000.json") || stat_file(log / "_last_checkpoint")) return true;
  return std::ranges::any_of(list_directory(log), [](const std::string& name) { return std::isdigit(static_cast<unsigned char>(name.front())); });
}

bool is_view_file(std::string_view name) { return name.size() > kViewSuffix.size() && name.ends_with(kViewSuffix) && name.front() != '.'; }

}  // namespace

fs::path internal_folder(const fs::path& warehouse) { return warehouse / "_tidemark"; }

Layout::Layout(fs::path warehouse, std::string database, std::string default_schema)
    : warehouse_(fs::absolute(warehouse).lexically_normal()), database_(std::move(database)), default_schema_(std::move(default_schema)) {
  if (!warehouse_.has_filename()) warehouse_ = warehouse_.parent_path();
  if (database_.empty()) database_ = warehouse_.filename().string();
  if (database_.empty()) throw Error("TM4213", "the warehouse needs a folder of its own, not " + warehouse_.string());
}

fs::path Layout::schema_folder(const std::string& schema) const {
  if (is_hidden_schema(schema)) return internal_folder(warehouse_) / "contributions";
  return entry_of(warehouse_, encode(schema));
}

fs::path Layout::table_folder(const std::string& schema, const std::string& identifier) const {
  return entry_of(schema_folder(schema), encode_table(identifier));
}

fs::path Layout::view_file(const std::string& schema, const std::string& identifier) const {
  return entry_of(schema_folder(schema), encode(identifier) + std::string(kViewSuffix));
}

fs::path Layout::new_table_folder(const std::string& schema, const std::string& identifier) const { return schema_folder(schema) / encode_table(identifier); }

fs::path Layout::new_view_file(const std::string& schema, const std::string& identifier) const {
  return schema_folder(schema) / (encode(identifier) + std::string(kViewSuffix));
}

fs::path Layout::staging_folder() const { return internal_folder(warehouse_) / "staged" / fmt::format("{}-{}", getpid(), random_uuid()); }

bool Layout::has_schema(const std::string& schema) const { return is_folder(schema_folder(schema)); }
bool Layout::has_table(const std::string& schema, const std::string& identifier) const { return is_table_folder(table_folder(schema, identifier)); }
bool Layout::has_view(const std::string& schema, const std::string& identifier) const { return stat_file(view_file(schema, identifier)).has_value(); }

std::optional<RelationType> Layout::type_of(const std::string& schema, const std::string& identifier) const {
  if (has_table(schema, identifier)) return RelationType::kTable;
  if (has_view(schema, identifier)) return RelationType::kView;
  return std::nullopt;
}

std::vector<std::string> Layout::schemas() const {
  std::vector<std::string> names;
  for (const std::string& entry : list_directory(warehouse_)) {
    if (entry.front() == '.' || is_hidden_schema(entry) || !is_folder(warehouse_ / entry)) continue;
    if (!is_table_folder(warehouse_ / entry)) names.push_back(decode(entry));
  }
  return names;
}

std::vector<Layout::Entry> Layout::relations(const std::string& schema) const {
  std::vector<Entry> entries;
  const fs::path folder = schema_folder(schema);
  for (const std::string& entry : list_directory(folder)) {
    if (entry.front() == '.') continue;
    if (is_view_file(entry)) {
      entries.push_back({decode(std::string_view(entry).substr(0, entry.size() - kViewSuffix.size())), RelationType::kView});
    } else if (is_table_folder(folder / entry)) {
      entries.push_back({decode(entry), RelationType::kTable});
    }
  }
  std::ranges::sort(entries, {}, &Entry::identifier);
  // a table hides the view that it has replaced
  std::erase_if(entries, [&](const Entry& e) { return e.type == RelationType::kView && has_table(schema, e.identifier); });
  return entries;
}

std::set<std::string> Layout::folded_names(const std::string& schema) const {
  std::set<std::string> names;
  for (const std::string& entry : list_directory(schema_folder(schema))) {
    const std::string_view name = is_view_file(entry) ? std::string_view(entry).substr(0, entry.size() - kViewSuffix.size()) : std::string_view(entry);
    names.insert(to_lower(decode(name)));
  }
  return names;
}

Relation Layout::relation(const std::string& schema, const std::string& identifier) const {
  Relation relation;
  relation.database = database_;
  relation.schema = schema;
  relation.identifier = identifier;
  return relation;
}

std::optional<Relation> Layout::resolve(const Relation& name) const {
  if (!name.database.empty() && !equals_ignore_case(name.database, database_)) return std::nullopt;
  const std::string& schema = name.schema.empty() ? default_schema_ : name.schema;
  const bool hidden = is_hidden_schema(schema);
  Relation result = relation(hidden ? schema : decode(schema_folder(schema).filename().string()), name.identifier);
  if (name.identifier.empty()) return result;
  const auto type = type_of(schema, name.identifier);
  if (type == RelationType::kTable) {
    result.identifier = decode(table_folder(schema, name.identifier).filename().string());
  } else if (type == RelationType::kView) {
    const std::string file = view_file(schema, name.identifier).filename().string();
    result.identifier = decode(std::string_view(file).substr(0, file.size() - kViewSuffix.size()));
  }
  result.type = type;
  return result;
}

std::optional<Relation> Layout::resolve(const std::vector<std::string>& parts) const {
  Relation name;
  if (parts.empty() || parts.size() > 3) return std::nullopt;
  name.identifier = parts.back();
  if (parts.size() >= 2) name.schema = parts[parts.size() - 2];
  if (parts.size() == 3) name.database = parts[0];
  // DuckDB reads a.b as schema.table, else as database.table
  if (parts.size() == 2 && equals_ignore_case(parts[0], database_) && !has_schema(parts[0])) {
    name.database = parts[0];
    name.schema.clear();
  }
  return resolve(name);
}

}  // namespace tidemark::lake_adapter
