#include "ledger/observation.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "adapter/adapter.h"
#include "adapter/table.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/strings.h"
#include "sql/file_scan.h"

namespace tidemark::ledger {

namespace {

constexpr size_t kFilesAQuery = 500;

std::string file_list(const std::vector<SourceFile>& files) {
  std::vector<std::string> quoted;
  for (const SourceFile& file : files) quoted.push_back(sql::file_literal(file.path));
  return "[" + join(quoted, ", ") + "]";
}

// Files with equal text have equal columns.
std::string footer_sql(const std::vector<SourceFile>& files) {
  return fmt::format(
      "SELECT file_name, md5(string_agg(concat_ws('|', name, type, type_length, repetition_type, num_children, converted_type, "
      "scale, precision, logical_type, duckdb_type), chr(10) ORDER BY column_id)) FROM parquet_schema({}) WHERE column_id > 0 GROUP BY file_name",
      file_list(files));
}

Error invalid_file(const SourceFile& file, const Error& cause) {
  return Error("TM5103", fmt::format("'{}' is not a valid Parquet file", file.path))
      .because(cause)
      .hint("a download that was cut short, or another format: replace the file or take it away");
}

// Signatures of the files' footers, by path.
std::map<std::string, std::string> read_footers(const std::vector<SourceFile>& files, Session& session) {
  std::map<std::string, std::string> out;
  try {
    for (const Row& row : session.query(footer_sql(files)).rows) out[row[0].as_string()] = row[1].text();
  } catch (const Error& fault) {
    if (files.size() == 1) throw invalid_file(files[0], fault);
    const auto middle = files.begin() + static_cast<std::ptrdiff_t>(files.size() / 2);
    out = read_footers({files.begin(), middle}, session);
    out.merge(read_footers({middle, files.end()}, session));
  }
  return out;
}

std::string describe_sql(const std::vector<SourceFile>& files) {
  return fmt::format("SELECT * FROM read_parquet({}, union_by_name = true, hive_partitioning = false)", file_list(files));
}

std::string text_of(const std::vector<ColumnType>& columns) {
  std::string out;
  for (const ColumnType& column : columns) out += column.name + '\x01' + column.type + '\x02';
  return out + '\x03';
}

}  // namespace

bool is_racy(const FileStat& stat, WallTime now) {
  constexpr int64_t kTick = 20'000'000;       // ns: the kernel's clock for files advances every 1 to 10 ms
  constexpr int64_t kCoarse = 2'000'000'000;  // file systems that keep whole seconds, or two
  const bool whole_seconds = stat.mtime_ns % 1'000'000'000 == 0 && stat.ctime_ns % 1'000'000'000 == 0;
  const int64_t age = now.time_since_epoch().count() - std::max(stat.mtime_ns, stat.ctime_ns);
  return age < (whole_seconds ? kCoarse : kTick);
}

const std::vector<SourceFile>& Observation::files(const std::vector<std::string>& patterns) {
  const std::string key = join(patterns, "\n");
  const std::lock_guard lock(mutex_);
  auto& slot = globbed_[key];
  if (slot) return *slot;
  std::vector<std::string> paths;
  for (const std::string& pattern : patterns) {
    std::vector<std::string> matched = glob_files(pattern);
    paths.insert(paths.end(), std::make_move_iterator(matched.begin()), std::make_move_iterator(matched.end()));
  }
  if (patterns.size() > 1) {
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  }
  auto found = std::make_unique<std::vector<SourceFile>>();
  found->reserve(paths.size());
  for (const std::string& path : paths) {
    auto known = by_path_.lower_bound(path);
    if (known == by_path_.end() || known->first != path) {
      const auto stat = stat_path(path.c_str());
      if (!stat || stat->is_directory) continue;
      known = by_path_.emplace_hint(known, path, SourceFile{path, *stat, is_racy(*stat, wall_now())});
      ++counts_.files_seen;
    }
    found->push_back(known->second);
  }
  slot = std::move(found);
  return *slot;
}

FileFacts* Observation::find_facts(const SourceFile& file) {
  const auto found = known_.find(file.path);
  return found != known_.end() && found->second.stat == file.stat ? &found->second.facts : nullptr;
}

void Observation::remember(const SourceFile& file, FileFacts facts) {
  const std::lock_guard lock(mutex_);
  const auto observed = by_path_.find(file.path);
  if (observed != by_path_.end() && observed->second.stat != file.stat) return;  // of what it was once
  FileFacts* known = find_facts(file);
  if (known == nullptr) {
    known_[file.path] = {file.stat, std::move(facts)};
    return;
  }
  if (!facts.hash.empty()) known->hash = std::move(facts.hash);
  if (facts.columns) known->columns = std::move(facts.columns);
}

std::optional<FileFacts> Observation::facts(const SourceFile& file) {
  const std::lock_guard lock(mutex_);
  const FileFacts* known = find_facts(file);
  return known != nullptr ? std::optional(*known) : std::nullopt;
}

void Observation::remember_bound(const std::vector<FileColumns>& kinds, std::vector<ColumnType> columns) {
  std::string key;
  for (const FileColumns& kind : kinds) key += text_of(*kind);
  const std::lock_guard lock(mutex_);
  bound_.emplace(std::move(key), std::move(columns));
}

std::string Observation::hash_now(const SourceFile& file) {
  check_unchanged({file});
  std::string hash;
  try {
    hash = xxh128_file_hex(file.path);
  } catch (const Error& fault) {
    throw Error("TM5101", fmt::format("the source file '{}' cannot be read", file.path)).because(fault);
  }
  check_unchanged({file});
  const std::lock_guard lock(mutex_);
  ++counts_.files_hashed;
  counts_.bytes_hashed += static_cast<int64_t>(file.stat.size);
  return hash;
}

std::string Observation::hash(const SourceFile& file) {
  std::promise<std::string> promise;
  {
    std::unique_lock lock(mutex_);
    if (const FileFacts* known = find_facts(file); known != nullptr && !known->hash.empty()) return known->hash;
    if (const auto other = hashing_.find(file.path); other != hashing_.end()) {
      const std::shared_future<std::string> answer = other->second;
      lock.unlock();
      return answer.get();
    }
    hashing_[file.path] = promise.get_future().share();
  }
  const auto done = [&] {
    const std::lock_guard lock(mutex_);
    hashing_.erase(file.path);
  };
  try {
    std::string hash = hash_now(file);
    remember(file, {hash, nullptr});
    promise.set_value(hash);
    done();
    return hash;
  } catch (...) {
    promise.set_exception(std::current_exception());
    done();
    throw;
  }
}

std::vector<FileColumns> Observation::schemas(const std::vector<SourceFile>& files, Session& asking) {
  std::vector<FileColumns> out(files.size());
  std::vector<SourceFile> unknown;
  std::vector<size_t> places;
  {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < files.size(); ++i) {
      if (const FileFacts* known = find_facts(files[i]); known != nullptr) out[i] = known->columns;
      if (out[i]) continue;
      unknown.push_back(files[i]);
      places.push_back(i);
    }
    counts_.schemas_read += static_cast<int64_t>(unknown.size());
  }
  std::map<std::string, FileColumns> by_signature;
  for (size_t first = 0; first < unknown.size(); first += kFilesAQuery) {
    const size_t last = std::min(unknown.size(), first + kFilesAQuery);
    const auto signatures =
        read_footers({unknown.begin() + static_cast<std::ptrdiff_t>(first), unknown.begin() + static_cast<std::ptrdiff_t>(last)}, asking.local());
    for (size_t i = first; i < last; ++i) {
      const auto signature = signatures.find(unknown[i].path);
      if (signature == signatures.end()) throw invalid_file(unknown[i], Error("TM4113", "its footer names no columns"));
      FileColumns& columns = by_signature[signature->second];
      if (!columns) columns = std::make_shared<const std::vector<ColumnType>>(asking.local().describe(describe_sql({unknown[i]})));
      remember(unknown[i], {"", columns});
      out[places[i]] = columns;
    }
  }
  return out;
}

