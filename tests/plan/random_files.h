// Small files of pseudo-random trips, the same for the same seed: late, replaced, removed, drifting in schema.
#pragma once
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "sql/engine.h"

namespace tidemark::testing {

class RandomFiles {
 public:
  // A file without rows has all columns and stays: they can always be named.
  RandomFiles(Engine& engine, uint64_t seed) : engine_(engine), random_(seed) { write("trips_base.parquet", 0); }

  // One or two changes: files come, go or get other content. At least one file stays.
  void step() {
    const int changes = 1 + static_cast<int>(below(2));
    for (int i = 0; i < changes; ++i) change();
  }

  const std::map<std::string, std::string>& hashes() const { return hashes_; }  // by path

 private:
  uint64_t below(uint64_t limit) { return random_() % limit; }

  void change() {
    const uint64_t kind = below(10);
    if (kind < 5 || hashes_.size() < 3) return write(fmt::format("trips_{:03}.parquet", next_++), below(8) == 0 ? 0 : 1 + below(120));
    auto victim = hashes_.begin();
    std::advance(victim, static_cast<std::ptrdiff_t>(below(hashes_.size() - 1)));  // the last one is the base
    const std::string path = victim->first;
    if (kind < 8) return write(path, 1 + below(120));
    fs::remove(path);
    hashes_.erase(path);
  }

  void write(const std::string& path, uint64_t rows) {
    const uint64_t seed = random_();
    static const std::vector<std::string> kCounts{"INTEGER", "INTEGER", "INTEGER", "BIGINT", "DOUBLE"};
    const std::string count = hashes_.empty() ? kCounts[0] : kCounts[below(kCounts.size())];
    const std::string zone = !hashes_.empty() && below(6) == 0 ? "" : "CASE WHEN h1 % 7 = 6 THEN NULL ELSE (h1 % 7)::INTEGER END AS zone, ";
    // Doubles that cancel, that are equal but differ, and that are far apart.
    const std::string odd =
        below(3) == 0 ? "CASE h3 % 11 WHEN 0 THEN -0.0::DOUBLE WHEN 1 THEN 0.0::DOUBLE WHEN 2 THEN 1e200::DOUBLE WHEN 3 THEN -1e200::DOUBLE WHEN 4 THEN NULL ELSE {} END"
                      : "CASE WHEN h3 % 13 = 0 THEN NULL ELSE {} END";
    const std::string money = "(h2 % 20000)::DOUBLE / 100 - 30";
    const std::string amount = fmt::format(fmt::runtime(odd), money);
    const std::string odd_key = "CASE h2 % 5 WHEN 0 THEN -0.0::DOUBLE WHEN 1 THEN 0.0::DOUBLE WHEN 2 THEN 'nan'::DOUBLE WHEN 3 THEN NULL ELSE 2.5::DOUBLE END";
    engine_.run(fmt::format(
        "COPY (SELECT CASE WHEN h0 % 29 = 0 THEN NULL ELSE TIMESTAMP '2024-01-01' + INTERVAL (h0 % 6000) MINUTE END AS ts, {} {} AS amount, "
        "(h2 % 5000)::DECIMAL(10,2) / 4 AS fare, (h1 % 9)::{} AS n, 's' || (h3 % 6) AS s, (h0 % 3 = 0) AS flag, {} AS odd, i AS i "
        "FROM (SELECT i, hash(i, {}::UBIGINT) AS h0, hash(i, 1, {}::UBIGINT) AS h1, hash(i, 2, {}::UBIGINT) AS h2, hash(i, 3, {}::UBIGINT) AS h3 FROM range({}) r(i))) "
        "TO '{}' (FORMAT parquet)",
        zone, amount, count, odd_key, seed, seed, seed, seed, rows, path));
    hashes_[path] = xxh128_file_hex(path);
  }

  Engine& engine_;
  std::mt19937_64 random_;
  std::map<std::string, std::string> hashes_;
  int next_ = 0;
};

}  // namespace tidemark::testing
