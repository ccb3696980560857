#include "run/schema_change.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "sql/columns.h"

namespace tidemark::run {

namespace {

std::string cast_to(const ColumnType& column, const std::string& type, char quote) {
  const std::string name = quote_identifier(column.name, quote);
  return column.type == type ? name : fmt::format("cast({0} as {1}) as {0}", name, type);
}

struct Difference {
  std::vector<ColumnType> added;                           // in the query only
  std::vector<ColumnType> removed;                         // in the table only
  std::vector<std::pair<ColumnType, ColumnType>> retyped;  // table's, query's
  bool empty() const { return added.empty() && removed.empty() && retyped.empty(); }
};

Difference compare(const std::vector<ColumnType>& table, const std::vector<ColumnType>& query) {
  Difference out;
  for (const ColumnType& column : query) {
    const ColumnType* known = find_column(table, column.name);
    if (known == nullptr) out.added.push_back(column);
    if (known != nullptr && known->type != column.type) out.retyped.emplace_back(*known, column);
  }
  for (const ColumnType& column : table) {
    if (find_column(query, column.name) == nullptr) out.removed.push_back(column);
  }
  return out;
}

std::string describe(const Difference& difference) {
  std::vector<std::string> parts;
  for (const ColumnType& column : difference.added) parts.push_back(fmt::format("new in the query: {} {}", column.name, column.type));
  for (const ColumnType& column : difference.removed) parts.push_back(fmt::format("only in the table: {} {}", column.name, column.type));
  for (const auto& [table, query] : difference.retyped)
    parts.push_back(fmt::format("{} is {} in the table, {} in the query", table.name, table.type, query.type));
  return join(parts, "; ");
}

bool same_order(const std::vector<ColumnType>& table, const std::vector<ColumnType>& query) {
  if (table.size() != query.size()) return false;
  for (size_t i = 0; i < table.size(); ++i) {
    if (!equals_ignore_case(table[i].name, query[i].name)) return false;
  }
  return true;
}

// The query's columns brought into `columns`' order and types; a column that it lacks becomes NULL.
std::vector<std::string> fit(const std::vector<ColumnType>& columns, const std::vector<ColumnType>& query, char quote) {
  std::vector<std::string> list;
  for (const ColumnType& column : columns) {
    const ColumnType* found = find_column(query, column.name);
    list.push_back(found != nullptr ? cast_to(*found, column.type, quote)
                                    : fmt::format("cast(null as {}) as {}", column.type, quote_identifier(column.name, quote)));
  }
  return list;
}

}  // namespace

OnSchemaChange on_schema_change_from(const std::string& text) {
  if (text.empty() || text == "ignore") return OnSchemaChange::kIgnore;
  if (text == "fail") return OnSchemaChange::kFail;
  if (text == "append_new_columns") return OnSchemaChange::kAppendNewColumns;
  if (text == "sync_all_columns") return OnSchemaChange::kSyncAllColumns;
  throw Error("TM6104", fmt::format("on_schema_change is '{}'", text)).hint("one of: ignore, fail, append_new_columns, sync_all_columns");
}

SchemaChange reconcile_columns(OnSchemaChange mode, const std::vector<ColumnType>& table, const std::vector<ColumnType>& query, const std::string& model,
                               char quote) {
  const Difference difference = compare(table, query);
  if (difference.empty()) return {same_order(table, query) ? std::vector<std::string>{} : fit(table, query, quote), {}};
  if (mode == OnSchemaChange::kFail) {
    throw Error("TM6106", fmt::format("the columns of '{}' changed: {}", model, describe(difference)))
        .hint("on_schema_change is 'fail': run it with --full-refresh, or set append_new_columns or sync_all_columns");
  }
  if (mode == OnSchemaChange::kIgnore) {
    if (!difference.removed.empty()) {
      throw Error("TM6105", fmt::format("the query of '{}' no longer gives the column '{}' of its table", model, difference.removed.front().name))
          .hint("run it with --full-refresh, or set on_schema_change to append_new_columns or sync_all_columns");
    }
    return {fit(table, query, quote), {}};
  }
  std::vector<ColumnType> columns;
  if (mode == OnSchemaChange::kAppendNewColumns) {
    columns = table;
    columns.insert(columns.end(), difference.added.begin(), difference.added.end());
  } else {
    columns = query;
  }
  return {fit(columns, query, quote), columns == table ? std::vector<ColumnType>{} : columns};
}

std::string select_columns(const std::vector<std::string>& select_list, const std::string& sql) {
  if (select_list.empty()) return sql;
  return fmt::format("select {}\nfrom (\n{}\n) as new_rows", join(select_list, ", "), sql);
}

}  // namespace tidemark::run
