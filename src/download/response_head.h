// The head of an HTTP response, collected line by line; a redirect's head gives way to the next one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::download {

struct ContentRange {
  uint64_t first = 0;
  uint64_t length = 0;  // of the whole file; 0 where the server says "*"
};

struct ResponseHead {
  int status = 0;
  std::string etag, last_modified;
  std::optional<uint64_t> content_length;
  std::optional<ContentRange> content_range;

  void add_line(std::string_view line);
};

}  // namespace tidemark::download
