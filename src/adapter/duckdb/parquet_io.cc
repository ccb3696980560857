#include "adapter/duckdb/parquet_io.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "adapter/duckdb/api.h"
#include "adapter/duckdb/reader.h"
#include "adapter/duckdb/state.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/strings.h"

namespace tidemark::duckdb {
namespace {

// A column that statistics are kept of.
struct Leaf {
  std::vector<std::string> path;
  std::string type;
};

void collect_leaves(const TypeTree& type, std::vector<std::string> path, const IsKeyword& is_keyword, std::map<std::string, Leaf>& leaves) {
  if (type.id == DUCKDB_TYPE_HUGEINT || type.id == DUCKDB_TYPE_UHUGEINT) {
    throw Error("TM4120", "column \"" + join(path, ".") + "\" is of type " + type_name(type, is_keyword) + ", which Parquet would turn into DOUBLE")
        .hint("CAST it to DECIMAL(38,0) in the query");
  }
  if (type.id == DUCKDB_TYPE_STRUCT) {
    for (size_t i = 0; i < type.children.size(); ++i) {
      auto inner = path;
      inner.push_back(type.names[i]);
      collect_leaves(type.children[i], inner, is_keyword, leaves);
    }
    return;
  }
  if (!type.children.empty()) {
    // Lists and maps: no statistics, but types within them must be kept too.
    std::map<std::string, Leaf> unused;
    for (const auto& child : type.children) collect_leaves(child, path, is_keyword, unused);
    return;
  }
  std::vector<std::string> quoted;
  for (const auto& part : path) quoted.push_back(quote_identifier(part));
  leaves[join(quoted, ".")] = {std::move(path), type_name(type, is_keyword)};
}

// By the name that COPY gives them: "a"."field".
std::map<std::string, Leaf> leaves_of(Connection& connection, const std::string& select) {
  Script script(connection.state(), select);
  Columns columns = columns_of(connection.state(), script.prepare(0).get());
  auto is_keyword = [&](const std::string& word) { return connection.state().database->is_keyword(word); };
  std::map<std::string, Leaf> leaves;
  for (size_t i = 0; i < columns.types.size(); ++i) collect_leaves(columns.types[i], {columns.described[i].name}, is_keyword, leaves);
  return leaves;
}

std::string quoted_list(const std::vector<std::string>& names, const char* suffix = "") {
  std::vector<std::string> quoted;
  for (const auto& name : names) quoted.push_back(quote_identifier(name) + suffix);
  return join(quoted, ", ");
}

std::string copy_statement(const std::string& select, const ParquetOptions& options, const std::string& run_prefix) {
  std::string query = "SELECT * FROM (" + select + "\n)";
  if (!options.order_by.empty()) query += " ORDER BY " + quoted_list(options.order_by, " ASC NULLS LAST");
  std::string copy = fmt::format("COPY ({}) TO {} (FORMAT parquet, COMPRESSION {}{}, ROW_GROUP_SIZE {}, FILENAME_PATTERN {}, APPEND true, RETURN_STATS true",
                                 query, quote_literal(options.directory), quote_literal(options.compression),
                                 options.compression == "zstd" ? ", COMPRESSION_LEVEL 1" : "", options.row_group_rows, quote_literal(run_prefix + "-{uuid}"));
  // The engine can either cut files by size or make folders.
  if (options.partition_folders.empty()) return copy + fmt::format(", FILE_SIZE_BYTES {})", options.target_file_bytes);
  return copy + ", PARTITION_BY (" + quoted_list(options.partition_folders) + "))";
}

// Casts texts to values in one query: the engine's own reading of its own writing.
class TypedTexts {
 public:
  size_t add(const Value& text, const std::string& type) {
    casts_.push_back("CAST(" + (text.is_null() ? "NULL" : quote_literal(text.text())) + " AS " + type + ")");
    return casts_.size() - 1;
  }
  std::vector<Value> read(Connection& connection) const {
    constexpr size_t kBatch = 400;
    std::vector<Value> values;
    for (size_t first = 0; first < casts_.size(); first += kBatch) {
      std::vector<std::string> batch(casts_.begin() + static_cast<ptrdiff_t>(first),
                                     casts_.begin() + static_cast<ptrdiff_t>(std::min(first + kBatch, casts_.size())));
      Row row = connection.query("SELECT " + join(batch, ", ")).rows.at(0);
      values.insert(values.end(), row.begin(), row.end());
    }
    return values;
  }

