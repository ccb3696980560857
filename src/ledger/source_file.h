// One physical file behind a source.
#pragma once
#include <string>

#include "base/file_system.h"

namespace tidemark::ledger {

// Its identity is its path as globbed: links and copies are files of their own.
struct SourceFile {
  std::string path;
  FileStat stat;
  // Its times are so young that a later write might not have changed them: to be hashed again before it is trusted.
  bool racy = false;
  bool operator==(const SourceFile&) const = default;
};

}  // namespace tidemark::ledger
