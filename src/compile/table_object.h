// The rows of a query as templates use them: the part of agate's Table that dbt projects rely on.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "jinja/object.h"

namespace tidemark {
struct Table;
class Value;
}  // namespace tidemark

namespace tidemark::compile {

struct TableData {
  std::vector<std::string> names;
  std::vector<std::string> types;  // as the engine writes them
  std::vector<std::vector<jinja::Value>> rows;
};
using TablePtr = std::shared_ptr<const TableData>;

// An engine's value: numbers, texts, dates as dates; decimals as floats.
jinja::Value from_engine(const Value& value);
TablePtr from_engine(const Table& table);

// columns, column_names, column_types, rows, print_table(), rename(), select(), exclude(), limit(), order_by(), … Iterates over rows.
jinja::Value make_table(TablePtr data);
jinja::Value make_empty_table();
// The rows behind a value; null where it is no table.
TablePtr table_of(const jinja::Value& value);
// As agate's print_table() writes it.
std::string print_table(const TableData& data, int64_t max_rows, int64_t max_columns);

}  // namespace tidemark::compile
