#include "download/response_head.h"

#include <charconv>

#include "base/strings.h"

namespace tidemark::download {
namespace {

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "bytes 100-199/1000", "bytes 100-199/*"
std::optional<ContentRange> parse_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!equals_ignore_case(text.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const size_t dash = text.find('-');
  const size_t slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) return std::nullopt;
  const auto first = number(text.substr(0, dash));
  if (!first) return std::nullopt;
  return ContentRange{*first, number(text.substr(slash + 1)).value_or(0)};
}

}  // namespace

void ResponseHead::add_line(std::string_view line) {
  line = trim(line);
  if (line.starts_with("HTTP/")) {
    *this = ResponseHead();
    const size_t space = line.find(' ');
    if (space != std::string_view::npos) status = static_cast<int>(number(line.substr(space + 1, 3)).value_or(0));
    return;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string name = to_lower(line.substr(0, colon));
  const std::string_view value = trim(line.substr(colon + 1));
  if (name == "etag") etag = value;
  if (name == "last-modified") last_modified = value;
  if (name == "content-length") content_length = number(value);
  if (name == "content-range") content_range = parse_range(value);
}

}  // namespace tidemark::download
