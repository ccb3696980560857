#include "base/error.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(RenderError, ShowsPlaceExcerptAndHint) {
  const SourceTextPtr source = make_source("models/a.sql", "select 1\nselect {{ money(fare, 2, true) }}\n");
  Error error("TM2004", "macro 'money' takes 2 arguments, got 3");
  error.at(SourceSpan{source, 19, 20}).hint("declared at macros/money.sql:1:1");
  EXPECT_EQ(render_error(error),
            "models/a.sql:2:11: error[TM2004]: macro 'money' takes 2 arguments, got 3\n"
            "2 | select {{ money(fare, 2, true) }}\n"
            "  |           ^^^^^^^^^^^^^^^^^^^^\n"
            "hint: declared at macros/money.sql:1:1\n");
}

TEST(RenderError, CountsCodePointsNotBytes) {
  const SourceTextPtr source = make_source("a.sql", "é = {{ x }}");
  Error error("TM2001", "no x");
  error.at(SourceSpan{source, 8, 1});
  EXPECT_NE(render_error(error).find("a.sql:1:8:"), std::string::npos);
}

TEST(NearestName, FindsATypoAndNothingFarOff) {
  EXPECT_EQ(nearest_name("stg_tripz", {"stg_trips", "agg_daily"}), "stg_trips");
  EXPECT_EQ(nearest_name("zzz", {"stg_trips", "agg_daily"}), "");
}

}  // namespace
}  // namespace tidemark
