// Small files of pseudo-random trips that come, change, move and go: sequences of steps that can be replayed in part, so that a
// failing one can be made shorter.
#pragma once
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "sql/engine.h"

namespace tidemark::testing {

constexpr const char* kBaseFile = "trips_base.parquet";  // without rows, with all columns; it stays, so that they can be named

struct FileChange {
  enum Kind { kWrite, kRemove, kRename } kind = kWrite;
  std::string path;
  std::string to;     // kRename
  uint64_t rows = 0;  // kWrite; and what follows
  uint64_t seed = 0;
  std::string count_type = "INTEGER";  // of column n
  bool lacks_zone = false;
  bool far_apart = false;  // values that cancel, that are equal but differ, and that are far apart

  std::string text() const {
    if (kind == kRemove) return "remove " + path;
    if (kind == kRename) return "rename " + path + " to " + to;
    return fmt::format("write {} ({} rows, n {}{}{})", path, rows, count_type, lacks_zone ? ", no zone" : "", far_apart ? ", far apart" : "");
  }
};

struct Step {
  std::vector<FileChange> changes;
  bool edits = false;    // the query's upper part is another one from now on
  bool crashes = false;  // the run ends after the contributions are written

  std::string text() const {
    std::string out = edits ? "edit the model; " : "";
    for (const FileChange& change : changes) out += change.text() + "; ";
    return out + (crashes ? "crash" : "run");
  }
};

// One or two changes a step. The last step does not crash.
class StepDrawer {
 public:
  explicit StepDrawer(uint64_t seed) : random_(seed) {}

  std::vector<Step> draw(int count) {
    std::vector<Step> out;
    for (int i = 0; i < count; ++i) {
      Step step;
      const uint64_t changes = 1 + below(2);
      for (uint64_t k = 0; k < changes; ++k) step.changes.push_back(change());
      step.edits = i > 0 && below(8) == 0;
      step.crashes = i + 1 < count && below(6) == 0;
      out.push_back(std::move(step));
    }
    return out;
  }

 private:
  uint64_t below(uint64_t limit) { return random_() % limit; }

  FileChange change() {
    const uint64_t kind = below(12);
    if (kind < 5 || files_.size() < 2) return write(next_name(), below(8) == 0 ? 0 : 1 + below(120));
    auto victim = files_.begin();
    std::advance(victim, static_cast<std::ptrdiff_t>(below(files_.size())));
    const std::string path = *victim;
    if (kind < 8) return write(path, 1 + below(120));
    files_.erase(victim);
    FileChange out;
    out.path = path;
    out.kind = kind < 10 ? FileChange::kRemove : FileChange::kRename;
    if (out.kind == FileChange::kRename) files_.insert(out.to = next_name());
    return out;
  }

  std::string next_name() { return fmt::format("trips_{:03}.parquet", next_++); }

  FileChange write(const std::string& path, uint64_t rows) {
    static const std::vector<std::string> kCounts{"INTEGER", "INTEGER", "INTEGER", "BIGINT", "DOUBLE"};
    FileChange out;
    out.path = path;
    out.rows = rows;
    out.seed = random_();
    out.count_type = kCounts[below(kCounts.size())];
    out.lacks_zone = below(6) == 0;
    out.far_apart = below(3) == 0;
    files_.insert(path);
    return out;
  }

  std::mt19937_64 random_;
  std::set<std::string> files_;
  int next_ = 0;
};

// The files as they are after the steps applied. What a step needs and is not there, as in a shortened sequence, is passed over.
class RandomFiles {
 public:
  explicit RandomFiles(Engine& engine) : engine_(engine) {
    FileChange base;
    base.path = kBaseFile;
    write(base);
  }

  void apply(const Step& step) {
    for (const FileChange& change : step.changes) {
      if (change.kind == FileChange::kWrite) {
        write(change);
      } else if (hashes_.contains(change.path)) {
        if (change.kind == FileChange::kRename) {
          fs::rename(change.path, change.to);
          hashes_[change.to] = hashes_.at(change.path);
        } else {
          fs::remove(change.path);
        }
        hashes_.erase(change.path);
      }
    }
  }

  const std::map<std::string, std::string>& hashes() const { return hashes_; }  // by path

 private:
  void write(const FileChange& file) {
    const std::string zone = file.lacks_zone ? "" : "CASE WHEN h1 % 7 = 6 THEN NULL ELSE (h1 % 7)::INTEGER END AS zone, ";
    const std::string odd =
        file.far_apart
            ? "CASE h3 % 11 WHEN 0 THEN -0.0::DOUBLE WHEN 1 THEN 0.0::DOUBLE WHEN 2 THEN 1e200::DOUBLE WHEN 3 THEN -1e200::DOUBLE WHEN 4 THEN NULL ELSE {} END"
            : "CASE WHEN h3 % 13 = 0 THEN NULL ELSE {} END";
    const std::string amount = fmt::format(fmt::runtime(odd), "(h2 % 20000)::DOUBLE / 100 - 30");
    const std::string odd_key = "CASE h2 % 5 WHEN 0 THEN -0.0::DOUBLE WHEN 1 THEN 0.0::DOUBLE WHEN 2 THEN 'nan'::DOUBLE WHEN 3 THEN NULL ELSE 2.5::DOUBLE END";
    engine_.run(
        fmt::format("COPY (SELECT CASE WHEN h0 % 29 = 0 THEN NULL ELSE TIMESTAMP '2024-01-01' + INTERVAL (h0 % 6000) MINUTE END AS ts, {} {} AS amount, "
                    "(h2 % 5000)::DECIMAL(10,2) / 4 AS fare, (h1 % 9)::{} AS n, 's' || (h3 % 6) AS s, (h0 % 3 = 0) AS flag, {} AS odd, i AS i "
                    "FROM (SELECT i, hash(i, {}::UBIGINT) AS h0, hash(i, 1, {}::UBIGINT) AS h1, hash(i, 2, {}::UBIGINT) AS h2, hash(i, 3, {}::UBIGINT) AS h3 "
                    "FROM range({}) r(i))) "
                    "TO '{}' (FORMAT parquet)",
                    zone, amount, file.count_type, odd_key, file.seed, file.seed, file.seed, file.seed, file.rows, file.path));
    hashes_[file.path] = xxh128_file_hex(file.path);
  }

  Engine& engine_;
  std::map<std::string, std::string> hashes_;
};

}  // namespace tidemark::testing
