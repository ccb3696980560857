#include "run/scheduler.h"

#include <mutex>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace tidemark::run {
namespace {

struct Log {
  std::mutex mutex;
  std::vector<std::string> ran;
  std::map<std::string, std::string> skipped;
};

Schedule chain_and_side() { return {{"a", "b", "c", "side"}, {{"b", {"a"}}, {"c", {"b"}}}}; }

void run_with(const Schedule& schedule, SchedulerOptions options, const std::set<std::string>& failing, Log& log) {
  run_schedule(
      schedule, options,
      [&](const std::string& id, int) {
        const std::lock_guard lock(log.mutex);
        log.ran.push_back(id);
        return failing.contains(id) ? Outcome::kFailed : Outcome::kDone;
      },
      [&](const std::string& id, const std::string& cause) {
        const std::lock_guard lock(log.mutex);
        EXPECT_TRUE(log.skipped.emplace(id, cause).second) << id;
      });
}

TEST(Scheduler, SkipsDescendantsOfAFailureAndRunsTheRest) {
  Log log;
  run_with(chain_and_side(), {.threads = 2}, {"a"}, log);
  EXPECT_EQ(std::set<std::string>(log.ran.begin(), log.ran.end()), (std::set<std::string>{"a", "side"}));
  EXPECT_EQ(log.skipped, (std::map<std::string, std::string>{{"b", "a"}, {"c", "a"}}));
}

TEST(Scheduler, FailFastStartsNothingMore) {
  Log log;
  run_with(chain_and_side(), {.threads = 1, .fail_fast = true}, {"a"}, log);
  EXPECT_EQ(log.ran, std::vector<std::string>{"a"});
  EXPECT_EQ(log.skipped.at("side"), "");
}

TEST(Scheduler, CancelledRunsNothing) {
  std::atomic<bool> cancelled{true};
  Log log;
  run_with(chain_and_side(), {.threads = 2, .cancelled = &cancelled}, {}, log);
  EXPECT_TRUE(log.ran.empty());
  EXPECT_EQ(log.skipped.size(), 4U);
}

TEST(Scheduler, RandomGraphsRunEachNodeOnceAfterItsParents) {
  const unsigned seed = std::getenv("TIDEMARK_SEED") != nullptr ? std::stoul(std::getenv("TIDEMARK_SEED")) : std::random_device{}();
  SCOPED_TRACE("TIDEMARK_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    Schedule schedule;
    for (int i = 0; i < 40; ++i) {
      const std::string id = "n" + std::to_string(i);
      for (int p = 0; p < i; ++p) {
        if (random() % 10 == 0) schedule.parents[id].push_back("n" + std::to_string(p));
      }
      schedule.order.push_back(id);
    }
    Log log;
    std::set<std::string> done;
    run_schedule(
        schedule, {.threads = 4},
        [&](const std::string& id, int) {
          const std::lock_guard lock(log.mutex);
          for (const std::string& parent : schedule.parents[id]) EXPECT_TRUE(done.contains(parent)) << parent << " before " << id;
          EXPECT_TRUE(done.insert(id).second);
          return Outcome::kDone;
        },
        [&](const std::string&, const std::string&) { ADD_FAILURE(); });
    EXPECT_EQ(done.size(), 40U);
  }
}

}  // namespace
}  // namespace tidemark::run
