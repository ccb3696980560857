#include "adapter/value.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "base/strings.h"

namespace tidemark {

struct Value::Nested {
  ValueList elements;
  std::vector<std::pair<std::string, Value>> fields;
  std::vector<std::pair<Value, Value>> pairs;
};

namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
constexpr int64_t kInfiniteMicros = std::numeric_limits<int64_t>::max();
constexpr int64_t kInfiniteDays = std::numeric_limits<int32_t>::max();

// The shortest digits that read back the same, laid out as Python and DuckDB do: exponents from -4 to 15 are written out.
template <class Real>
std::string real_text(Real value) {
  if (std::isnan(value)) return std::signbit(value) ? "-nan" : "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 40> buffer;
  auto [end, fault] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value), std::chars_format::scientific);
  std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  size_t e = text.find('e');
  std::string digits(text.substr(0, 1));
  if (e > 2) digits += text.substr(2, e - 2);
  int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  int count = static_cast<int>(digits.size());

  std::string out = std::signbit(value) ? "-" : "";
  if (exponent < -4 || exponent > 15) {
    out += digits[0];
    if (count > 1) out += "." + digits.substr(1);
    return out + fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0) return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  if (count <= exponent + 1) return out + digits + std::string(static_cast<size_t>(exponent + 1 - count), '0') + ".0";
  return out + digits.substr(0, static_cast<size_t>(exponent) + 1) + "." + digits.substr(static_cast<size_t>(exponent) + 1);
}

// Proleptic Gregorian calendar; Howard Hinnant's civil_from_days.
std::string date_text(int64_t days) {
  if (days == kInfiniteDays) return "infinity";
  if (days == -kInfiniteDays) return "-infinity";
  int64_t z = days + 719468;
  int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  int64_t day_of_era = z - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted_month = (5 * day_of_year + 2) / 153;
  int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  if (year <= 0) return fmt::format("{:04}-{:02}-{:02} (BC)", 1 - year, month, day);
  return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

std::string fraction_text(int64_t micros, int32_t nanos) {
  if (micros == 0 && nanos == 0) return "";
  std::string digits = nanos ? fmt::format("{:06}{:03}", micros, nanos) : fmt::format("{:06}", micros);
  while (digits.back() == '0') digits.pop_back();
  return "." + digits;
}

std::string time_text(int64_t micros, int32_t nanos) {
  int64_t seconds = micros / kMicrosPerSecond;
  return fmt::format("{:02}:{:02}:{:02}{}", seconds / 3600, seconds / 60 % 60, seconds % 60, fraction_text(micros % kMicrosPerSecond, nanos));
}

// Seconds of the offset are written for TIMETZ only, and without its minutes where those are 0.
std::string offset_text(int32_t offset, bool with_seconds) {
  int32_t seconds = std::abs(offset);
  std::string text = fmt::format("{}{:02}", offset < 0 ? '-' : '+', seconds / 3600);
  if (seconds / 60 % 60) text += fmt::format(":{:02}", seconds / 60 % 60);
  if (with_seconds && seconds % 60) text += fmt::format(":{:02}", seconds % 60);
  return text;
}

std::string timestamp_text(Moment moment, bool with_zone) {
  if (moment.micros == kInfiniteMicros) return "infinity";
  if (moment.micros == -kInfiniteMicros) return "-infinity";
  int64_t local = moment.micros + (with_zone ? moment.offset_seconds * kMicrosPerSecond : 0);
  int64_t days = local / kMicrosPerDay;
  if (local % kMicrosPerDay < 0) --days;
  std::string text = date_text(days) + " " + time_text(local - days * kMicrosPerDay, moment.nanos);
  return with_zone ? text + offset_text(moment.offset_seconds, false) : text;
}

void append_unit(std::string& out, int32_t count, const char* unit) {
  if (count == 0) return;
  if (!out.empty()) out += ' ';
  out += fmt::format("{} {}{}", count, unit, count == 1 || count == -1 ? "" : "s");
}

std::string interval_text(Interval interval) {
  std::string out;
  append_unit(out, interval.months / 12, "year");
  append_unit(out, interval.months % 12, "month");
  append_unit(out, interval.days, "day");
  if (interval.micros != 0) {
    if (!out.empty()) out += ' ';
    if (interval.micros < 0) out += '-';
    uint64_t micros = interval.micros < 0 ? 0 - static_cast<uint64_t>(interval.micros) : static_cast<uint64_t>(interval.micros);
    out += time_text(static_cast<int64_t>(micros / kMicrosPerSecond) * kMicrosPerSecond, 0) + fraction_text(static_cast<int64_t>(micros % kMicrosPerSecond), 0);
  }
  return out.empty() ? "00:00:00" : out;
}

std::string blob_text(const std::string& bytes) {
  std::string out;
  for (unsigned char c : bytes) {
    if (c >= 32 && c <= 126 && c != '\\' && c != '\'' && c != '"') {
      out += static_cast<char>(c);
    } else {
      out += fmt::format("\\x{:02X}", c);
    }
  }
  return out;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool needs_quotes(const std::string& text) {
  if (text.empty() || is_space(text.front()) || (text.size() >= 2 && is_space(text.back()))) return true;
  return equals_ignore_case(text, "null") || text.find_first_of("\"'(),:=[]{}") != std::string::npos;
}

std::string with_quotes(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\\' || c == '\'') out += '\\';
    out += c;
  }
  return out + "'";
}

