#include "base/clock.h"

#include <ctime>

#include <fmt/format.h>

namespace tidemark {

WallTime wall_now() { return std::chrono::time_point_cast<Nanoseconds>(std::chrono::system_clock::now()); }

int64_t to_epoch_ms(WallTime time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count(); }

std::string format_iso_utc(WallTime time) {
  const int64_t micros = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  const time_t seconds = micros / 1000000;
  tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                     parts.tm_sec, micros % 1000000);
}

namespace {

class TimeReader {
 public:
  explicit TimeReader(const std::string& text) : text_(text) {}

  std::optional<WallTime> read() {
    const int year = number(4);
    const int month = take('-') ? number(2) : -1;
    const int day = take('-') ? number(2) : -1;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (failed_ || !date.ok()) return std::nullopt;
    Nanoseconds time{0};
    if (take('T') || take(' ')) time = time_of_day();
    if (failed_ || at_ != text_.size()) return std::nullopt;
    return WallTime(std::chrono::sys_days(date).time_since_epoch() + time);
  }

 private:
  Nanoseconds time_of_day() {
    const int hour = number(2);
    const int minute = take(':') ? number(2) : fail();
    const int second = take(':') ? number(2) : 0;
    Nanoseconds time = std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
    if (hour > 23 || minute > 59 || second > 59) fail();
    if (take('.')) {
      for (int64_t unit = 100000000; at_ < text_.size() && is_digit(); unit /= 10) time += Nanoseconds(unit * (text_[at_++] - '0'));
    }
    if (take('Z')) return time;
    const bool east = at_ < text_.size() && text_[at_] == '+';
    if (take('+') || take('-')) {
      const int hours = number(2);
      const int minutes = take(':') ? number(2) : 0;
      if (hours > 18 || minutes > 59) fail();
      const Nanoseconds offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
      time += east ? -offset : offset;
    }
    return time;
  }

  int fail() {
    failed_ = true;
    return 0;
  }
  bool is_digit() const { return text_[at_] >= '0' && text_[at_] <= '9'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  int number(int digits) {
    int value = 0;
    for (int i = 0; i < digits; ++i) {
      if (at_ >= text_.size() || !is_digit()) return fail();
      value = value * 10 + (text_[at_++] - '0');
    }
    return value;
  }

  const std::string& text_;
  size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

std::optional<WallTime> parse_iso_utc(const std::string& text) { return TimeReader(text).read(); }

std::string format_clock_local(WallTime time) {
  const time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  tm parts{};
  localtime_r(&seconds, &parts);
  return fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace tidemark
