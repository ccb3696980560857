#include "adapter/lake/file_pruning.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace tidemark::lake_adapter {
namespace {

using duckdb::quote_identifier;
using duckdb::quote_literal;

std::vector<size_t> all_of(const std::vector<ScanFile>& files) {
  std::vector<size_t> all(files.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

std::string bound(const std::optional<std::string>& text) { return text ? quote_literal(*text) : "NULL::VARCHAR"; }

// (i, l0, h0, n0, l1, h1, n1 …): ranges as typed values, NULL where unknown; whether NULLs may occur.
std::string ranges_of(const std::vector<ScanFile>& files, const std::vector<ScanColumn>& columns) {
  std::vector<std::string> rows;
  for (size_t i = 0; i < files.size(); ++i) {
    std::string row = fmt::format("({}", i);
    for (const ScanColumn& column : columns) {
      const ColumnRange range = range_of(files[i], column);
      row += fmt::format(", {}, {}, {}", bound(range.low), bound(range.high), range.may_hold_nulls);
    }
    rows.push_back(row + ")");
  }
  std::string names = "i";
  std::string items = "i";
  for (size_t c = 0; c < columns.size(); ++c) {
    names += fmt::format(", l{0}, h{0}, n{0}", c);
    // statistics may cut timestamps to milliseconds
    const std::string slack = columns[c].type.starts_with("TIMESTAMP") ? " + INTERVAL 1 MILLISECOND" : "";
    items += fmt::format(", TRY_CAST(l{0} AS {1}) AS l{0}, TRY_CAST(h{0} AS {1}){2} AS h{0}, n{0}", c, columns[c].type, slack);
  }
  return fmt::format("(SELECT {} FROM (VALUES {}) AS v({})) AS f", items, join(rows, ", "), names);
}

std::vector<size_t> indexes(duckdb::Connection& connection, const std::string& sql) {
  std::vector<size_t> found;
  for (const Row& row : connection.query(sql).rows) found.push_back(static_cast<size_t>(row[0].as_integer()));
  return found;
}

}  // namespace

std::vector<size_t> files_in_range(duckdb::Connection& connection, const std::vector<ScanFile>& files, const std::vector<ScanColumn>& keys,
                                   const std::string& select) {
  if (files.size() <= 1) return all_of(files);
  std::string extremes;
  std::vector<std::string> conditions;
  for (size_t c = 0; c < keys.size(); ++c) {
    const std::string name = quote_identifier(keys[c].name);
    extremes += fmt::format("{}min({}) AS a{}, max({}) AS b{}", c ? ", " : "", name, c, name, c);
    conditions.push_back(fmt::format("(l{0} IS NULL OR h{0} IS NULL OR (b{0} >= l{0} AND a{0} <= h{0}))", c));
  }
  return indexes(connection, fmt::format("SELECT i FROM {}, (SELECT {} FROM ({})) AS s WHERE {} ORDER BY i", ranges_of(files, keys), extremes, select,
                                         join(conditions, " AND ")));
}

std::vector<size_t> files_with_values(duckdb::Connection& connection, const std::vector<ScanFile>& files, const std::vector<ScanColumn>& columns,
                                      const std::string& values) {
  if (files.size() <= 1) return all_of(files);
  std::vector<std::string> conditions;
  for (size_t c = 0; c < columns.size(); ++c) {
    const std::string name = "p." + quote_identifier(columns[c].name);
    conditions.push_back(fmt::format("CASE WHEN {0} IS NULL THEN n{1} ELSE l{1} IS NULL OR h{1} IS NULL OR ({0} >= l{1} AND {0} <= h{1}) END", name, c));
  }
  if (conditions.empty()) conditions.emplace_back("true");
  return indexes(connection, fmt::format("SELECT i FROM {} WHERE EXISTS (SELECT 1 FROM {} AS p WHERE {}) ORDER BY i", ranges_of(files, columns), values,
                                         join(conditions, " AND ")));
}

}  // namespace tidemark::lake_adapter
