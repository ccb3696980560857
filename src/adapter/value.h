// A value of a query's result, in no engine's own layout.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tidemark {

class Value;
using ValueList = std::vector<Value>;

struct Interval {
  int32_t months = 0;
  int32_t days = 0;
  int64_t micros = 0;
  bool operator==(const Interval&) const = default;
};

// A point in time or a time of day.
struct Moment {
  int64_t micros = 0;          // since 1970-01-01 00:00:00 (UTC for kTimestampTz), or since midnight; INT64_MAX / -INT64_MAX: infinity
  int32_t nanos = 0;           // 0..999 beyond `micros`
  int32_t offset_seconds = 0;  // kTimeTz: of the value, kTimestampTz: of the session's time zone at that point; east is positive
  bool operator==(const Moment&) const = default;
};

enum class ValueKind {
  kNull,
  kBool,
  kInteger,  // fits int64
  kNumber,   // exact, kept as text: DECIMAL, HUGEINT, UHUGEINT, UBIGINT beyond int64, BIGNUM
  kDouble,   // DOUBLE
  kFloat,    // FLOAT: a double that prints as the float that it was
  kString,   // VARCHAR, ENUM, UUID, BIT
  kBlob,
  kDate,  // days since 1970-01-01
  kTime,
  kTimeTz,
  kTimestamp,
  kTimestampTz,
  kInterval,
  kList,    // LIST, ARRAY
  kStruct,  // field names in order
  kMap,     // pairs in order
  kUnion,   // one field: the member that is set
};

// Immutable and cheap to copy. The accessors demand their kind (std::bad_variant_access otherwise).
class Value {
 public:
  Value() = default;  // NULL
  static Value boolean(bool value) { return {ValueKind::kBool, value}; }
  static Value integer(int64_t value) { return {ValueKind::kInteger, value}; }
  static Value number(std::string text) { return {ValueKind::kNumber, std::move(text)}; }
  static Value real(double value) { return {ValueKind::kDouble, value}; }
  // `as_double`: prints as the double of that value, as DuckDB does for the few floats that its formatter finds hard.
  static Value single(float value, bool as_double = false) {
    Value single(ValueKind::kFloat, static_cast<double>(value));
    single.prints_as_double_ = as_double;
    return single;
  }
  static Value string(std::string text) { return {ValueKind::kString, std::move(text)}; }
  static Value blob(std::string bytes) { return {ValueKind::kBlob, std::move(bytes)}; }
  static Value date(int64_t days) { return {ValueKind::kDate, days}; }  // INT32_MAX / -INT32_MAX: infinity
  static Value moment(ValueKind kind, Moment value) { return {kind, value}; }
  static Value interval(Interval value) { return {ValueKind::kInterval, value}; }
  static Value list(ValueList elements);
  static Value structure(std::vector<std::pair<std::string, Value>> fields);
  static Value map(std::vector<std::pair<Value, Value>> pairs);
  static Value union_member(std::string member, Value value);

  ValueKind kind() const { return kind_; }
  bool is_null() const { return kind_ == ValueKind::kNull; }
  bool is_numeric() const { return kind_ >= ValueKind::kInteger && kind_ <= ValueKind::kFloat; }

  bool as_bool() const { return std::get<bool>(data_); }
  int64_t as_integer() const { return std::get<int64_t>(data_); }                // kInteger, kDate
  double as_double() const { return std::get<double>(data_); }                   // kDouble, kFloat
  const std::string& as_string() const { return std::get<std::string>(data_); }  // kString, kBlob (bytes), kNumber (digits)
  Moment as_moment() const { return std::get<Moment>(data_); }
  Interval as_interval() const { return std::get<Interval>(data_); }
  const ValueList& elements() const;                                 // kList
  const std::vector<std::pair<std::string, Value>>& fields() const;  // kStruct (unnamed ones: empty names), kUnion
  const std::vector<std::pair<Value, Value>>& pairs() const;         // kMap

  // As DuckDB's CAST(... AS VARCHAR) writes it; "NULL" for NULL.
  std::string text() const;

  // Doubles are equal where their bits are (so NaN equals NaN, and -0.0 differs from 0.0).
  friend bool operator==(const Value& a, const Value& b);

 private:
  struct Nested;
  using Data = std::variant<std::monostate, bool, int64_t, double, std::string, Moment, Interval, std::shared_ptr<const Nested>>;
  Value(ValueKind kind, Data data) : kind_(kind), data_(std::move(data)) {}

  ValueKind kind_ = ValueKind::kNull;
  bool prints_as_double_ = false;
  Data data_;
};

}  // namespace tidemark
