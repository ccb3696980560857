// Rows as HiveServer2 sends them: by column.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tidemark::thrift {

struct Column {
  std::string name;
  std::string type;  // Spark's word in lower case: "bigint", "decimal(18,2)", "array"
};

// One column of a batch. What its type has no kind for travels as text: decimals, dates, timestamps, nested values.
struct ColumnValues {
  std::variant<std::vector<bool>, std::vector<int64_t>, std::vector<double>, std::vector<std::string>> values;
  std::vector<bool> is_null;  // as long as `values`, which holds something for a NULL too

  size_t size() const { return is_null.size(); }
};

struct Batch {
  std::vector<ColumnValues> columns;  // in the order of the result's columns, equally long

  size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }
};

}  // namespace tidemark::thrift
