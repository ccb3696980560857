#include "server/hiveserver2/columns.h"

#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace tidemark::server {

namespace {

using wire::TTypeId;

HiveType plain(TTypeId::type id, const char* name, int jdbc) { return {id, 0, 0, name, jdbc}; }

HiveType decimal(int precision, int scale) { return {TTypeId::DECIMAL, precision, scale, fmt::format("decimal({},{})", precision, scale), 3}; }

HiveType decimal_of(const std::string& type) {
  int precision = 18, scale = 3;
  const size_t open = type.find('('), comma = type.find(',');
  if (open != std::string::npos && comma != std::string::npos) {
    precision = std::atoi(type.c_str() + open + 1);
    scale = std::atoi(type.c_str() + comma + 1);
  }
  return decimal(precision, scale);
}

enum class CellKind { kNull, kBool, kNumber, kText };

struct Cell {
  CellKind kind = CellKind::kNull;
  std::string_view raw;  // a number's digits, a text without its quotes, "true"
  bool has_escapes = false;
};

Error not_a_row() { return Error("TM9701", "a row of a result is not what was written"); }

class LineReader {
 public:
  explicit LineReader(std::string_view line) : line_(line) {
    if (line_.size() < 2 || line_.front() != '[' || line_.back() != ']') throw not_a_row();
  }

  Cell next() {
    if (++at_ >= line_.size()) throw not_a_row();  // behind '[' or ','
    Cell cell;
    const size_t begin = at_;
    if (line_[at_] == '"') {
      cell.kind = CellKind::kText;
      for (++at_; at_ < line_.size() && line_[at_] != '"'; ++at_) {
        if (line_[at_] != '\\') continue;
        cell.has_escapes = true;
        ++at_;
      }
      if (at_ >= line_.size()) throw not_a_row();
      cell.raw = line_.substr(begin + 1, at_ - begin - 1);
      ++at_;
      return cell;
    }
    while (at_ < line_.size() && line_[at_] != ',' && line_[at_] != ']') ++at_;
    cell.raw = line_.substr(begin, at_ - begin);
    if (cell.raw == "null") return cell;
    cell.kind = cell.raw == "true" || cell.raw == "false" ? CellKind::kBool : CellKind::kNumber;
    return cell;
  }

 private:
  std::string_view line_;
  size_t at_ = 0;
};

std::string text_of(const Cell& cell) {
  if (!cell.has_escapes) return std::string(cell.raw);
  return Json::parse(fmt::format("\"{}\"", cell.raw)).get<std::string>();
}

int64_t integer_of(const Cell& cell) {
  int64_t value = 0;
  const auto [end, fault] = std::from_chars(cell.raw.data(), cell.raw.data() + cell.raw.size(), value);
  if (fault != std::errc() || end != cell.raw.data() + cell.raw.size()) throw not_a_row();
  return value;
}

double double_of(const Cell& cell) {
  const std::string text = to_lower(cell.raw);
  if (text == "nan" || text == "-nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf" || text == "infinity") return std::numeric_limits<double>::infinity();
  if (text == "-inf" || text == "-infinity") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, fault] = std::from_chars(cell.raw.data(), cell.raw.data() + cell.raw.size(), value);
  if (fault != std::errc() || end != cell.raw.data() + cell.raw.size()) throw not_a_row();
  return value;
}

// The engine writes bytes that are no plain character as \xHH.
std::string bytes_of(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
      out += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Clients read a moment without its offset, which is that of the session: UTC.
std::string without_offset(std::string text) {
  const size_t sign = text.find_last_of("+-");
  if (sign != std::string::npos && sign > 10) text.resize(sign);
  return text;
}

}  // namespace

HiveType hive_type(const std::string& type) {
  if (type.ends_with("]")) return plain(TTypeId::ARRAY, "array", 2003);
  if (type.starts_with("DECIMAL")) return decimal_of(type);
  if (type.starts_with("MAP")) return plain(TTypeId::MAP, "map", 2000);
  if (type.starts_with("STRUCT")) return plain(TTypeId::STRUCT, "struct", 2002);
  if (type == "BOOLEAN") return plain(TTypeId::BOOLEAN, "boolean", 16);
  if (type == "TINYINT") return plain(TTypeId::TINYINT, "tinyint", -6);
  if (type == "SMALLINT" || type == "UTINYINT") return plain(TTypeId::SMALLINT, "smallint", 5);
  if (type == "INTEGER" || type == "USMALLINT") return plain(TTypeId::INT, "int", 4);
  if (type == "BIGINT" || type == "UINTEGER") return plain(TTypeId::BIGINT, "bigint", -5);
  if (type == "UBIGINT") return decimal(20, 0);
  if (type == "HUGEINT" || type == "UHUGEINT") return decimal(38, 0);
  if (type == "FLOAT") return plain(TTypeId::FLOAT, "float", 6);
  if (type == "DOUBLE") return plain(TTypeId::DOUBLE, "double", 8);
  if (type == "DATE") return plain(TTypeId::DATE, "date", 91);
  if (type.starts_with("TIMESTAMP")) return plain(TTypeId::TIMESTAMP, "timestamp", 93);
  if (type == "BLOB") return plain(TTypeId::BINARY, "binary", -2);
  if (type == "\"NULL\"" || type == "NULL") return plain(TTypeId::NULL_TYPE, "void", 0);
  return plain(TTypeId::STRING, "string", 12);
}

