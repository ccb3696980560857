// What a run costs in which nothing changed, over as many files as a big folder holds. Counts are asserted, times are shown.
#include <cstdio>

#include "base/clock.h"
#include "ledger/changes.h"
#include "ledger/ledger.h"
#include "workspace.h"

namespace tidemark::ledger {
namespace {

constexpr int kFiles = 10'000;
constexpr uint32_t kDays = 33;  // a month's file, with stray days

Ledger ledger_of(Observation& observation) {
  Ledger out;
  out.model = "model.p.m";
  out.columns = {{"trip_date", "DATE", {}}};
  for (int day = 0; day < 4000; ++day) out.columns[0].values.push_back("DATE '2024-01-01' + " + std::to_string(day));
  LedgerSource source;
  source.key = "read_parquet 'd/*.parquet'";
  source.patterns = {"d/*.parquet"};
  source.bound = {{"ts", "TIMESTAMP"}, {"amount", "DOUBLE"}};
  source.schemas = {source.bound};
  source.untraced = {Reason()};
  uint32_t number = 0;
  for (const SourceFile& file : observation.files(source.patterns)) {
    LedgerFile entry;
    entry.file = file;
    entry.file.racy = false;
    entry.hash = xxh128_hex(file.path);
    entry.schema = 0;
    PartitionRows rows;
    for (uint32_t day = 0; day < kDays; ++day) rows.emplace_back((number + day) % 4000, 100'000 + day);
    entry.partitions = {rows};
    source.files[file.path] = entry;
    ++number;
  }
  out.sources = {source};
  return out;
}

TEST(ScaleTest, NothingChangedInTenThousandFiles) {
  Workspace workspace;
  fs::create_directories("d");
  for (int i = 0; i < kFiles; ++i) write_file("d/yellow_tripdata_" + std::to_string(100'000 + i) + ".parquet", "x");
  const LedgerStore store("ledgers");
  LedgerReference reference;
  {
    Observation observation;
    reference = store.write("s.m", ledger_of(observation), std::nullopt);
  }
  double best = 1e9, load = 0, glob = 0, compared = 0;
  for (int round = 0; round < 5; ++round) {
    const Stopwatch watch;
    const Ledger ledger = store.load(reference);
    const double loaded = watch.seconds();
    Observation observation;
    remember_ledger(ledger, observation);
    const std::vector<SourceFile>& files = observation.files(ledger.sources[0].patterns);
    const double globbed = watch.seconds();
    const SourceChanges changes = compare(ledger.sources[0], files, observation);
    const double all = watch.seconds();
    ASSERT_FALSE(changes.any());
    ASSERT_EQ(changes.unchanged.size(), static_cast<size_t>(kFiles));
    ASSERT_EQ(observation.counts().files_hashed, 0);
    ASSERT_EQ(observation.counts().files_seen, kFiles);
    if (all >= best) continue;
    best = all;
    load = loaded;
    glob = globbed - loaded;
    compared = all - globbed;
  }
  std::printf("%d files, %d kB of ledger: load %.0f ms, observe %.0f ms, compare %.0f ms, all %.0f ms\n", kFiles,
              static_cast<int>(stat_file(store.folder() / reference.name)->size / 1000), load * 1e3, glob * 1e3, compared * 1e3, best * 1e3);
}

}  // namespace
}  // namespace tidemark::ledger
