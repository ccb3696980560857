#include "resolve/datetime_values.h"

#include <cmath>

#include "base/error.h"

namespace tidemark::resolve {

using jinja::Args;
using jinja::Bound;
using jinja::CallContext;
using jinja::Signature;
using jinja::Value;

namespace {

CivilTime checked(const CivilTime& time) {
  if (!is_valid(time))
    throw Error("TM2104", fmt::format("{}-{}-{} {}:{}:{} is not a date", time.year, time.month, time.day, time.hour, time.minute, time.second));
  return time;
}

int64_t checked(int64_t micros) {
  checked(to_civil(micros));
  return micros;
}

Value replaced(const DateTimeObject& self, const Bound& bound) {
  CivilTime t = to_civil(self.local());
  const auto read = [&](size_t i, auto& into, std::string_view what) {
    if (bound.given(i)) into = static_cast<std::remove_reference_t<decltype(into)>>(bound[i].expect_int(what));
  };
  read(0, t.year, "year");
  read(1, t.month, "month");
  read(2, t.day, "day");
  read(3, t.hour, "hour");
  read(4, t.minute, "minute");
  read(5, t.second, "second");
  read(6, t.microsecond, "microsecond");
  const int64_t local = to_micros(checked(t));
  if (self.date_only()) return make_date(local);
  return make_datetime(local, bound.given(7) ? zone_argument(bound[7]) : self.zone());
}

Value isocalendar(const CivilTime& t) {
  const auto number = [&](const char* format) { return Value(static_cast<int64_t>(std::stoll(format_time(t, format, nullptr)))); };
  return Value::tuple({number("%G"), number("%V"), number("%u")});
}

Value as_timezone(const DateTimeObject& self, const Value& argument) {
  const ZonePtr zone = argument.is_none() ? utc_zone() : zone_argument(argument);
  const int64_t utc = self.utc();
  return make_datetime(utc + zone->offset_at_utc(utc), zone);
}

}  // namespace

Value make_datetime(int64_t local_micros, ZonePtr zone) { return jinja::make_ref<DateTimeObject>(checked(local_micros), std::move(zone), false); }
Value make_date(int64_t local_micros) {
  CivilTime t = to_civil(checked(local_micros));
  t.hour = t.minute = t.second = t.microsecond = 0;
  return jinja::make_ref<DateTimeObject>(to_micros(t), nullptr, true);
}
Value make_timedelta(int64_t micros) { return jinja::make_ref<TimeDeltaObject>(micros); }
Value make_zone(ZonePtr zone) { return jinja::make_ref<ZoneObject>(std::move(zone)); }

ZonePtr zone_argument(const Value& value) {
  if (value.is_none()) return nullptr;
  if (const auto* zone = value.object_as<ZoneObject>()) return zone->zone();
  throw Error("TM2104", fmt::format("a time zone is wanted, not '{}'", jinja::type_name(value))).hint("modules.pytz.timezone('Europe/Amsterdam')");
}

// timedelta

std::optional<Value> TimeDeltaObject::get_attribute(CallContext&, std::string_view name) {
  const int64_t days = (micros_ - ((micros_ % kMicrosPerDay) + kMicrosPerDay) % kMicrosPerDay) / kMicrosPerDay;
  const int64_t rest = micros_ - days * kMicrosPerDay;
  if (name == "days") return Value(days);
  if (name == "seconds") return Value(rest / kMicrosPerSecond);
  if (name == "microseconds") return Value(rest % kMicrosPerSecond);
  if (name == "total_seconds") {
    return jinja::make_function(
        "total_seconds", [micros = micros_](CallContext&, const Args&) { return Value(static_cast<double>(micros) / static_cast<double>(kMicrosPerSecond)); });
  }
  return std::nullopt;
}

std::optional<Value> TimeDeltaObject::operate(std::string_view op, const Value& other, bool reflected) const {
  if (const auto* delta = other.object_as<TimeDeltaObject>()) {
    if (op == "+") return make_timedelta(micros_ + delta->micros_);
    if (op == "-") return make_timedelta(reflected ? delta->micros_ - micros_ : micros_ - delta->micros_);
    const bool divides = delta->micros_ != 0 && !reflected;
    if (op == "/" && divides) return Value(static_cast<double>(micros_) / static_cast<double>(delta->micros_));
    if (op == "//" && divides) return Value(static_cast<int64_t>(std::floor(static_cast<double>(micros_) / static_cast<double>(delta->micros_))));
    return std::nullopt;
  }
  if (other.is_int()) {
    if (op == "*") return make_timedelta(micros_ * other.as_int());
    if ((op == "/" || op == "//") && !reflected && other.as_int() != 0) return make_timedelta(micros_ / other.as_int());
  }
  if (other.is_float() && op == "*") return make_timedelta(std::llround(static_cast<double>(micros_) * other.as_float()));
  return std::nullopt;
}

std::string TimeDeltaObject::text() const {
  const int64_t in_day = ((micros_ % kMicrosPerDay) + kMicrosPerDay) % kMicrosPerDay;
  const int64_t days = (micros_ - in_day) / kMicrosPerDay;
  const int64_t seconds = in_day / kMicrosPerSecond;
  std::string out = days == 0 ? "" : fmt::format("{} day{}, ", days, days == 1 || days == -1 ? "" : "s");
  out += fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (in_day % kMicrosPerSecond != 0) out += fmt::format(".{:06}", in_day % kMicrosPerSecond);
  return out;
}

bool TimeDeltaObject::equals(const Value& other) const {
  const auto* delta = other.object_as<TimeDeltaObject>();
  return delta != nullptr && delta->micros_ == micros_;
}

std::optional<bool> TimeDeltaObject::less(const Value& other) const {
  const auto* delta = other.object_as<TimeDeltaObject>();
  return delta == nullptr ? std::nullopt : std::optional<bool>(micros_ < delta->micros_);
}

// date and datetime

std::string DateTimeObject::iso(char separator) const {
  const CivilTime t = to_civil(local_);
  std::string out = fmt::format("{:04}-{:02}-{:02}", t.year, t.month, t.day);
  if (date_only_) return out;
  out += fmt::format("{}{:02}:{:02}:{:02}", separator, t.hour, t.minute, t.second);
  if (t.microsecond != 0) out += fmt::format(".{:06}", t.microsecond);
  if (zone_) {
    const std::string offset = format_time(t, "%z", zone_);
    out += offset.substr(0, 3) + ":" + offset.substr(3);
  }
  return out;
}

std::string DateTimeObject::repr() const {
  const CivilTime t = to_civil(local_);
  if (date_only_) return fmt::format("datetime.date({}, {}, {})", t.year, t.month, t.day);
  std::string out = fmt::format("datetime.datetime({}, {}, {}, {}, {}", t.year, t.month, t.day, t.hour, t.minute);
  if (t.second != 0 || t.microsecond != 0) out += fmt::format(", {}", t.second);
  if (t.microsecond != 0) out += fmt::format(", {}", t.microsecond);
  return out + (zone_ ? ", tzinfo=<" + zone_->name() + ">)" : ")");
}

std::optional<Value> DateTimeObject::get_attribute(CallContext&, std::string_view name) {
  const CivilTime t = to_civil(local_);
  if (name == "year") return Value(t.year);
  if (name == "month") return Value(t.month);
  if (name == "day") return Value(t.day);
  if (!date_only_) {
    if (name == "hour") return Value(t.hour);
    if (name == "minute") return Value(t.minute);
    if (name == "second") return Value(t.second);
    if (name == "microsecond") return Value(t.microsecond);
    if (name == "tzinfo") return zone_ ? make_zone(zone_) : Value::none();
  }
  const jinja::Ref<DateTimeObject> self(this);
  const auto method = [&](std::string_view signature, std::function<Value(const DateTimeObject&, const Bound&)> function) {
    return jinja::make_function(std::string(name), signature,
                                [self, function = std::move(function)](CallContext&, const Bound& bound) { return function(*self, bound); });
  };
  if (name == "strftime") {
    return method("format", [](const DateTimeObject& d, const Bound& bound) {
      return Value(format_time(to_civil(d.local()), bound[0].expect_string("format"), d.zone()));
    });
  }
  if (name == "isoformat") {
    return method("sep='T', timespec='auto'", [](const DateTimeObject& d, const Bound& bound) {
      const std::string& separator = bound[0].expect_string("sep");
      return Value(d.iso(separator.empty() ? 'T' : separator[0]));
    });
  }
  if (name == "replace") return method("year=none, month=none, day=none, hour=none, minute=none, second=none, microsecond=none, tzinfo=none", replaced);
  if (name == "weekday" || name == "isoweekday") {
    const int64_t shift = name == "weekday" ? 1 : 0;
    return method("", [shift](const DateTimeObject& d, const Bound&) {
      return Value(static_cast<int64_t>(std::stoll(format_time(to_civil(d.local()), "%u", nullptr))) - shift);
    });
  }
  if (name == "isocalendar") return method("", [](const DateTimeObject& d, const Bound&) { return isocalendar(to_civil(d.local())); });
  if (name == "toordinal")
    return method("", [](const DateTimeObject& d, const Bound&) { return Value(to_micros(to_civil(d.local())) / kMicrosPerDay + 719163); });
  if (date_only_) return std::nullopt;
  if (name == "date") return method("", [](const DateTimeObject& d, const Bound&) { return make_date(d.local()); });
  if (name == "astimezone") return method("tz=none", [](const DateTimeObject& d, const Bound& bound) { return as_timezone(d, bound[0]); });
  if (name == "timestamp") {
    return method("", [](const DateTimeObject& d, const Bound&) { return Value(static_cast<double>(d.utc()) / static_cast<double>(kMicrosPerSecond)); });
  }
  if (name == "utcoffset")
    return method("", [](const DateTimeObject& d, const Bound&) { return d.zone() ? make_timedelta(d.zone()->offset_at_local(d.local())) : Value::none(); });
  if (name == "tzname")
    return method("", [](const DateTimeObject& d, const Bound&) { return d.zone() ? Value(format_time(to_civil(d.local()), "%Z", d.zone())) : Value::none(); });
  return std::nullopt;
}

std::optional<Value> DateTimeObject::operate(std::string_view op, const Value& other, bool reflected) const {
  if (const auto* delta = other.object_as<TimeDeltaObject>()) {
    if (op != "+" && (op != "-" || reflected)) return std::nullopt;
    int64_t micros = delta->micros();
    if (date_only_) micros -= ((micros % kMicrosPerDay) + kMicrosPerDay) % kMicrosPerDay;
    const int64_t moved = op == "+" ? local_ + micros : local_ - micros;
    return date_only_ ? make_date(moved) : make_datetime(moved, zone_);
  }
  const auto* date = other.object_as<DateTimeObject>();
  if (date == nullptr || op != "-" || date->date_only_ != date_only_ || (date->zone_ == nullptr) != (zone_ == nullptr)) return std::nullopt;
  return make_timedelta(reflected ? date->utc() - utc() : utc() - date->utc());
}

bool DateTimeObject::equals(const Value& other) const {
  const auto* date = other.object_as<DateTimeObject>();
  return date != nullptr && date->date_only_ == date_only_ && (date->zone_ == nullptr) == (zone_ == nullptr) && date->utc() == utc();
}

std::optional<bool> DateTimeObject::less(const Value& other) const {
  const auto* date = other.object_as<DateTimeObject>();
  if (date == nullptr || date->date_only_ != date_only_ || (date->zone_ == nullptr) != (zone_ == nullptr)) return std::nullopt;
  return utc() < date->utc();
}

// tzinfo

std::optional<Value> ZoneObject::get_attribute(CallContext&, std::string_view name) {
  if (name == "zone") return Value(zone_->name());
  const ZonePtr zone = zone_;
  if (name == "localize") {
    return jinja::make_function("localize", "dt, is_dst=False", [zone](CallContext&, const Bound& bound) {
      const auto* naive = bound[0].object_as<DateTimeObject>();
      if (naive == nullptr || naive->zone() || naive->date_only()) throw Error("TM2104", "localize() takes a datetime without a time zone");
      return make_datetime(naive->local(), zone);
    });
  }
  if (name == "normalize") {
    return jinja::make_function("normalize", "dt", [zone](CallContext&, const Bound& bound) {
      const auto* aware = bound[0].object_as<DateTimeObject>();
      if (aware == nullptr || !aware->zone()) throw Error("TM2104", "normalize() takes a datetime with a time zone");
      return make_datetime(aware->utc() + zone->offset_at_utc(aware->utc()), zone);
    });
  }
  return std::nullopt;
}

bool ZoneObject::equals(const Value& other) const {
  const auto* zone = other.object_as<ZoneObject>();
  return zone != nullptr && zone->zone_->name() == zone_->name();
}

}  // namespace tidemark::resolve