 private:
  std::vector<std::string> casts_;
};

Value entry(const Value& map, std::string_view key) {
  for (const auto& [name, value] : map.pairs()) {
    if (name.as_string() == key) return value;
  }
  return {};
}

// DuckDB gives bytes of BLOBs as hexadecimal digits: they are no bounds that anybody could read.
bool has_bounds(const std::string& type) { return type != "BLOB" && type != "BIT" && !type.starts_with("ENUM"); }

std::vector<ParquetFile> read_files(Connection& connection, const Table& copied, const std::map<std::string, Leaf>& leaves) {
  std::vector<ParquetFile> files;
  TypedTexts texts;
  std::vector<std::pair<Value*, size_t>> wanted;
  for (const auto& row : copied.rows) {
    ParquetFile& file = files.emplace_back();
    file.path = row[0].as_string();
    file.rows = row[1].as_integer();
    file.bytes = row[2].as_integer();
    for (const auto& [name, figures] : row[4].pairs()) {
      auto leaf = leaves.find(name.as_string());
      if (leaf == leaves.end()) continue;
      ColumnStats& stats = file.stats.emplace_back();
      stats.path = leaf->second.path;
      stats.type = leaf->second.type;
      if (Value nulls = entry(figures, "null_count"); !nulls.is_null()) stats.nulls = std::stoll(nulls.text());
      stats.has_nan = entry(figures, "has_nan").text() == "true";
      if (has_bounds(stats.type) && !stats.has_nan) {
        stats.min = entry(figures, "min");
        stats.max = entry(figures, "max");
      }
    }
    if (!row[5].is_null()) {
      for (const auto& [name, value] : row[5].pairs()) file.partition.emplace_back(name.as_string(), value);
    }
  }
  for (auto& file : files) {
    for (auto& stats : file.stats) {
      wanted.emplace_back(&stats.min, texts.add(stats.min, stats.type));
      wanted.emplace_back(&stats.max, texts.add(stats.max, stats.type));
    }
    for (auto& [name, value] : file.partition) wanted.emplace_back(&value, texts.add(value, leaves.at(quote_identifier(name)).type));
  }
  std::vector<Value> values = texts.read(connection);
  for (auto& [target, index] : wanted) *target = values[index];
  return files;
}

void remove_written(const ParquetOptions& options, const std::string& run_prefix) {
  std::error_code ignored;
  for (auto it = fs::recursive_directory_iterator(options.directory, ignored); it != fs::recursive_directory_iterator(); it.increment(ignored)) {
    if (it->path().filename().string().starts_with(run_prefix)) fs::remove(it->path(), ignored);
  }
}

// Every folder from the files up to the given one: its entries are as durable as the files then.
void sync_all(const std::vector<ParquetFile>& files, const std::string& directory) {
  std::set<fs::path> folders = {fs::path(directory)};
  for (const auto& file : files) {
    sync_file(file.path);
    for (auto folder = fs::path(file.path).parent_path(); folder.string().size() > directory.size(); folder = folder.parent_path()) folders.insert(folder);
  }
  for (const auto& folder : folders) sync_directory(folder);
}

}  // namespace

std::vector<ParquetFile> write_parquet(Connection& connection, const std::string& select, const ParquetOptions& options) {
  std::map<std::string, Leaf> leaves = leaves_of(connection, select);
  make_directories(options.directory);
  std::string run_prefix = options.name_prefix + random_uuid();
  try {
    std::vector<ParquetFile> files = read_files(connection, connection.query(copy_statement(select, options, run_prefix)), leaves);
    for (const auto& file : files) {
      if (file.rows == 0) remove_file(file.path);
    }
    std::erase_if(files, [](const ParquetFile& file) { return file.rows == 0; });
    sync_all(files, options.directory);
    return files;
  } catch (...) {
    remove_written(options, run_prefix);
    throw;
  }
}

}  // namespace tidemark::duckdb