std::vector<ColumnType> Observation::bound_schema(const std::vector<SourceFile>& files, Session& asking) {
  const std::vector<FileColumns> each = schemas(files, asking);
  std::vector<SourceFile> kinds;
  std::set<FileColumns> known;
  std::set<std::string> seen;
  std::string key;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!known.insert(each[i]).second) continue;
    std::string text = text_of(*each[i]);
    if (!seen.insert(text).second) continue;
    kinds.push_back(files[i]);
    key += text;
  }
  if (kinds.empty()) return {};
  if (kinds.size() == 1) return *each.front();
  {
    const std::lock_guard lock(mutex_);
    if (const auto bound = bound_.find(key); bound != bound_.end()) return bound->second;
  }
  std::vector<ColumnType> columns = asking.local().describe(describe_sql(kinds));
  const std::lock_guard lock(mutex_);
  return bound_[key] = std::move(columns);
}

sql::ScanFormPtr Observation::form(const sql::FileScan& scan, Session& session) { return forms_.of(scan, files(scan.patterns), session.local()); }

std::vector<std::string> Observation::paths(const std::vector<std::string>& patterns) {
  std::vector<std::string> out;
  for (const SourceFile& file : files(patterns)) out.push_back(file.path);
  return out;
}

void Observation::look_again() {
  forms_.forget();
  const std::lock_guard lock(mutex_);
  bool any = false;
  for (auto it = by_path_.begin(); it != by_path_.end();) {
    const auto now = stat_file(it->first);
    const bool gone = !now || now->is_directory;
    any = any || gone || *now != it->second.stat;
    if (gone) {
      it = by_path_.erase(it);
      continue;
    }
    if (*now != it->second.stat) it->second = SourceFile{it->first, *now, is_racy(*now, wall_now())};
    ++it;
  }
  if (!any) return;
  for (auto& [patterns, list] : globbed_) {
    auto fresh = std::make_unique<std::vector<SourceFile>>();
    for (const SourceFile& file : *list) {
      if (const auto known = by_path_.find(file.path); known != by_path_.end()) fresh->push_back(known->second);
    }
    retired_.push_back(std::exchange(list, std::move(fresh)));
  }
}

void Observation::check_unchanged(const std::vector<SourceFile>& files) {
  for (const SourceFile& file : files) {
    const auto now = stat_path(file.path.c_str());
    if (now && *now == file.stat) continue;
    throw Error("TM5102", now ? fmt::format("the source file '{}' changed while it was read", file.path)
                              : fmt::format("the source file '{}' went away while it was read", file.path))
        .hint("run again when it is complete; nothing was published from it");
  }
}

ObservationCounts Observation::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace tidemark::ledger
