#include "base/source_span.h"

#include <algorithm>

namespace tidemark {

namespace {

bool is_continuation_byte(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

SourceTextPtr make_source(std::string name, std::string text) { return std::make_shared<const SourceText>(SourceText{std::move(name), std::move(text)}); }

LineColumn SourceSpan::start() const {
  LineColumn at;
  if (!source) return at;
  const std::string& text = source->text;
  const size_t end = std::min(offset, text.size());
  for (size_t i = 0; i < end; ++i) {
    if (text[i] == '\n') {
      ++at.line;
      at.column = 1;
    } else if (!is_continuation_byte(text[i])) {
      ++at.column;
    }
  }
  return at;
}

std::string_view SourceSpan::text() const {
  if (!source || offset >= source->text.size()) return {};
  return std::string_view(source->text).substr(offset, length);
}

SourceSpan span_at(const SourceTextPtr& source, size_t line, size_t column, size_t length) {
  SourceSpan span{source, 0, length};
  if (!source) return span;
  const std::string& text = source->text;
  size_t offset = 0;
  for (size_t current = 1; current < line; ++current) {
    const size_t next = text.find('\n', offset);
    if (next == std::string::npos) break;
    offset = next + 1;
  }
  for (size_t current = 1; current < column && offset < text.size() && text[offset] != '\n'; ++current) {
    ++offset;
    while (offset < text.size() && is_continuation_byte(text[offset])) ++offset;
  }
  span.offset = offset;
  return span;
}

}  // namespace tidemark
