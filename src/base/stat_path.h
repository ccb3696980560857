// stat() for thousands of files.
#pragma once
#include <optional>

#include "base/file_system.h"

namespace tidemark {

// As stat_file(), without taking the path apart.
std::optional<FileStat> stat_path(const char* path);

}  // namespace tidemark
