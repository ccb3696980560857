#include "ledger/changes.h"

#include <algorithm>
#include <map>

#include "base/error.h"

namespace tidemark::ledger {

namespace {

// Whether the content of a file that both know is the same; `before.hash` may be unknown.
bool same_content(const LedgerFile& before, const SourceFile& now, Observation& observation) {
  if (before.file.stat.size != now.stat.size || before.hash.empty()) return false;
  return observation.hash(now) == before.hash;
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kAdded:
      return "added";
    case ChangeKind::kRemoved:
      return "removed";
    case ChangeKind::kReplaced:
      return "replaced";
    case ChangeKind::kTouched:
      return "touched";
    case ChangeKind::kRenamed:
      return "renamed";
  }
  return "";
}

SourceChanges compare(const LedgerSource& before, const std::vector<SourceFile>& now, Observation& observation) {
  SourceChanges out;
  out.unchanged.reserve(now.size());
  std::vector<SourceFile> added;
  // A removed file may have come back under another name: sizes first, then content.
  std::multimap<uint64_t, const LedgerFile*> removed;
  const auto remove = [&](const LedgerFile& file) { removed.emplace(file.file.stat.size, &file); };
  auto known = before.files.begin();  // both are sorted by path
  for (const SourceFile& file : now) {
    for (; known != before.files.end() && known->first < file.path; ++known) remove(known->second);
    if (known == before.files.end() || known->first != file.path) {
      added.push_back(file);
      continue;
    }
    const LedgerFile& old = (known++)->second;
    if (old.file.stat == file.stat && !old.file.racy) {
      out.unchanged.push_back(file);
    } else if (same_content(old, file, observation)) {
      if (old.file.stat != file.stat) out.changes.push_back({ChangeKind::kTouched, file.path, "", file.stat.size});
      out.unchanged.push_back(file);
    } else {
      out.changes.push_back({ChangeKind::kReplaced, file.path, "", file.stat.size});
      out.to_read.push_back(file);
      out.gone.push_back(file.path);
    }
  }
  for (; known != before.files.end(); ++known) remove(known->second);
  for (const SourceFile& file : added) {
    const auto [first, last] = removed.equal_range(file.stat.size);
    auto origin = last;
    // The same inode first: no need to look at the others then.
    for (auto at = first; at != last && origin == last; ++at) {
      if (at->second->file.stat.inode == file.stat.inode && same_content(*at->second, file, observation)) origin = at;
    }
    for (auto at = first; at != last && origin == last; ++at) {
      if (same_content(*at->second, file, observation)) origin = at;
    }
    out.to_read.push_back(file);
    if (origin == last) {
      out.changes.push_back({ChangeKind::kAdded, file.path, "", file.stat.size});
      continue;
    }
    out.changes.push_back({ChangeKind::kRenamed, file.path, origin->second->file.path, file.stat.size});
    out.gone.push_back(origin->second->file.path);
    removed.erase(origin);
  }
  for (const auto& [size, file] : removed) {
    out.changes.push_back({ChangeKind::kRemoved, file->file.path, "", size});
    out.gone.push_back(file->file.path);
  }
  std::sort(out.changes.begin(), out.changes.end(), [](const FileChange& a, const FileChange& b) { return a.path < b.path; });
  std::sort(out.to_read.begin(), out.to_read.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  std::sort(out.gone.begin(), out.gone.end());
  return out;
}

}  // namespace tidemark::ledger
