// What happened to a source's files since a ledger was written.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "ledger/observation.h"

namespace tidemark::ledger {

enum class ChangeKind {
  kAdded,
  kRemoved,
  kReplaced,  // same path, other content
  kTouched,   // same path and content, other times or inode: no change of data
  kRenamed,   // other path, same content: an old file gone and a new one come, for whoever sees paths
};

std::string_view to_string(ChangeKind kind);  // "added", "removed", …

struct FileChange {
  ChangeKind kind = ChangeKind::kAdded;
  std::string path;      // of the file as it is now; of a removed one as it was
  std::string old_path;  // renamed
  uint64_t bytes = 0;    // as it is now; of a removed one as it was
  bool operator==(const FileChange&) const = default;
};

struct SourceChanges {
  std::vector<FileChange> changes;    // sorted by path; unchanged files are not listed
  std::vector<SourceFile> unchanged;  // touched ones included
  std::vector<SourceFile> to_read;    // added, replaced and renamed ones
  std::vector<std::string> gone;      // paths of removed and replaced ones, and old paths of renamed ones
  bool any() const { return !to_read.empty() || !gone.empty(); }
};

// Compares by stat; hashes only files whose stat differs and whose content might be the same. `now`: all files of the source.
SourceChanges compare(const LedgerSource& before, const std::vector<SourceFile>& now, Observation& observation);

}  // namespace tidemark::ledger
