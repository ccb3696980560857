#include "run/contract.h"

#include <fmt/format.h>

#include "adapter/table.h"
#include "base/strings.h"
#include "run/node_options.h"
#include "run/schema_change.h"
#include "sql/columns.h"

namespace tidemark::run {

namespace {

// As declared, with types as the engine writes them.
std::vector<ColumnType> promised_columns(const NodeWork& work) {
  std::vector<std::string> casts;
  for (const std::string& name : work.node.column_order) {
    const ColumnInfo& column = work.node.columns.at(name);
    if (column.data_type.empty()) {
      throw Error("TM6108", fmt::format("the contract of '{}' gives no data_type for column '{}'", work.node.name, name))
          .hint("an enforced contract names every column with its data_type");
    }
    casts.push_back(fmt::format("cast(null as {}) as {}", column.data_type, quote_identifier(name, work.session().quote_character())));
  }
  if (casts.empty()) throw Error("TM6108", fmt::format("the contract of '{}' is enforced, but names no columns", work.node.name));
  return work.session().stored_columns(work.session().describe("select " + join(casts, ", ")));
}

std::string differences(const std::vector<ColumnType>& promised, const std::vector<ColumnType>& given) {
  std::vector<std::string> lines;
  for (const ColumnType& column : promised) {
    const ColumnType* found = find_column(given, column.name);
    if (found == nullptr) lines.push_back(fmt::format("{}: promised {}, missing in the query", column.name, column.type));
    if (found != nullptr && found->type != column.type)
      lines.push_back(fmt::format("{}: promised {}, the query gives {}", column.name, column.type, found->type));
  }
  for (const ColumnType& column : given) {
    if (find_column(promised, column.name) == nullptr) lines.push_back(fmt::format("{}: {} in the query, not in the contract", column.name, column.type));
  }
  return join(lines, "; ");
}

bool is_not_null(const ColumnInfo& column) {
  for (const Json& constraint : column.constraints) {
    if (constraint.is_object() && constraint.value("type", "") == "not_null") return true;
  }
  return false;
}

}  // namespace

std::string with_contract(NodeWork& work, const std::string& sql) {
  if (!enforces_contract(work.node)) return sql;
  const std::vector<ColumnType> given = work.session().stored_columns(work.session().describe(sql));
  const std::vector<ColumnType> promised = promised_columns(work);
  const std::string wrong = differences(promised, given);
  if (!wrong.empty()) {
    throw Error("TM6108", fmt::format("'{}' does not keep its contract: {}", work.node.name, wrong))
        .hint("change the query, or the contract in " + (work.node.patch_path.empty() ? std::string("its YAML file") : work.node.patch_path));
  }
  std::vector<std::string> list;
  for (const ColumnType& column : promised) list.push_back(quote_identifier(column.name, work.session().quote_character()));
  return select_columns(list, sql);
}

void check_constraints(NodeWork& work, const Staged& staged) {
  if (!enforces_contract(work.node)) return;
  for (const std::string& name : work.node.column_order) {
    if (!is_not_null(work.node.columns.at(name))) continue;
    const Table found = work.host.inner().query(fmt::format("select count(*) from {} as staged where {} is null", staged.scan(), quote_identifier(name)));
    const std::string nulls = found.rows.at(0).at(0).text();
    if (nulls != "0") throw Error("TM6109", fmt::format("'{}': column '{}' is promised to be not null, and {} rows are", work.node.name, name, nulls));
  }
}

}  // namespace tidemark::run
