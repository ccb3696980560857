// Whether a file can be a whole Parquet file, without an engine: its magic at both ends and its footer's length.
#pragma once
#include <filesystem>
#include <string>

namespace tidemark::download {

// What is wrong, or empty. Reads 12 bytes. Throws Error TM4901 where the file cannot be read.
std::string parquet_fault(const std::filesystem::path& path);

}  // namespace tidemark::download
