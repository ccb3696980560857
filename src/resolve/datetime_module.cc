#include <cmath>

#include "base/error.h"
#include "resolve/datetime_values.h"
#include "resolve/members.h"
#include "resolve/modules.h"

namespace tidemark::resolve {

namespace {

using jinja::Args;
using jinja::Bound;
using jinja::CallContext;
using jinja::Signature;
using jinja::Value;

// A class of Python's: callable, with class methods.
class TypeObject : public Members {
 public:
  TypeObject(std::string name, std::string_view signature, std::function<Value(const Bound&)> make)
      : Members(std::move(name)), signature_(signature), make_(std::move(make)) {}
  bool callable() const override { return true; }
  Value call(CallContext&, const Args& args) override { return make_(signature_.bind(type_name(), args)); }
  std::string repr() const override { return "<class 'datetime." + std::string(type_name()) + "'>"; }

 private:
  Signature signature_;
  std::function<Value(const Bound&)> make_;
};

int part(const Bound& bound, size_t i, std::string_view what) { return static_cast<int>(std::clamp<int64_t>(bound[i].expect_int(what), -100000, 10000000)); }

int64_t checked_micros(const CivilTime& t) {
  if (!is_valid(t))
    throw Error("TM2104", fmt::format("year {}, month {}, day {}, {}:{}:{} is not a moment", t.year, t.month, t.day, t.hour, t.minute, t.second));
  return to_micros(t);
}

int64_t now_micros() { return std::chrono::duration_cast<std::chrono::microseconds>(wall_now().time_since_epoch()).count(); }

ZonePtr local_zone() {
  const char* name = std::getenv("TZ");
  const ZonePtr named = name != nullptr && *name != '\0' ? named_zone(*name == ':' ? name + 1 : name) : named_zone("localtime");
  return named ? named : utc_zone();
}

Value now_in(const ZonePtr& zone, bool aware) {
  const int64_t utc = now_micros();
  return make_datetime(utc + zone->offset_at_utc(utc), aware ? zone : nullptr);
}

Value strptime(const Bound& bound) {
  const std::string& text = bound[0].expect_string("the text in strptime()");
  const std::string& format = bound[1].expect_string("the format in strptime()");
  const std::optional<ParsedTime> parsed = parse_time(text, format);
  if (!parsed) throw Error("TM2104", fmt::format("time data '{}' does not match format '{}'", text, format));
  return make_datetime(to_micros(parsed->time), parsed->zone);
}

// "2024-01-31", and for datetimes a time after 'T' or ' ', with fraction and offset.
Value from_iso(const std::string& text, bool date_only) {
  if (date_only) {
    if (const auto parsed = parse_time(text, "%Y-%m-%d")) return make_date(to_micros(parsed->time));
  } else {
    for (const char separator : {'T', ' '}) {
      for (const char* time : {"%H:%M:%S.%f%z", "%H:%M:%S%z", "%H:%M:%S.%f", "%H:%M:%S", "%H:%M%z", "%H:%M"}) {
        if (const auto parsed = parse_time(text, std::string("%Y-%m-%d") + separator + time)) return make_datetime(to_micros(parsed->time), parsed->zone);
      }
    }
    if (const auto parsed = parse_time(text, "%Y-%m-%d")) return make_datetime(to_micros(parsed->time), nullptr);
  }
  throw Error("TM2104", fmt::format("'{}' is not a date in ISO format", text));
}

Value make_datetime_type() {
  auto type = jinja::make_ref<TypeObject>("datetime", "year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=none", [](const Bound& bound) {
    const CivilTime t{.year = part(bound, 0, "year"),
                      .month = part(bound, 1, "month"),
                      .day = part(bound, 2, "day"),
                      .hour = part(bound, 3, "hour"),
                      .minute = part(bound, 4, "minute"),
                      .second = part(bound, 5, "second"),
                      .microsecond = part(bound, 6, "microsecond")};
    return make_datetime(checked_micros(t), zone_argument(bound[7]));
  });
  const auto add = [&](const char* name, std::string_view signature, Value (*function)(const Bound&)) {
    type->set(name, jinja::make_function(std::string("datetime.") + name, signature, [function](CallContext&, const Bound& bound) { return function(bound); }));
  };
  add("now", "tz=none", [](const Bound& bound) { return bound[0].is_none() ? now_in(local_zone(), false) : now_in(zone_argument(bound[0]), true); });
  add("utcnow", "", [](const Bound&) { return now_in(utc_zone(), false); });
  add("today", "", [](const Bound&) { return now_in(local_zone(), false); });
  add("strptime", "date_string, format", strptime);
  add("fromisoformat", "date_string", [](const Bound& bound) { return from_iso(bound[0].expect_string("date_string"), false); });
  add("fromtimestamp", "timestamp, tz=none", [](const Bound& bound) {
    const double seconds = bound[0].is_float() ? bound[0].as_float() : static_cast<double>(bound[0].expect_int("timestamp"));
    const ZonePtr zone = bound[1].is_none() ? local_zone() : zone_argument(bound[1]);
    const int64_t utc = std::llround(seconds * static_cast<double>(kMicrosPerSecond));
    return make_datetime(utc + zone->offset_at_utc(utc), bound[1].is_none() ? nullptr : zone);
  });
  add("combine", "date, time", [](const Bound& bound) {
    const auto* date = bound[0].object_as<DateTimeObject>();
    const auto* time = bound[1].object_as<TimeDeltaObject>();
    if (date == nullptr || time == nullptr) throw Error("TM2104", "combine() takes a date and a time");
    return make_datetime(date->local() - ((date->local() % kMicrosPerDay) + kMicrosPerDay) % kMicrosPerDay + time->micros(), nullptr);
  });
  type->set("min", make_datetime(to_micros({.year = 1}), nullptr));
  type->set("max", make_datetime(to_micros({.year = 9999, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 59, .microsecond = 999999}), nullptr));
  return type;
}

Value make_date_type() {
  auto type = jinja::make_ref<TypeObject>("date", "year, month, day", [](const Bound& bound) {
    return make_date(checked_micros({.year = part(bound, 0, "year"), .month = part(bound, 1, "month"), .day = part(bound, 2, "day")}));
  });
  type->set("today", jinja::make_function("date.today", [](CallContext&, const Args&) {
              const int64_t utc = now_micros();
              return make_date(utc + local_zone()->offset_at_utc(utc));
            }));
  type->set("fromisoformat", jinja::make_function("date.fromisoformat", "date_string",
                                                  [](CallContext&, const Bound& bound) { return from_iso(bound[0].expect_string("date_string"), true); }));
  return type;
}

// Weeks to microseconds, each a whole or a fraction.
Value make_timedelta_type() {
  auto type =
      jinja::make_ref<TypeObject>("timedelta", "days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0", [](const Bound& bound) {
        constexpr std::array<int64_t, 7> kUnits{kMicrosPerDay, kMicrosPerSecond, 1, 1000, 60 * kMicrosPerSecond, 3600 * kMicrosPerSecond, 7 * kMicrosPerDay};
        int64_t micros = 0;
        for (size_t i = 0; i < kUnits.size(); ++i) {
          const double amount = bound[i].is_float() ? bound[i].as_float() : static_cast<double>(bound[i].expect_int("timedelta()'s argument"));
          if (std::abs(amount) * static_cast<double>(kUnits[i]) > 8e18) throw Error("TM2104", "timedelta() is too long");
          micros += bound[i].is_float() ? std::llround(amount * static_cast<double>(kUnits[i])) : bound[i].as_int() * kUnits[i];
        }
        return make_timedelta(micros);
      });
  return type;
}

// A time of day is kept as what has passed since midnight.
Value make_time_type() {
  auto type = jinja::make_ref<TypeObject>("time", "hour=0, minute=0, second=0, microsecond=0", [](const Bound& bound) {
    const CivilTime t{
        .hour = part(bound, 0, "hour"), .minute = part(bound, 1, "minute"), .second = part(bound, 2, "second"), .microsecond = part(bound, 3, "microsecond")};
    return make_timedelta(checked_micros(t));
  });
  type->set("min", make_timedelta(0));
  type->set("max", make_timedelta(kMicrosPerDay - 1));
  return type;
}

}  // namespace

Value make_datetime_module() {
  auto module = jinja::make_ref<Members>("datetime");
  module->set("datetime", make_datetime_type());
  module->set("date", make_date_type());
  module->set("timedelta", make_timedelta_type());
  module->set("time", make_time_type());
  auto timezone = jinja::make_ref<TypeObject>("timezone", "offset, name=none", [](const Bound& bound) {
    const auto* offset = bound[0].object_as<TimeDeltaObject>();
    if (offset == nullptr) throw Error("TM2104", "timezone() takes a timedelta");
    return make_zone(fixed_zone(offset->micros()));
  });
  timezone->set("utc", make_zone(utc_zone()));
  module->set("timezone", timezone);
  return module;
}

Value make_pytz_module() {
  auto module = jinja::make_ref<Members>("pytz");
  module->set("utc", make_zone(utc_zone()));
  module->set("UTC", make_zone(utc_zone()));
  module->set(
      "timezone", jinja::make_function("pytz.timezone", "zone", [](CallContext&, const Bound& bound) {
        const std::string& name = bound[0].expect_string("the name of a time zone");
        const ZonePtr zone = named_zone(name);
        if (!zone)
          throw Error("TM2104", fmt::format("time zone '{}' is not known", name)).hint("a name such as 'Europe/Amsterdam'; /usr/share/zoneinfo is read");
        return make_zone(zone);
      }));
  return module;
}

Value make_utc_datetime(WallTime time) {
  return make_datetime(std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count(), utc_zone());
}

Value make_modules() {
  auto modules = jinja::make_ref<Members>("modules");
  modules->set("datetime", make_datetime_module());
  modules->set("pytz", make_pytz_module());
  modules->set("re", make_re_module());
  modules->set("itertools", make_itertools_module());
  return modules;
}

}  // namespace tidemark::resolve
