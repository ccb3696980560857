// Where in a text something stands. Spans are cheap to copy: they share the text.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tidemark {

// A text with the name users know it by (a project-relative path, or "<inline>").
struct SourceText {
  std::string name;
  std::string text;
};

using SourceTextPtr = std::shared_ptr<const SourceText>;

SourceTextPtr make_source(std::string name, std::string text);

// 1-based; columns count UTF-8 code points, not bytes.
struct LineColumn {
  size_t line = 1;
  size_t column = 1;
};

// A half-open byte range [offset, offset + length) of one source text.
struct SourceSpan {
  SourceTextPtr source;
  size_t offset = 0;
  size_t length = 0;

  LineColumn start() const;
  std::string_view text() const;
};

// The span of a 1-based line (and column, in code points) of a text; clamped to the text.
SourceSpan span_at(const SourceTextPtr& source, size_t line, size_t column, size_t length = 1);

}  // namespace tidemark
