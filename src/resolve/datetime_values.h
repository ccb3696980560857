// Python's date, datetime, time, timedelta and tzinfo as templates use them. Proleptic Gregorian calendar, microseconds.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "jinja/object.h"

namespace tidemark::resolve {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

struct CivilTime {
  int64_t year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int microsecond = 0;
};

// Microseconds since 1970-01-01T00:00:00 of a wall clock that never shifts.
int64_t to_micros(const CivilTime& time);
CivilTime to_civil(int64_t micros);
bool is_valid(const CivilTime& time);  // years 1 to 9999, as Python

// A time zone: UTC offsets in microseconds by moment.
class Zone {
 public:
  virtual ~Zone() = default;
  virtual std::string name() const = 0;
  virtual int64_t offset_at_utc(int64_t utc_micros) const = 0;
  virtual int64_t offset_at_local(int64_t local_micros) const = 0;  // of the earlier one where the clock shows it twice
  virtual std::string abbreviation_at_utc(int64_t utc_micros) const = 0;
};
using ZonePtr = std::shared_ptr<const Zone>;

ZonePtr utc_zone();
ZonePtr fixed_zone(int64_t offset_micros);
ZonePtr named_zone(const std::string& name);  // of the system's zone data; nullptr where there is none

// "%Y-%m-%d" and all of Python's directives for dates and times. `zone` may be null.
std::string format_time(const CivilTime& time, const std::string& format, const ZonePtr& zone);
struct ParsedTime {
  CivilTime time;
  ZonePtr zone;
};
// nullopt where `text` does not match.
std::optional<ParsedTime> parse_time(const std::string& text, const std::string& format);

class TimeDeltaObject : public jinja::Object {
 public:
  explicit TimeDeltaObject(int64_t micros) : micros_(micros) {}
  int64_t micros() const { return micros_; }
  std::string_view type_name() const override { return "timedelta"; }
  std::optional<jinja::Value> get_attribute(jinja::CallContext& context, std::string_view name) override;
  std::optional<jinja::Value> operate(std::string_view op, const jinja::Value& other, bool reflected) const override;
  std::string text() const override;
  std::string repr() const override { return "timedelta(" + text() + ")"; }
  bool truthy() const override { return micros_ != 0; }
  bool equals(const jinja::Value& other) const override;
  std::optional<uint64_t> hash() const override { return static_cast<uint64_t>(micros_); }
  std::optional<bool> less(const jinja::Value& other) const override;

 private:
  int64_t micros_;
};

// A datetime; with `date_only` a date.
class DateTimeObject : public jinja::Object {
 public:
  DateTimeObject(int64_t local_micros, ZonePtr zone, bool date_only) : local_(local_micros), zone_(std::move(zone)), date_only_(date_only) {}
  int64_t local() const { return local_; }
  const ZonePtr& zone() const { return zone_; }
  bool date_only() const { return date_only_; }
  int64_t utc() const { return zone_ ? local_ - zone_->offset_at_local(local_) : local_; }

  std::string_view type_name() const override { return date_only_ ? "date" : "datetime"; }
  std::optional<jinja::Value> get_attribute(jinja::CallContext& context, std::string_view name) override;
  std::optional<jinja::Value> operate(std::string_view op, const jinja::Value& other, bool reflected) const override;
  std::string text() const override { return iso(' '); }
  std::string repr() const override;
  bool truthy() const override { return true; }
  bool equals(const jinja::Value& other) const override;
  std::optional<uint64_t> hash() const override { return static_cast<uint64_t>(utc()); }
  std::optional<bool> less(const jinja::Value& other) const override;
  std::string iso(char separator) const;

 private:
  int64_t local_;
  ZonePtr zone_;  // null: naive
  bool date_only_;
};

class ZoneObject : public jinja::Object {
 public:
  explicit ZoneObject(ZonePtr zone) : zone_(std::move(zone)) {}
  const ZonePtr& zone() const { return zone_; }
  std::string_view type_name() const override { return "tzinfo"; }
  std::optional<jinja::Value> get_attribute(jinja::CallContext& context, std::string_view name) override;
  std::string text() const override { return zone_->name(); }
  std::string repr() const override { return "<" + zone_->name() + ">"; }
  bool truthy() const override { return true; }
  bool equals(const jinja::Value& other) const override;

 private:
  ZonePtr zone_;
};

jinja::Value make_datetime(int64_t local_micros, ZonePtr zone);
jinja::Value make_date(int64_t local_micros);
jinja::Value make_timedelta(int64_t micros);
jinja::Value make_zone(ZonePtr zone);
// The zone of a tzinfo argument; null for none; TM2104 for others.
ZonePtr zone_argument(const jinja::Value& value);

}  // namespace tidemark::resolve
