// Values on their way into the engine.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <vector>

#include "adapter/duckdb/api.h"
#include "adapter/duckdb/state.h"
#include "base/error.h"

namespace tidemark::duckdb {
namespace {

constexpr size_t kWidestDecimal = 38;  // digits

duckdb_value make_text(const std::string& text) { return api().duckdb_create_varchar_length(text.data(), text.size()); }

duckdb_hugeint to_hugeint(__int128 value) { return {static_cast<uint64_t>(value), static_cast<int64_t>(value >> 64)}; }

bool all_digits(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

// Exact: DECIMAL with as many places as are written, HUGEINT without any, text where neither holds it.
duckdb_value make_number(const std::string& text) {
  bool negative = text.starts_with('-');
  std::string digits = negative ? text.substr(1) : text;
  auto point = digits.find('.');
  size_t scale = point == std::string::npos ? 0 : digits.size() - point - 1;
  if (point != std::string::npos) digits.erase(point, 1);
  if (!all_digits(digits) || digits.size() > kWidestDecimal + (scale == 0 ? 1 : 0)) return make_text(text);
  unsigned __int128 magnitude = 0;  // 39 digits fit
  for (char digit : digits) magnitude = magnitude * 10 + static_cast<unsigned>(digit - '0');
  if (magnitude >> 127) return make_text(text);
  auto value = static_cast<__int128>(magnitude);
  if (negative) value = -value;
  if (scale == 0) return api().duckdb_create_hugeint(to_hugeint(value));
  return api().duckdb_create_decimal({static_cast<uint8_t>(digits.size()), static_cast<uint8_t>(scale), to_hugeint(value)});
}

duckdb_value make_list(const ValueList& elements) {
  const Api& duck = api();
  std::vector<OwnedValue> owned;
  std::vector<duckdb_value> raw;
  for (const auto& element : elements) {
    owned.push_back(to_engine(element));
    raw.push_back(owned.back().get());
  }
  auto typed = std::find_if(elements.begin(), elements.end(), [](const Value& value) { return !value.is_null(); });
  if (typed == elements.end()) {
    LogicalType none(duck.duckdb_create_logical_type(DUCKDB_TYPE_INTEGER));
    return duck.duckdb_create_list_value(none.get(), raw.data(), raw.size());
  }
  // The type belongs to the value that it is taken from.
  duckdb_logical_type type = duck.duckdb_get_value_type(raw[static_cast<size_t>(typed - elements.begin())]);
  return duck.duckdb_create_list_value(type, raw.data(), raw.size());
}

duckdb_value make(const Value& value) {
  const Api& duck = api();
  switch (value.kind()) {
    case ValueKind::kNull:
      return duck.duckdb_create_null_value();
    case ValueKind::kBool:
      return duck.duckdb_create_bool(value.as_bool());
    case ValueKind::kInteger:
      return duck.duckdb_create_int64(value.as_integer());
    case ValueKind::kNumber:
      return make_number(value.as_string());
    case ValueKind::kDouble:
      return duck.duckdb_create_double(value.as_double());
    case ValueKind::kFloat:
      return duck.duckdb_create_float(static_cast<float>(value.as_double()));
    case ValueKind::kString:
      return make_text(value.as_string());
    case ValueKind::kBlob:
      return duck.duckdb_create_blob(reinterpret_cast<const uint8_t*>(value.as_string().data()), value.as_string().size());
    case ValueKind::kDate:
      return duck.duckdb_create_date({static_cast<int32_t>(value.as_integer())});
    case ValueKind::kTime:
      return duck.duckdb_create_time({value.as_moment().micros});
    case ValueKind::kTimeTz:
      return duck.duckdb_create_time_tz_value(duck.duckdb_create_time_tz(value.as_moment().micros, value.as_moment().offset_seconds));
    case ValueKind::kTimestamp:
      if (Moment moment = value.as_moment(); moment.nanos) return duck.duckdb_create_timestamp_ns({moment.micros * 1000 + moment.nanos});
      return duck.duckdb_create_timestamp({value.as_moment().micros});
    case ValueKind::kTimestampTz:
      return duck.duckdb_create_timestamp_tz({value.as_moment().micros});
    case ValueKind::kInterval: {
      Interval interval = value.as_interval();
      return duck.duckdb_create_interval({interval.months, interval.days, interval.micros});
    }
    case ValueKind::kList:
      return make_list(value.elements());
    case ValueKind::kStruct:
    case ValueKind::kMap:
    case ValueKind::kUnion:
      break;
  }
  throw Error("TM4120", "structs, maps and unions cannot be parameters");
}

}  // namespace

OwnedValue to_engine(const Value& value) { return OwnedValue(make(value)); }

}  // namespace tidemark::duckdb
