// Wall clock in UTC and a monotonic stopwatch.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tidemark {

using Nanoseconds = std::chrono::nanoseconds;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Nanoseconds>;

WallTime wall_now();
int64_t to_epoch_ms(WallTime time);

// "2026-01-31T12:00:00.123456Z", as dbt writes times in its artifacts.
std::string format_iso_utc(WallTime time);
// "2026-01-31", "2026-01-31T12:00", "2026-01-31 12:00:00.5+02:00": UTC where no offset is given; nullopt for anything else.
std::optional<WallTime> parse_iso_utc(const std::string& text);
// "12:00:00" in local time, as dbt prefixes its log lines.
std::string format_clock_local(WallTime time);

// Seconds since construction.
class Stopwatch {
 public:
  Stopwatch() : start_(std::chrono::steady_clock::now()) {}
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_;
};

}  // namespace tidemark