wire::TTableSchema table_schema(const std::vector<ColumnType>& columns) {
  wire::TTableSchema schema;
  for (size_t i = 0; i < columns.size(); ++i) {
    const HiveType type = hive_type(columns[i].type);
    wire::TPrimitiveTypeEntry primitive;
    primitive.type = type.id;
    if (type.id == TTypeId::DECIMAL) {
      wire::TTypeQualifierValue precision, scale;
      precision.__set_i32Value(type.precision);
      scale.__set_i32Value(type.scale);
      wire::TTypeQualifiers qualifiers;
      qualifiers.qualifiers = {{"precision", precision}, {"scale", scale}};
      primitive.__set_typeQualifiers(qualifiers);
    }
    wire::TTypeEntry entry;
    entry.__set_primitiveEntry(primitive);
    wire::TColumnDesc column;
    column.columnName = columns[i].name;
    column.typeDesc.types = {entry};
    column.position = static_cast<int32_t>(i + 1);
    schema.columns.push_back(std::move(column));
  }
  return schema;
}

RowSetWriter::RowSetWriter(const std::vector<ColumnType>& columns) : columns_(columns.size()), nulls_(columns.size()) {
  for (size_t i = 0; i < columns.size(); ++i) {
    types_.push_back(hive_type(columns[i].type));
    has_zone_.push_back(columns[i].type == "TIMESTAMP WITH TIME ZONE");
    wire::TColumn& out = columns_[i];
    switch (types_[i].id) {
      case TTypeId::BOOLEAN:
        out.__set_boolVal({});
        break;
      case TTypeId::TINYINT:
        out.__set_byteVal({});
        break;
      case TTypeId::SMALLINT:
        out.__set_i16Val({});
        break;
      case TTypeId::INT:
        out.__set_i32Val({});
        break;
      case TTypeId::BIGINT:
        out.__set_i64Val({});
        break;
      case TTypeId::FLOAT:
      case TTypeId::DOUBLE:
        out.__set_doubleVal({});
        break;
      case TTypeId::BINARY:
        out.__set_binaryVal({});
        break;
      default:
        out.__set_stringVal({});
    }
  }
}

void RowSetWriter::add(std::string_view line) {
  LineReader reader(line);
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Cell cell = reader.next();
    const bool is_null = cell.kind == CellKind::kNull;
    std::string& nulls = nulls_[i];
    if (rows_ % 8 == 0) nulls += '\0';
    if (is_null) nulls.back() = static_cast<char>(nulls.back() | (1 << (rows_ % 8)));
    wire::TColumn& out = columns_[i];
    switch (types_[i].id) {
      case TTypeId::BOOLEAN:
        out.boolVal.values.push_back(cell.raw == "true");
        break;
      case TTypeId::TINYINT:
        out.byteVal.values.push_back(is_null ? int8_t{0} : static_cast<int8_t>(integer_of(cell)));
        break;
      case TTypeId::SMALLINT:
        out.i16Val.values.push_back(is_null ? int16_t{0} : static_cast<int16_t>(integer_of(cell)));
        break;
      case TTypeId::INT:
        out.i32Val.values.push_back(is_null ? 0 : static_cast<int32_t>(integer_of(cell)));
        break;
      case TTypeId::BIGINT:
        out.i64Val.values.push_back(is_null ? 0 : integer_of(cell));
        break;
      case TTypeId::FLOAT:
      case TTypeId::DOUBLE:
        out.doubleVal.values.push_back(is_null ? 0 : double_of(cell));
        break;
      case TTypeId::BINARY:
        out.binaryVal.values.push_back(is_null ? std::string() : bytes_of(text_of(cell)));
        break;
      default:
        out.stringVal.values.push_back(is_null ? std::string() : has_zone_[i] ? without_offset(text_of(cell)) : text_of(cell));
    }
  }
  ++rows_;
  bytes_ += static_cast<int64_t>(line.size());
}

wire::TRowSet RowSetWriter::take(int64_t start) {
  wire::TRowSet out;
  out.startRowOffset = start;
  for (size_t i = 0; i < columns_.size(); ++i) {
    wire::TColumn& column = columns_[i];
    for (std::string* nulls : {&column.boolVal.nulls, &column.byteVal.nulls, &column.i16Val.nulls, &column.i32Val.nulls, &column.i64Val.nulls,
                               &column.doubleVal.nulls, &column.stringVal.nulls, &column.binaryVal.nulls}) {
      *nulls = nulls_[i];
    }
  }
  out.__set_columns(std::move(columns_));
  return out;
}

}  // namespace tidemark::server
