#include "jinja/word_wrap.h"

#include <algorithm>

#include "jinja/unicode.h"

namespace tidemark::jinja {

namespace {

using Points = std::u32string;

bool is_blank(char32_t c) { return c == ' ' || (c >= 0x09 && c <= 0x0D); }
bool is_letter(char32_t c) { return c == '_' || is_alpha(c); }
bool is_punctuated(char32_t c) { return is_word(c) || c == '!' || c == '"' || c == '\'' || c == '&' || c == '.' || c == ',' || c == '?'; }

class Chunks {
 public:
  Chunks(Points text, bool hyphens) : text_(std::move(text)), hyphens_(hyphens) {}

  std::vector<Points> all() {
    std::vector<Points> chunks;
    for (size_t at = 0; at < text_.size();) {
      const size_t end = chunk_end(at);
      chunks.push_back(text_.substr(at, end - at));
      at = end;
    }
    return chunks;
  }

 private:
  // Behind a run of at least two hyphens with a word behind it; `at` itself where there is none.
  size_t dash_end(size_t at) const {
    size_t end = at;
    while (end < text_.size() && text_[end] == '-') ++end;
    return end - at >= 2 && end < text_.size() && is_word(text_[end]) ? end : at;
  }

  bool letter_at(size_t at) const { return at < text_.size() && is_letter(text_[at]); }

  // A hyphen at `at` within a word, behind which it may be broken.
  bool breaks_behind(size_t at, size_t start) const {
    if (text_[at] != '-' || at <= start) return false;
    const bool two_letters = at >= 2 && is_letter(text_[at - 1]) && is_letter(text_[at - 2]);
    const bool one_letter = at >= 3 && is_letter(text_[at - 1]) && text_[at - 2] == '-' && is_letter(text_[at - 3]);
    if (!two_letters && !one_letter) return false;
    const size_t next = at + 1;
    return letter_at(next) && (letter_at(next + 1) || (next + 1 < text_.size() && text_[next + 1] == '-' && letter_at(next + 2)));
  }

  size_t chunk_end(size_t at) const {
    size_t end = at;
    if (is_blank(text_[at])) {
      while (end < text_.size() && is_blank(text_[end])) ++end;
      return end;
    }
    if (!hyphens_) {
      while (end < text_.size() && !is_blank(text_[end])) ++end;
      return end;
    }
    if (at > 0 && is_punctuated(text_[at - 1]) && dash_end(at) != at) return dash_end(at);
    for (end = at + 1; end < text_.size() && !is_blank(text_[end]); ++end) {
      if (breaks_behind(end, at)) return end + 1;
      if (is_punctuated(text_[end - 1]) && dash_end(end) != end) return end;
    }
    return end;
  }

  Points text_;
  bool hyphens_;
};

bool all_blank(const Points& chunk) {
  return std::all_of(chunk.begin(), chunk.end(), [](char32_t c) { return is_space(c); });
}

// How much of a chunk that is longer than a line goes onto it.
size_t break_point(const Points& chunk, size_t room, bool hyphens) {
  if (!hyphens || chunk.size() <= room) return room;
  const size_t hyphen = chunk.rfind(U'-', room == 0 ? 0 : room - 1);
  if (hyphen != Points::npos && hyphen > 0 && chunk.find_first_not_of(U'-') < hyphen) return hyphen + 1;
  return room;
}

}  // namespace

std::vector<std::string> wrap_words(std::string_view text, size_t width, bool break_long_words, bool break_on_hyphens) {
  Points points;
  for (size_t at = 0; at < text.size();) points += next_code_point(text, at);
  std::vector<Points> chunks = Chunks(std::move(points), break_on_hyphens).all();
  std::reverse(chunks.begin(), chunks.end());
  std::vector<std::string> lines;
  while (!chunks.empty()) {
    std::vector<Points> line;
    size_t size = 0;
    if (all_blank(chunks.back()) && !lines.empty()) chunks.pop_back();
    while (!chunks.empty() && size + chunks.back().size() <= width) {
      size += chunks.back().size();
      line.push_back(std::move(chunks.back()));
      chunks.pop_back();
    }
    if (!chunks.empty() && chunks.back().size() > width) {
      const size_t room = width - size;
      if (break_long_words) {
        const size_t end = break_point(chunks.back(), room, break_on_hyphens);
        line.push_back(chunks.back().substr(0, end));
        chunks.back().erase(0, end);
      } else if (line.empty()) {
        line.push_back(std::move(chunks.back()));
        chunks.pop_back();
      }
    }
    if (!line.empty() && all_blank(line.back())) line.pop_back();
    if (line.empty()) continue;
    std::string out;
    for (const Points& chunk : line) {
      for (const char32_t c : chunk) append_utf8(out, c);
    }
    lines.push_back(std::move(out));
  }
  return lines;
}

}  // namespace tidemark::jinja
