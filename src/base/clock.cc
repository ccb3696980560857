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

std::string format_clock_local(WallTime time) {
  const time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  tm parts{};
  localtime_r(&seconds, &parts);
  return fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace tidemark
