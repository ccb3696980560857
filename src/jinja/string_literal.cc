#include "jinja/string_literal.h"

#include <charconv>

#include <fmt/format.h>

#include "jinja/unicode.h"

namespace tidemark::jinja {

std::string with_unix_newlines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
      continue;
    }
    out += '\n';
    if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
  }
  return out;
}

namespace {

char simple_escape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    case '\\':
    case '\'':
    case '"':
      return c;
    default:
      return 0;
  }
}

// `count` hex digits from `at` on as a code point.
bool hex_escape(std::string_view text, size_t at, size_t count, char32_t& out) {
  if (at + count > text.size()) return false;
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + count, code, 16);
  out = code;
  return error == std::errc() && end == text.data() + at + count;
}

}  // namespace

std::optional<std::string> decode_escapes(std::string_view text, std::string& fault) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (const char simple = simple_escape(c); simple != 0) {
      out += simple;
    } else if (c == '\n') {
      continue;  // a line continued
    } else if (c >= '0' && c <= '7') {
      char32_t code = 0;
      size_t count = 0;
      for (; count < 3 && i + count < text.size() && text[i + count] >= '0' && text[i + count] <= '7'; ++count) {
        code = code * 8 + static_cast<char32_t>(text[i + count] - '0');
      }
      i += count - 1;
      append_utf8(out, code);
    } else if (c == 'x' || c == 'u' || c == 'U') {
      const size_t count = c == 'x' ? 2 : (c == 'u' ? 4 : 8);
      char32_t code = 0;
      if (!hex_escape(text, i + 1, count, code)) {
        fault = fmt::format("truncated \\{} escape", c);
        return std::nullopt;
      }
      if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
        fault = "illegal Unicode character in an escape";
        return std::nullopt;
      }
      i += count;
      append_utf8(out, code);
    } else if (c == 'N') {
      fault = "escapes by name (\\N{…}) are not supported";
      return std::nullopt;
    } else {
      out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace tidemark::jinja
