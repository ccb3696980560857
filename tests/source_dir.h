// Where this tree lies, for tests that read its files.
#pragma once
#include <filesystem>

namespace tidemark {

std::filesystem::path source_dir();

}  // namespace tidemark
