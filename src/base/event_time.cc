#include "base/event_time.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <regex>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month_day;
using std::chrono::years;
using Micros = std::chrono::sys_time<microseconds>;

constexpr std::pair<BatchSize, std::string_view> kSizes[] = {
    {BatchSize::kHour, "hour"}, {BatchSize::kDay, "day"}, {BatchSize::kMonth, "month"}, {BatchSize::kYear, "year"}};

Micros point(int64_t time) { return Micros(microseconds(time)); }
int64_t count(Micros time) { return time.time_since_epoch().count(); }
year_month_day date_of(int64_t time) { return year_month_day(std::chrono::floor<days>(point(time))); }

// The last day of the month where there is no such day in it.
sys_days existing(year_month_day date) { return date.ok() ? sys_days(date) : sys_days(date.year() / date.month() / std::chrono::last); }

std::string clock_text(int64_t time, char separator) {
  const auto day = std::chrono::floor<days>(point(time));
  const year_month_day date(day);
  const int64_t rest = count(point(time)) - count(Micros(day));
  const int64_t seconds = rest / 1'000'000;
  std::string out = fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                static_cast<unsigned>(date.day()), separator, seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (rest % 1'000'000 != 0) out += fmt::format(".{:06}", rest % 1'000'000);
  return out + "+00:00";
}

// Without truncation, as --sample counts back.
int64_t moved(BatchSize size, int64_t time, int64_t by) {
  const auto day = std::chrono::floor<days>(point(time));
  const microseconds rest = point(time) - day;
  switch (size) {
    case BatchSize::kHour:
      return count(point(time) + hours(by));
    case BatchSize::kDay:
      return count(point(time) + days(by));
    case BatchSize::kMonth:
      return count(existing(year_month_day(day) + months(by)) + rest);
    case BatchSize::kYear:
      return count(existing(year_month_day(day) + years(by)) + rest);
  }
  return time;
}

Error bad_sample(const std::string& text, const std::string& why) {
  return Error("TM1405", fmt::format("--sample is '{}': {}", text, why)).hint("--sample '3 days', or --sample \"{start: 2024-07-01, end: 2024-07-08}\"");
}

int64_t sample_end(const std::string& text, const char* key) {
  const std::regex member(fmt::format(R"(['"]?{}['"]?\s*:\s*['"]?([0-9][-0-9T:. +Z]*[0-9Z])['"]?)", key));
  std::smatch found;
  if (!std::regex_search(text, found, member)) throw bad_sample(text, fmt::format("it has no '{}'", key));
  if (const auto time = parse_event_time(found[1])) return *time;
  throw bad_sample(text, fmt::format("'{}' is no time", found[1].str()));
}

}  // namespace

std::string_view to_string(BatchSize size) {
  return std::find_if(std::begin(kSizes), std::end(kSizes), [&](const auto& known) { return known.first == size; })->second;
}

std::optional<BatchSize> batch_size_from(std::string_view word) {
  for (const auto& [size, name] : kSizes) {
    if (name == word) return size;
  }
  return std::nullopt;
}

int64_t to_event_time(WallTime time) { return std::chrono::floor<microseconds>(time.time_since_epoch()).count(); }

std::optional<int64_t> parse_event_time(const std::string& text) {
  const auto time = parse_iso_utc(text);
  return time ? std::optional(to_event_time(*time)) : std::nullopt;
}

std::string event_time_text(int64_t time) { return clock_text(time, ' '); }
std::string event_time_iso(int64_t time) { return clock_text(time, 'T'); }

int64_t batch_start(BatchSize size, int64_t time) {
  const year_month_day date = date_of(time);
  switch (size) {
    case BatchSize::kHour:
      return count(std::chrono::floor<hours>(point(time)));
    case BatchSize::kDay:
      return count(std::chrono::floor<days>(point(time)));
    case BatchSize::kMonth:
      return count(sys_days(date.year() / date.month() / 1));
    case BatchSize::kYear:
      return count(sys_days(date.year() / std::chrono::January / 1));
  }
  return time;
}

int64_t batch_ceiling(BatchSize size, int64_t time) {
  const int64_t start = batch_start(size, time);
  return start == time ? time : moved(size, start, 1);
}

int64_t batch_offset(BatchSize size, int64_t time, int64_t batches) { return moved(size, batch_start(size, time), batches); }

std::vector<EventWindow> batches_between(BatchSize size, int64_t begin, int64_t end) {
  std::vector<EventWindow> out;
  for (int64_t at = begin; at < end;) {
    const int64_t next = batch_offset(size, at, 1);
    out.push_back({at, std::min(next, end)});
    at = next;
  }
  return out;
}

std::string batch_name(BatchSize size, int64_t start) {
  static constexpr size_t kLengths[] = {13, 10, 7, 4};
  return clock_text(start, 'T').substr(0, kLengths[static_cast<size_t>(size)]);
}

std::string batch_id(BatchSize size, int64_t start) { return replace_all(batch_name(size, start), "-", ""); }

EventWindow sample_window(const std::string& text, int64_t now) {
  EventWindow out;
  if (text.find('{') != std::string::npos) {
    out = {sample_end(text, "start"), sample_end(text, "end")};
  } else {
    const std::vector<std::string> words = split(text, ' ');
    if (words.size() != 2) throw bad_sample(text, "it is no number and unit");
    int64_t number = 0;
    const auto [end, fault] = std::from_chars(words[0].data(), words[0].data() + words[0].size(), number);
    if (fault != std::errc() || end != words[0].data() + words[0].size()) throw bad_sample(text, fmt::format("'{}' is no whole number", words[0]));
    std::string unit = to_lower(words[1]);
    while (unit.ends_with('s')) unit.pop_back();
    const auto size = batch_size_from(unit);
    if (!size) throw bad_sample(text, fmt::format("'{}' is no unit of hour, day, month and year", words[1]));
    out = {moved(*size, now, -number), now};
  }
  if (out.begin >= out.end) throw bad_sample(text, "it ends before it starts");
  return out;
}

}  // namespace tidemark
