#include "adapter/lake/table_scan.h"

#include <algorithm>

#include <fmt/format.h>

#include "adapter/duckdb/database.h"
#include "base/error.h"
#include "base/strings.h"
#include "lake/type.h"

namespace tidemark::lake_adapter {
namespace {

using duckdb::quote_identifier;
using duckdb::quote_literal;

std::string empty_scan(const std::vector<ScanColumn>& columns, bool with_file) {
  std::vector<std::string> items;
  for (const ScanColumn& column : columns) items.push_back(fmt::format("CAST(NULL AS {}) AS {}", column.type, quote_identifier(column.name)));
  if (with_file) items.push_back(fmt::format("CAST(NULL AS VARCHAR) AS {}", kFileColumn));
  return "SELECT " + join(items, ", ") + " WHERE false";
}

// Values of a partition column, one a file, picked by the file that a row is from.
std::string partition_value(const ScanColumn& column, const std::vector<ScanFile>& files) {
  std::vector<std::string> values;
  for (const ScanFile& file : files) {
    const auto found = file.partition.find(column.name);
    const bool is_null = found == file.partition.end() || !found->second;
    values.push_back(is_null ? "NULL" : quote_literal(*found->second));
  }
  const bool is_blob = column.type == "BLOB";
  const std::string picked = fmt::format("CAST([{}] AS VARCHAR[])[CAST(file_index AS BIGINT) + 1]", join(values, ", "));
  return fmt::format("{}({} AS {}) AS {}", "CAST", is_blob ? "encode(" + picked + ")" : picked, column.type, quote_identifier(column.name));
}

}  // namespace

std::string scan_sql(const std::vector<ScanColumn>& columns, const std::vector<ScanFile>& files, bool with_file) {
  if (files.empty()) return empty_scan(columns, with_file);
  std::vector<std::string> items;
  std::vector<std::string> schema;
  for (const ScanColumn& column : columns) {
    if (column.is_partition) {
      items.push_back(partition_value(column, files));
      continue;
    }
    items.push_back(quote_identifier(column.name));
    const std::string name = quote_literal(column.name);
    schema.push_back(fmt::format("{}: {{name: {}, type: {}, default_value: NULL}}", name, name, quote_literal(column.type)));
  }
  std::vector<std::string> paths;
  for (const ScanFile& file : files) paths.push_back(quote_literal(file.path));
  if (with_file) items.push_back(kFileColumn);
  return fmt::format("SELECT {} FROM read_parquet([{}], hive_partitioning = false, {}schema = MAP {{{}}})", join(items, ", "), join(paths, ", "),
                     with_file ? fmt::format("filename = '{}', ", kFileColumn) : std::string(), join(schema, ", "));
}

std::string stored_select(const std::vector<ScanColumn>& columns, const std::string& select) {
  if (std::ranges::all_of(columns, [](const ScanColumn& c) { return c.stored.empty() || c.stored == c.type; })) return select;
  std::vector<std::string> items;
  for (const ScanColumn& column : columns) {
    const std::string name = quote_identifier(column.name);
    const bool same = column.stored.empty() || column.stored == column.type;
    items.push_back(same ? name : fmt::format("CAST({} AS {}) AS {}", name, column.stored, name));
  }
  return fmt::format("SELECT {} FROM ({}\n)", join(items, ", "), select);
}

std::string stored_query(const std::vector<ScanColumn>& columns, const std::vector<ColumnType>& given, const std::string& select) {
  bool same = true;
  std::vector<std::string> items;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& stored = columns[i].stored.empty() ? columns[i].type : columns[i].stored;
    const std::string name = quote_identifier(columns[i].name);
    const bool keeps = stored == given[i].type;
    same = same && keeps;
    items.push_back(keeps ? name : fmt::format("CAST({} AS {}) AS {}", name, stored, name));
  }
  if (same) return select;
  return fmt::format("SELECT {} FROM ({}\n)", join(items, ", "), select);
}

std::vector<ScanColumn> lake_columns(const std::vector<ColumnType>& columns) {
  std::vector<ScanColumn> result;
  for (const ColumnType& column : columns) {
    for (const ScanColumn& other : result) {
      if (equals_ignore_case(other.name, column.name))
        throw Error("TM4206", fmt::format("the query gives two columns '{}' and '{}'; a table's columns need names of their own", other.name, column.name));
    }
    const lake::Field field = lake::make_field(column.name, column.type);
    result.push_back({.name = column.name, .type = lake::engine_type(field), .stored = lake::file_type(field)});
  }
  return result;
}

}  // namespace tidemark::lake_adapter
