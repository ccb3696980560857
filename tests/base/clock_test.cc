#include "base/clock.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

std::string round_trip(const std::string& text) {
  const auto time = parse_iso_utc(text);
  return time ? format_iso_utc(*time) : "none";
}

TEST(Clock, ReadsTimes) {
  EXPECT_EQ(round_trip("2026-01-31"), "2026-01-31T00:00:00.000000Z");
  EXPECT_EQ(round_trip("2024-02-29T12:30"), "2024-02-29T12:30:00.000000Z");
  EXPECT_EQ(round_trip("2026-01-31 12:30:59.25"), "2026-01-31T12:30:59.250000Z");
  EXPECT_EQ(round_trip("2026-01-31T12:30:00Z"), "2026-01-31T12:30:00.000000Z");
  EXPECT_EQ(round_trip("2026-01-01T00:30:00+02:00"), "2025-12-31T22:30:00.000000Z");
  EXPECT_EQ(round_trip("2026-01-01T00:30:00-0530"), "none");
  EXPECT_EQ(round_trip("2026-01-01T00:30:00-05:30"), "2026-01-01T06:00:00.000000Z");
  EXPECT_EQ(round_trip(format_iso_utc(*parse_iso_utc("1969-12-31T23:59:59"))), "1969-12-31T23:59:59.000000Z");
}

TEST(Clock, RefusesWhatIsNone) {
  for (const char* text : {"", "yesterday", "2026", "2026-13-01", "2026-02-30", "2026-01-31T", "2026-01-31T25:00", "2026-01-31T12", "2026-01-31T12:00:00x",
                           "2026-01-31 12:00:60", "2026-01-31T12:00+99:00", "2026-1-1"})
    EXPECT_FALSE(parse_iso_utc(text)) << text;
}

}  // namespace
}  // namespace tidemark
