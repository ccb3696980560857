// A statement's rows in a file: one JSON array a line, and an index of every 256th, so that any page is found at once.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/file_system.h"

namespace tidemark::server {

inline constexpr int64_t kRowsOfIndexEntry = 256;

class SpillWriter {
 public:
  // <folder>/<name>.rows and .index
  SpillWriter(const std::filesystem::path& folder, const std::string& name);
  void add(std::string_view row);  // one line, without its end
  void flush();                    // what is flushed can be read
  int64_t rows() const { return rows_; }
  int64_t bytes() const { return bytes_; }

 private:
  FileHandle file_;
  FileHandle index_;
  std::string waiting_;
  std::string waiting_index_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

// "[…],[…]" of rows `offset` … `offset + limit`, as many as `most_bytes` hold (one at least); `count` says how many.
std::string read_rows(const std::filesystem::path& folder, const std::string& name, int64_t offset, int64_t limit, int64_t most_bytes, int64_t& count);

// The lines one after the other.
class SpillReader {
 public:
  SpillReader(const std::filesystem::path& folder, const std::string& name, int64_t rows);
  bool next(std::string& line);

 private:
  bool fill();
  FileHandle file_;
  std::string buffer_;
  size_t at_ = 0;
  int64_t left_;
};

}  // namespace tidemark::server
