// Rows of the spill (one JSON array a line) as HiveServer2's columns.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <hiveserver2_types.h>

#include "sql/column_type.h"

namespace tidemark::server {

namespace wire = thrift::wire;

// The nearest of Spark's types: of what the engine has beside them the text travels.
struct HiveType {
  wire::TTypeId::type id = wire::TTypeId::STRING;
  int precision = 0;  // of DECIMAL
  int scale = 0;
  std::string name;  // "decimal(10,2)"
  int jdbc = 12;     // java.sql.Types
};
HiveType hive_type(const std::string& engine_type);

wire::TTableSchema table_schema(const std::vector<ColumnType>& columns);

class RowSetWriter {
 public:
  explicit RowSetWriter(const std::vector<ColumnType>& columns);
  // "[cell, …]" as many as there are columns. Throws TM9701 where it is none.
  void add(std::string_view line);
  wire::TRowSet take(int64_t start);
  int64_t rows() const { return rows_; }
  int64_t bytes() const { return bytes_; }

 private:
  std::vector<HiveType> types_;
  std::vector<bool> has_zone_;
  std::vector<wire::TColumn> columns_;
  std::vector<std::string> nulls_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;  // of the lines
};

}  // namespace tidemark::server
