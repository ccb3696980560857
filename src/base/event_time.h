// Event times and the batches that they fall into, by dbt's rules: microseconds since the epoch, UTC, proleptic Gregorian.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace tidemark {

enum class BatchSize { kHour, kDay, kMonth, kYear };

std::string_view to_string(BatchSize size);  // "hour", "day", "month", "year"
std::optional<BatchSize> batch_size_from(std::string_view word);

// From `begin` on, before `end`.
struct EventWindow {
  int64_t begin = 0;
  int64_t end = 0;
  auto operator<=>(const EventWindow&) const = default;
};

int64_t to_event_time(WallTime time);
std::optional<int64_t> parse_event_time(const std::string& text);  // as parse_iso_utc()
std::string event_time_text(int64_t time);                         // "2024-01-31 12:00:00+00:00", as Python prints it
std::string event_time_iso(int64_t time);                          // "2024-01-31T12:00:00+00:00"

int64_t batch_start(BatchSize size, int64_t time);                    // of the batch that holds it
int64_t batch_ceiling(BatchSize size, int64_t time);                  // itself where a batch starts there, else where the next one does
int64_t batch_offset(BatchSize size, int64_t time, int64_t batches);  // the start of its batch, so many batches later
// Batch after batch from `begin` on; the last one ends at `end`. None where that is not after `begin`.
std::vector<EventWindow> batches_between(BatchSize size, int64_t begin, int64_t end);

std::string batch_name(BatchSize size, int64_t start);  // "2024-09-17T16", "2024-09-17", "2024-09", "2024"
std::string batch_id(BatchSize size, int64_t start);    // the same without "-"

// --sample: "3 days", ending at `now`, or "{start: 2024-07-01, end: 2024-07-08}". TM1405 for anything else.
EventWindow sample_window(const std::string& text, int64_t now);

}  // namespace tidemark