// As it stands within a list, struct or map.
std::string inner_text(const Value& value) {
  std::string text = value.text();
  bool nested = value.is_null() || value.kind() >= ValueKind::kList;
  return !nested && needs_quotes(text) ? with_quotes(text) : text;
}

template <class Range, class Item>
std::string joined(const Range& range, Item item) {
  std::string out;
  const char* separator = "";
  for (const auto& element : range) {
    out += separator + item(element);
    separator = ", ";
  }
  return out;
}

std::string struct_text(const std::vector<std::pair<std::string, Value>>& fields) {
  bool unnamed = !fields.empty() && fields.front().first.empty();
  if (unnamed) return "(" + joined(fields, [](const auto& field) { return inner_text(field.second); }) + ")";
  return "{" + joined(fields, [](const auto& field) { return with_quotes(field.first) + ": " + inner_text(field.second); }) + "}";
}

}  // namespace

Value Value::list(ValueList elements) { return {ValueKind::kList, std::make_shared<const Nested>(Nested{std::move(elements), {}, {}})}; }

Value Value::structure(std::vector<std::pair<std::string, Value>> fields) {
  return {ValueKind::kStruct, std::make_shared<const Nested>(Nested{{}, std::move(fields), {}})};
}

Value Value::map(std::vector<std::pair<Value, Value>> pairs) { return {ValueKind::kMap, std::make_shared<const Nested>(Nested{{}, {}, std::move(pairs)})}; }

Value Value::union_member(std::string member, Value value) {
  Nested nested;
  nested.fields.emplace_back(std::move(member), std::move(value));
  return {ValueKind::kUnion, std::make_shared<const Nested>(std::move(nested))};
}

const ValueList& Value::elements() const { return std::get<std::shared_ptr<const Nested>>(data_)->elements; }
const std::vector<std::pair<std::string, Value>>& Value::fields() const { return std::get<std::shared_ptr<const Nested>>(data_)->fields; }
const std::vector<std::pair<Value, Value>>& Value::pairs() const { return std::get<std::shared_ptr<const Nested>>(data_)->pairs; }

std::string Value::text() const {
  switch (kind_) {
    case ValueKind::kNull:
      return "NULL";
    case ValueKind::kBool:
      return as_bool() ? "true" : "false";
    case ValueKind::kInteger:
      return std::to_string(as_integer());
    case ValueKind::kNumber:
    case ValueKind::kString:
      return as_string();
    case ValueKind::kDouble:
      return real_text(as_double());
    case ValueKind::kFloat:
      return prints_as_double_ ? real_text(as_double()) : real_text(static_cast<float>(as_double()));
    case ValueKind::kBlob:
      return blob_text(as_string());
    case ValueKind::kDate:
      return date_text(as_integer());
    case ValueKind::kTime:
      return time_text(as_moment().micros, as_moment().nanos);
    case ValueKind::kTimeTz:
      return time_text(as_moment().micros, 0) + offset_text(as_moment().offset_seconds, true);
    case ValueKind::kTimestamp:
      return timestamp_text(as_moment(), false);
    case ValueKind::kTimestampTz:
      return timestamp_text(as_moment(), true);
    case ValueKind::kInterval:
      return interval_text(as_interval());
    case ValueKind::kList:
      return "[" + joined(elements(), inner_text) + "]";
    case ValueKind::kStruct:
      return struct_text(fields());
    case ValueKind::kMap:
      return "{" + joined(pairs(), [](const auto& pair) { return inner_text(pair.first) + "=" + inner_text(pair.second); }) + "}";
    case ValueKind::kUnion:
      return fields().front().second.text();
  }
  return "";
}

bool operator==(const Value& a, const Value& b) {
  if (a.kind_ != b.kind_) return false;
  switch (a.kind_) {
    case ValueKind::kDouble:
    case ValueKind::kFloat:
      return std::bit_cast<uint64_t>(a.as_double()) == std::bit_cast<uint64_t>(b.as_double());
    case ValueKind::kList:
      return a.elements() == b.elements();
    case ValueKind::kStruct:
    case ValueKind::kUnion:
      return a.fields() == b.fields();
    case ValueKind::kMap:
      return a.pairs() == b.pairs();
    default:
      return a.data_ == b.data_;
  }
}

}  // namespace tidemark
