#include "compile/source_map.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/strings.h"

namespace tidemark::compile {

namespace {

constexpr size_t kNone = SIZE_MAX;

bool has_tag(std::string_view line) { return line.find("{{") != std::string_view::npos || line.find("{%") != std::string_view::npos; }

// What stands around and between the tags of a line.
std::vector<std::string_view> literal_pieces(std::string_view line) {
  std::vector<std::string_view> pieces;
  size_t at = 0;
  while (at <= line.size()) {
    size_t open = kNone;
    for (const char* tag : {"{{", "{%", "{#"}) open = std::min(open, line.find(tag, at));
    pieces.push_back(line.substr(at, open == kNone ? kNone : open - at));
    if (open == kNone) break;
    size_t close = kNone;
    for (const char* tag : {"}}", "%}", "#}"}) close = std::min(close, line.find(tag, open + 2));
    if (close == kNone) break;
    at = close + 2;
  }
  return pieces;
}

size_t common_prefix(std::string_view a, std::string_view b) {
  const auto [end, other] = std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())), b.begin());
  return static_cast<size_t>(end - a.begin());
}

size_t common_suffix(std::string_view a, std::string_view b, size_t limit) {
  size_t n = 0;
  while (n < limit && n < a.size() && n < b.size() && a[a.size() - 1 - n] == b[b.size() - 1 - n]) ++n;
  return n;
}

// Of ascending candidates the first at or after `cursor`, else the last before it.
size_t nearest_from(const std::vector<size_t>& candidates, size_t cursor) {
  const auto it = std::lower_bound(candidates.begin(), candidates.end(), cursor);
  return it != candidates.end() ? *it : candidates.back();
}

}  // namespace

Alignment::Alignment(SourceTextPtr source, size_t offset, size_t length, std::string rendered)
    : source_(std::move(source)), offset_(offset), raw_(std::string_view(source_->text).substr(offset, length)), rendered_(std::move(rendered)) {
  raw_lines_ = lines_of(raw_);
  rendered_lines_ = lines_of(rendered_);
  align();
}

std::vector<Alignment::Line> Alignment::lines_of(std::string_view text) {
  std::vector<Line> lines;
  size_t begin = 0;
  while (true) {
    const size_t end = text.find('\n', begin);
    lines.push_back({begin, end == std::string_view::npos ? text.size() : end});
    if (end == std::string_view::npos) return lines;
    begin = end + 1;
  }
}

std::string_view Alignment::raw_line(size_t i) const { return raw_.substr(raw_lines_[i].begin, raw_lines_[i].end - raw_lines_[i].begin); }
std::string_view Alignment::rendered_line(size_t i) const {
  return std::string_view(rendered_).substr(rendered_lines_[i].begin, rendered_lines_[i].end - rendered_lines_[i].begin);
}

// All literal pieces occur in order, the first at the start and the last at the end; pieces of blanks alone tell nothing.
bool Alignment::fits_pattern(std::string_view raw, std::string_view rendered) const {
  const std::vector<std::string_view> pieces = literal_pieces(raw);
  size_t at = 0;
  bool told = false;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const std::string_view piece = i == 0 ? pieces[i] : trim(pieces[i]);
    if (trim(piece).empty()) continue;
    told = true;
    const size_t found = rendered.find(piece, at);
    if (found == std::string_view::npos || (i == 0 && found != 0)) return false;
    at = found + piece.size();
  }
  return told;
}

void Alignment::align() {
  std::unordered_map<std::string_view, std::vector<size_t>> exact;
  std::vector<size_t> tagged;
  for (size_t i = 0; i < raw_lines_.size(); ++i) {
    const std::string_view text = trim(raw_line(i));
    if (!text.empty()) exact[text].push_back(i);
    if (has_tag(text)) tagged.push_back(i);
  }
  match_.assign(rendered_lines_.size(), kNone);
  size_t cursor = 0;
  for (size_t i = 0; i < rendered_lines_.size(); ++i) {
    const std::string_view text = trim(rendered_line(i));
    if (text.empty()) continue;
    if (const auto it = exact.find(text); it != exact.end()) {
      match_[i] = cursor = nearest_from(it->second, cursor);
      continue;
    }
    std::optional<size_t> before;
    for (const size_t candidate : tagged) {
      if (candidate >= cursor && before && candidate > cursor + 50) break;
      if (!fits_pattern(raw_line(candidate), rendered_line(i))) continue;
      before = candidate;
      if (candidate >= cursor) break;
    }
    if (before) match_[i] = cursor = *before;
  }
  // The rest came out of calls: the tag nearest after the line matched before.
  size_t previous = 0;
  for (size_t i = 0; i < match_.size(); ++i) {
    if (match_[i] != kNone) {
      previous = match_[i];
      continue;
    }
    size_t next = raw_lines_.size();
    for (size_t j = i + 1; j < match_.size() && next == raw_lines_.size(); ++j) {
      if (match_[j] != kNone && match_[j] >= previous) next = match_[j];
    }
    match_[i] = previous;
    const auto tag = std::lower_bound(tagged.begin(), tagged.end(), previous);
    if (tag != tagged.end() && *tag <= next) match_[i] = *tag;
  }
}

SourceSpan Alignment::at(size_t rendered_offset) const {
  const size_t offset = std::min(rendered_offset, rendered_.size());
  const auto it = std::upper_bound(rendered_lines_.begin(), rendered_lines_.end(), offset, [](size_t value, const Line& line) { return value < line.begin; });
  const auto line = static_cast<size_t>(it - rendered_lines_.begin()) - 1;
  const std::string_view rendered = rendered_line(line);
  const std::string_view raw = raw_line(match_[line]);
  const size_t begin = offset_ + raw_lines_[match_[line]].begin;
  const size_t column = offset - rendered_lines_[line].begin;
  const size_t prefix = common_prefix(raw, rendered);
  if (column < prefix) return SourceSpan{source_, begin + column, 1};
  const size_t suffix = common_suffix(raw, rendered, std::min(raw.size(), rendered.size()) - prefix);
  if (rendered.size() - column <= suffix) return SourceSpan{source_, begin + raw.size() - (rendered.size() - column), 1};
  size_t first = prefix;
  while (first < raw.size() && raw[first] == ' ') ++first;
  if (first > 0 && first < raw.size() && raw[first - 1] == '{') --first;
  const size_t last = std::max(first + 1, raw.size() - suffix);
  return SourceSpan{source_, begin + std::min(first, raw.size()), std::min(last, raw.size()) - std::min(first, raw.size())};
}

void SourceMap::append(size_t length, std::shared_ptr<const Alignment> alignment, size_t from) {
  if (length > 0) pieces_.push_back({end_, length, std::move(alignment), from});
  end_ += length;
}

void SourceMap::append_glue(size_t length) { end_ += length; }

SourceSpan SourceMap::at(size_t compiled_offset) const {
  const Piece* nearest = nullptr;
  for (const Piece& piece : pieces_) {
    if (piece.begin > compiled_offset) break;
    nearest = &piece;
  }
  // The end of the last piece is where an engine complains of a statement cut short.
  if (nearest == nullptr || (compiled_offset - nearest->begin >= nearest->length && compiled_offset < end_)) return {};
  return nearest->alignment->at(nearest->from + std::min(compiled_offset - nearest->begin, nearest->length));
}

}  // namespace tidemark::compile
