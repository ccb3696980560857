#include "jinja/text_split.h"

#include <algorithm>

#include "jinja/budget.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

namespace {

std::vector<std::string_view> split_blanks_right(std::string_view text, int64_t most) {
  std::vector<std::string_view> parts;
  text = strip_right(text);
  while (!text.empty()) {
    if (most == 0) {
      parts.push_back(text);
      break;
    }
    size_t start = text.size();
    while (start > 0) {
      size_t before = start;
      if (is_space(previous_code_point(text, before))) break;
      start = before;
    }
    parts.push_back(text.substr(start));
    text = strip_right(text.substr(0, start));
    --most;
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

}  // namespace

std::vector<std::string_view> split_blanks(std::string_view text, int64_t most, bool from_right) {
  if (from_right) return split_blanks_right(text, most);
  std::vector<std::string_view> parts;
  text = strip_left(text);
  while (!text.empty()) {
    if (most == 0) {
      parts.push_back(strip_right(text));
      break;
    }
    size_t end = 0;
    while (end < text.size()) {
      size_t after = end;
      if (is_space(next_code_point(text, after))) break;
      end = after;
    }
    parts.push_back(text.substr(0, end));
    text = strip_left(text.substr(end));
    --most;
  }
  return parts;
}

std::vector<std::string_view> split_at(std::string_view text, std::string_view separator, int64_t most, bool from_right) {
  std::vector<std::string_view> parts;
  while (most != 0) {
    const size_t at = from_right ? text.rfind(separator) : text.find(separator);
    if (at == std::string_view::npos) break;
    const size_t after = at + separator.size();
    parts.push_back(from_right ? text.substr(after) : text.substr(0, at));
    text = from_right ? text.substr(0, at) : text.substr(after);
    --most;
  }
  parts.push_back(text);
  if (from_right) std::reverse(parts.begin(), parts.end());
  return parts;
}

namespace {

bool ends_line(char32_t c) { return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029; }

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends) {
  std::vector<std::string_view> lines;
  size_t start = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t before = at;
    const char32_t c = next_code_point(text, at);
    if (!ends_line(c)) continue;
    if (c == '\r' && at < text.size() && text[at] == '\n') ++at;
    lines.push_back(text.substr(start, (keep_ends ? at : before) - start));
    start = at;
  }
  if (start < text.size()) lines.push_back(text.substr(start));
  return lines;
}

std::string replace_text(std::string_view text, std::string_view from, std::string_view to, int64_t most) {
  std::string out;
  size_t at = 0;
  if (from.empty()) {
    // Before every code point and at the end.
    for (; most != 0 && at <= text.size(); --most) {
      grow_text(out.size(), to.size());
      out += to;
      if (at == text.size()) return out;
      const size_t before = at;
      next_code_point(text, at);
      out += text.substr(before, at - before);
    }
    return out += text.substr(std::min(at, text.size()));
  }
  for (; most != 0; --most) {
    const size_t found = text.find(from, at);
    if (found == std::string_view::npos) break;
    grow_text(out.size(), found - at + to.size());
    out += text.substr(at, found - at);
    out += to;
    at = found + from.size();
  }
  return out += text.substr(at);
}

namespace {

bool contains_code_point(std::string_view characters, char32_t c) {
  for (size_t at = 0; at < characters.size();) {
    if (next_code_point(characters, at) == c) return true;
  }
  return false;
}

}  // namespace

std::string_view strip_characters(std::string_view text, std::string_view characters, bool left, bool right) {
  while (left && !text.empty()) {
    size_t after = 0;
    if (!contains_code_point(characters, next_code_point(text, after))) break;
    text.remove_prefix(after);
  }
  while (right && !text.empty()) {
    size_t before = text.size();
    if (!contains_code_point(characters, previous_code_point(text, before))) break;
    text = text.substr(0, before);
  }
  return text;
}

std::string justified(std::string_view text, int64_t width, std::string_view fill, char align) {
  const auto size = static_cast<int64_t>(code_points(text));
  const int64_t missing = width - size;
  if (missing <= 0) return std::string(text);
  charge_bytes(static_cast<uint64_t>(missing) * fill.size());
  // As CPython centres: the odd blank goes left where the width is odd.
  int64_t left = 0;
  if (align == '^') left = missing / 2 + (missing & width & 1);
  if (align == '>') left = missing;
  std::string out;
  out.reserve(text.size() + static_cast<size_t>(missing) * fill.size());
  for (int64_t i = 0; i < left; ++i) out += fill;
  out += text;
  for (int64_t i = left; i < missing; ++i) out += fill;
  return out;
}

std::string capitalized(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const bool first = at == 0;
    const char32_t c = next_code_point(text, at);
    first ? append_title(out, c) : append_lower(out, c);
  }
  return out;
}

std::string title_case(std::string_view text) {
  std::string out;
  bool inside = false;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    inside ? append_lower(out, c) : append_title(out, c);
    inside = is_upper(c) || is_lower(c);
  }
  return out;
}

std::string swapped_case(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    is_upper(c) ? append_lower(out, c) : append_upper(out, c);
  }
  return out;
}

std::string expanded_tabs(std::string_view text, int64_t size) {
  std::string out;
  int64_t column = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t before = at;
    const char32_t c = next_code_point(text, at);
    if (c == '\t') {
      const int64_t blanks = size > 0 ? size - column % size : 0;
      grow_text(out.size(), static_cast<uint64_t>(blanks));
      out.append(static_cast<size_t>(blanks), ' ');
      column += blanks;
      continue;
    }
    out += text.substr(before, at - before);
    column = c == '\n' || c == '\r' ? 0 : column + 1;
  }
  return out;
}

bool has_case(std::string_view text, bool upper_case) {
  bool found = false;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (upper_case ? is_lower(c) : is_upper(c)) return false;
    found = found || (upper_case ? is_upper(c) : is_lower(c));
  }
  return found;
}

bool is_title(std::string_view text) {
  bool inside = false;
  bool found = false;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (is_upper(c)) {
      if (inside) return false;
      inside = found = true;
    } else if (is_lower(c)) {
      if (!inside) return false;
    } else {
      inside = false;
    }
  }
  return found;
}

}  // namespace tidemark::jinja
