#include "adapter/spark/spark_values.h"

#include <charconv>
#include <chrono>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "manifest/relation.h"

namespace tidemark::spark {
namespace {

int part(std::string_view text, size_t at, size_t length) {
  int value = 0;
  if (at + length <= text.size()) std::from_chars(text.data() + at, text.data() + at + length, value);
  return value;
}

// "2024-01-31"; years have four digits or, beyond, a sign: those stay texts.
bool is_plain_date(std::string_view text) { return text.size() >= 10 && text[4] == '-' && text[7] == '-'; }

// Since 1970-01-01, in the proleptic Gregorian calendar.
int64_t days_of(std::string_view text) {
  const auto month = static_cast<unsigned>(part(text, 5, 2));
  const auto day = static_cast<unsigned>(part(text, 8, 2));
  return std::chrono::sys_days(std::chrono::year(part(text, 0, 4)) / std::chrono::month(month) / std::chrono::day(day)).time_since_epoch().count();
}

// "2024-01-31 10:00:00[.123456]"
Moment moment_of(std::string_view text) {
  int64_t micros = ((part(text, 11, 2) * 60LL + part(text, 14, 2)) * 60 + part(text, 17, 2)) * 1'000'000;
  if (text.size() > 20) {
    std::string digits(text.substr(20, 6));
    digits.resize(6, '0');
    micros += part(digits, 0, 6);
  }
  return {.micros = days_of(text) * 86'400'000'000 + micros};
}

Value text_value(const std::string& type, const std::string& text) {
  if (type.starts_with("decimal")) return Value::number(text);
  if (type == "binary") return Value::blob(text);
  if (type == "date" && is_plain_date(text)) return Value::date(days_of(text));
  if (type.starts_with("timestamp") && is_plain_date(text)) return Value::moment(ValueKind::kTimestamp, moment_of(text));
  return Value::string(text);
}

Value value_at(const thrift::ColumnValues& column, const std::string& type, size_t row) {
  if (column.is_null[row]) return {};
  if (const auto* values = std::get_if<std::vector<bool>>(&column.values)) return Value::boolean((*values)[row]);
  if (const auto* values = std::get_if<std::vector<int64_t>>(&column.values)) return Value::integer((*values)[row]);
  if (const auto* values = std::get_if<std::vector<double>>(&column.values)) {
    return type == "float" ? Value::single(static_cast<float>((*values)[row])) : Value::real((*values)[row]);
  }
  return text_value(type, std::get<std::vector<std::string>>(column.values)[row]);
}

}  // namespace

Table read_table(thrift::Result& result, int64_t row_limit) {
  Table table;
  for (const thrift::Column& column : result.columns()) table.columns.push_back({column.name, column.type});
  thrift::Batch batch;
  while (result.next(batch)) {
    for (size_t row = 0; row < batch.rows(); ++row) {
      if (row_limit >= 0 && static_cast<int64_t>(table.rows.size()) >= row_limit) {
        table.truncated = true;
        return table;
      }
      Row& values = table.rows.emplace_back();
      for (size_t i = 0; i < batch.columns.size(); ++i) values.push_back(value_at(batch.columns[i], table.columns[i].type, row));
    }
  }
  return table;
}

std::string quote_name(std::string_view name) { return quote_identifier(name, '`'); }

std::string quote_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    switch (c) {
      case '\'':
        out += "\\'";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\0':
        out += "\\0";
        break;
      default:
        out += c;
    }
  }
  return out + "'";
}

std::string literal(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return "NULL";
    case ValueKind::kBool:
    case ValueKind::kInteger:
      return value.text();
    case ValueKind::kNumber:
      return value.text() + "BD";
    case ValueKind::kDouble:
    case ValueKind::kFloat:
      return fmt::format("CAST('{}' AS DOUBLE)", value.text());
    case ValueKind::kDate:
      return fmt::format("DATE '{}'", value.text());
    case ValueKind::kTimestamp:
      return fmt::format("TIMESTAMP_NTZ '{}'", value.text());
    case ValueKind::kString:
      return quote_text(value.as_string());
    default:
      throw Error("TM4420", fmt::format("a value cannot be sent to Spark: {}", value.text()));
  }
}

std::string type_word(const std::string& duckdb) {
  static const std::map<std::string, std::string> kWords{{"VARCHAR", "string"},
                                                         {"TEXT", "string"},
                                                         {"INTEGER", "int"},
                                                         {"HUGEINT", "decimal(38,0)"},
                                                         {"UBIGINT", "decimal(20,0)"},
                                                         {"TIMESTAMP", "timestamp_ntz"},
                                                         {"TIMESTAMP WITH TIME ZONE", "timestamp"},
                                                         {"BLOB", "binary"}};
  const auto known = kWords.find(to_upper(duckdb));
  return known == kWords.end() ? to_lower(duckdb) : known->second;
}

}  // namespace tidemark::spark
