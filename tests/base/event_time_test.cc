// Batches by dbt's rules: the answers are those of its MicrobatchBuilder.
#include "base/event_time.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace tidemark {
namespace {

int64_t at(const std::string& text) { return parse_event_time(text).value(); }

TEST(EventTime, StartsOffsetsAndCeilings) {
  const int64_t time = at("2024-09-17T16:06:00");
  EXPECT_EQ(batch_start(BatchSize::kHour, time), at("2024-09-17T16:00:00"));
  EXPECT_EQ(batch_start(BatchSize::kMonth, time), at("2024-09-01"));
  EXPECT_EQ(batch_offset(BatchSize::kHour, time, -1), at("2024-09-17T15:00:00"));
  EXPECT_EQ(batch_offset(BatchSize::kDay, time, 1), at("2024-09-18"));
  EXPECT_EQ(batch_offset(BatchSize::kMonth, time, -1), at("2024-08-01"));
  EXPECT_EQ(batch_offset(BatchSize::kMonth, at("2024-01-31"), 1), at("2024-02-01"));
  EXPECT_EQ(batch_offset(BatchSize::kYear, time, 1), at("2025-01-01"));
  EXPECT_EQ(batch_ceiling(BatchSize::kDay, time), at("2024-09-18"));
  EXPECT_EQ(batch_ceiling(BatchSize::kDay, at("2024-09-17")), at("2024-09-17"));
  EXPECT_EQ(batch_ceiling(BatchSize::kYear, time), at("2025-01-01"));
  EXPECT_EQ(batch_start(BatchSize::kDay, at("1969-12-31T23:00:00")), at("1969-12-31"));
}

TEST(EventTime, BatchesEndAtTheEnd) {
  const std::vector<EventWindow> found = batches_between(BatchSize::kMonth, at("2024-01-01"), at("2024-03-10"));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[1], (EventWindow{at("2024-02-01"), at("2024-03-01")}));
  EXPECT_EQ(found[2].end, at("2024-03-10"));
  EXPECT_TRUE(batches_between(BatchSize::kDay, at("2024-01-01"), at("2024-01-01")).empty());
}

TEST(EventTime, Texts) {
  EXPECT_EQ(event_time_text(at("2024-01-31T12:00:00.5")), "2024-01-31 12:00:00.500000+00:00");
  EXPECT_EQ(event_time_iso(at("1960-02-29")), "1960-02-29T00:00:00+00:00");
  EXPECT_EQ(batch_name(BatchSize::kHour, at("2024-09-17T16:00:00")), "2024-09-17T16");
  EXPECT_EQ(batch_id(BatchSize::kHour, at("2024-09-17T16:00:00")), "20240917T16");
  EXPECT_EQ(batch_id(BatchSize::kMonth, at("2024-09-01")), "202409");
}

TEST(EventTime, Samples) {
  const int64_t now = at("2024-03-31T10:30:00");
  EXPECT_EQ(sample_window("3 days", now), (EventWindow{at("2024-03-28T10:30:00"), now}));
  EXPECT_EQ(sample_window("1 month", now).begin, at("2024-02-29T10:30:00"));
  EXPECT_EQ(sample_window("2 HOURS", now).begin, at("2024-03-31T08:30:00"));
  EXPECT_EQ(sample_window("{'start': '2024-07-01', 'end': '2024-07-08 18:00:00'}", now), (EventWindow{at("2024-07-01"), at("2024-07-08T18:00:00")}));
  for (const char* wrong : {"3", "x days", "3 weeks", "{start: 2024-01-01}", "{start: 2024-01-02, end: 2024-01-01}", ""})
    EXPECT_THROW(sample_window(wrong, now), Error) << wrong;
}

}  // namespace
}  // namespace tidemark
