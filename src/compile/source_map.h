// From a place in compiled SQL back to the model's own text, so that an engine's error points at what somebody wrote.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_span.h"

namespace tidemark::compile {

// Lines of a rendered text set against the lines of its template. Lines that a template copies are found exactly; a line
// with an expression in it by what stands around the expression; a line out of a macro is put at the call between its neighbours.
class Alignment {
 public:
  // `raw` is source->text from `offset` on, `length` bytes long.
  Alignment(SourceTextPtr source, size_t offset, size_t length, std::string rendered);
  SourceSpan at(size_t rendered_offset) const;

 private:
  struct Line {
    size_t begin = 0;
    size_t end = 0;  // without the newline
  };
  static std::vector<Line> lines_of(std::string_view text);
  void align();
  std::string_view raw_line(size_t i) const;
  std::string_view rendered_line(size_t i) const;
  bool fits_pattern(std::string_view raw, std::string_view rendered) const;

  SourceTextPtr source_;
  size_t offset_;
  std::string_view raw_;
  std::string rendered_;
  std::vector<Line> raw_lines_;
  std::vector<Line> rendered_lines_;
  std::vector<size_t> match_;  // by rendered line: its raw line
};

// A compiled text put together from several rendered ones (a model and the ephemeral models before it).
class SourceMap {
 public:
  void append(size_t length, std::shared_ptr<const Alignment> alignment, size_t from);  // a piece of a rendered text
  void append_glue(size_t length);                                                      // text that nobody wrote
  // The place in a model's own text; a span without a source where nobody wrote it.
  SourceSpan at(size_t compiled_offset) const;

 private:
  struct Piece {
    size_t begin = 0;
    size_t length = 0;
    std::shared_ptr<const Alignment> alignment;
    size_t from = 0;
  };
  std::vector<Piece> pieces_;
  size_t end_ = 0;
};

}  // namespace tidemark::compile
