// What a small table costs, engine loaded: told, not judged, but for a bound far off.
#include "adapter_lake/lake_fixture.h"
#include "base/clock.h"

namespace tidemark {
namespace {

using LakeTiming = LakeFixture;

TEST_F(LakeTiming, OneRow) {
  create("warm", "SELECT 1 AS a");
  double best = 1e9;
  for (int i = 0; i < 10; ++i) {
    const Stopwatch watch;
    create("t", "SELECT 1 AS a, 'x' AS b");
    best = std::min(best, watch.seconds());
  }
  RecordProperty("one_row_ms", std::to_string(best * 1000));
  std::printf("stage and publish of one row: %.1f ms (best of 10)\n", best * 1000);
  EXPECT_LT(best, 1.0);
}

}  // namespace
}  // namespace tidemark
