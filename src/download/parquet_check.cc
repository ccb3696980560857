#include "download/parquet_check.h"

#include <array>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_system.h"

namespace tidemark::download {
namespace {

// The format's own: magic, then at least a footer's length and magic again ("PARE" where the footer is encrypted).
constexpr uint64_t kSmallest = 12;

bool is_magic(std::string_view bytes) { return bytes == "PAR1" || bytes == "PARE"; }

std::string read_at(const FileHandle& file, uint64_t offset, size_t size) {
  std::string bytes(size, '\0');
  const ssize_t got = ::pread(file.fd(), bytes.data(), size, static_cast<off_t>(offset));
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return bytes;
}

}  // namespace

std::string parquet_fault(const std::filesystem::path& path) {
  const FileHandle file = FileHandle::open_read(path);
  const FileStat stat = file.stat();
  if (stat.is_directory) return "it is a folder";
  if (stat.size < kSmallest) return fmt::format("it has {} bytes only", stat.size);
  if (!is_magic(read_at(file, 0, 4))) return "it does not begin as a Parquet file does";
  const std::string tail = read_at(file, stat.size - 8, 8);
  if (tail.size() != 8 || !is_magic(std::string_view(tail).substr(4))) return "it does not end as a Parquet file does: it is cut off";
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(tail[i])); };
  const uint32_t footer = byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
  if (footer == 0 || footer > stat.size - kSmallest) return fmt::format("its footer's length, {} bytes, cannot be right", footer);
  return "";
}

}  // namespace tidemark::download
