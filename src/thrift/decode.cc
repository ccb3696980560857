#include "thrift/decode.h"

#include <fmt/format.h>

#include "base/error.h"

namespace tidemark::thrift {
namespace {

using wire::TTypeId;

int32_t number(const wire::TTypeQualifiers& qualifiers, const char* name, int32_t otherwise) {
  const auto found = qualifiers.qualifiers.find(name);
  return found != qualifiers.qualifiers.end() && found->second.__isset.i32Value ? found->second.i32Value : otherwise;
}

std::string type_of(const wire::TPrimitiveTypeEntry& entry) {
  switch (entry.type) {
    case TTypeId::BOOLEAN:
      return "boolean";
    case TTypeId::TINYINT:
      return "tinyint";
    case TTypeId::SMALLINT:
      return "smallint";
    case TTypeId::INT:
      return "int";
    case TTypeId::BIGINT:
      return "bigint";
    case TTypeId::FLOAT:
      return "float";
    case TTypeId::DOUBLE:
      return "double";
    case TTypeId::TIMESTAMP:
      return "timestamp";
    case TTypeId::TIMESTAMPLOCALTZ:
      return "timestamp with local time zone";
    case TTypeId::BINARY:
      return "binary";
    case TTypeId::ARRAY:
      return "array";
    case TTypeId::MAP:
      return "map";
    case TTypeId::STRUCT:
      return "struct";
    case TTypeId::DATE:
      return "date";
    case TTypeId::NULL_TYPE:
      return "void";
    case TTypeId::INTERVAL_YEAR_MONTH:
      return "interval year to month";
    case TTypeId::INTERVAL_DAY_TIME:
      return "interval day to second";
    case TTypeId::DECIMAL:
      return fmt::format("decimal({},{})", number(entry.typeQualifiers, "precision", 10), number(entry.typeQualifiers, "scale", 0));
    case TTypeId::CHAR:
      return fmt::format("char({})", number(entry.typeQualifiers, "characterMaximumLength", 1));
    case TTypeId::VARCHAR:
      return fmt::format("varchar({})", number(entry.typeQualifiers, "characterMaximumLength", 65535));
    default:
      return "string";
  }
}

std::string type_of(const wire::TTypeDesc& type) {
  if (type.types.empty()) return "string";
  const wire::TTypeEntry& entry = type.types.front();
  if (entry.__isset.primitiveEntry) return type_of(entry.primitiveEntry);
  if (entry.__isset.arrayEntry) return "array";
  if (entry.__isset.mapEntry) return "map";
  if (entry.__isset.structEntry) return "struct";
  return "string";
}

std::vector<bool> nulls_of(const std::string& bits, size_t rows) {
  std::vector<bool> out(rows);
  for (size_t row = 0; row < rows && row / 8 < bits.size(); ++row) out[row] = (static_cast<uint8_t>(bits[row / 8]) >> (row % 8) & 1) != 0;
  return out;
}

template <typename To, typename From>
ColumnValues column(From& from) {
  const size_t rows = from.values.size();
  return {std::vector<To>(std::make_move_iterator(from.values.begin()), std::make_move_iterator(from.values.end())), nulls_of(from.nulls, rows)};
}

ColumnValues values_of(wire::TColumn from) {
  const auto& set = from.__isset;
  if (set.boolVal) return column<bool>(from.boolVal);
  if (set.byteVal) return column<int64_t>(from.byteVal);
  if (set.i16Val) return column<int64_t>(from.i16Val);
  if (set.i32Val) return column<int64_t>(from.i32Val);
  if (set.i64Val) return column<int64_t>(from.i64Val);
  if (set.doubleVal) return column<double>(from.doubleVal);
  if (set.stringVal) return column<std::string>(from.stringVal);
  if (set.binaryVal) return column<std::string>(from.binaryVal);
  throw Error("TM4405", "the server sent a column of a kind that this program does not know");
}

// Rows of servers older than V6: the column's kind is that of its first value.
template <typename To, typename Pick>
ColumnValues from_rows(const wire::TRowSet& rows, size_t index, Pick pick) {
  std::vector<To> values;
  std::vector<bool> nulls;
  for (const wire::TRow& row : rows.rows) {
    const auto& cell = pick(row.colVals.at(index));
    values.push_back(static_cast<To>(cell.value));
    nulls.push_back(!cell.__isset.value);
  }
  return {std::move(values), std::move(nulls)};
}

ColumnValues old_column(const wire::TRowSet& rows, size_t index) {
  const auto& set = rows.rows.front().colVals.at(index).__isset;
  using Cell = wire::TColumnValue;
  if (set.boolVal) return from_rows<bool>(rows, index, [](const Cell& cell) -> const auto& { return cell.boolVal; });
  if (set.byteVal) return from_rows<int64_t>(rows, index, [](const Cell& cell) -> const auto& { return cell.byteVal; });
  if (set.i16Val) return from_rows<int64_t>(rows, index, [](const Cell& cell) -> const auto& { return cell.i16Val; });
  if (set.i32Val) return from_rows<int64_t>(rows, index, [](const Cell& cell) -> const auto& { return cell.i32Val; });
  if (set.i64Val) return from_rows<int64_t>(rows, index, [](const Cell& cell) -> const auto& { return cell.i64Val; });
  if (set.doubleVal) return from_rows<double>(rows, index, [](const Cell& cell) -> const auto& { return cell.doubleVal; });
  return from_rows<std::string>(rows, index, [](const Cell& cell) -> const auto& { return cell.stringVal; });
}

}  // namespace

std::vector<Column> columns_of(const wire::TTableSchema& schema) {
  std::vector<Column> out;
  for (const wire::TColumnDesc& column : schema.columns) out.push_back({column.columnName, type_of(column.typeDesc)});
  return out;
}

Batch batch_of(const wire::TRowSet& rows, size_t columns) {
  Batch batch;
  if (rows.__isset.columns) {
    for (const wire::TColumn& column : rows.columns) batch.columns.push_back(values_of(column));
  } else if (!rows.rows.empty()) {
    for (const wire::TRow& row : rows.rows) {
      if (row.colVals.size() != columns) throw Error("TM4405", fmt::format("the server sent a row of {} columns in place of {}", row.colVals.size(), columns));
    }
    for (size_t i = 0; i < columns; ++i) batch.columns.push_back(old_column(rows, i));
  }
  if (batch.columns.empty()) return batch;
  if (batch.columns.size() != columns) throw Error("TM4405", fmt::format("the server sent {} columns in place of {}", batch.columns.size(), columns));
  for (const ColumnValues& column : batch.columns) {
    if (column.size() != batch.rows()) throw Error("TM4405", "the server sent columns of unequal lengths");
  }
  return batch;
}

}  // namespace tidemark::thrift
