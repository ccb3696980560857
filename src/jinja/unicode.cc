#include "jinja/unicode.h"

#include <clocale>
#include <cwctype>

#include <locale.h>

namespace tidemark::jinja {

namespace {

bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The C library's tables for Unicode; null where the locale is not installed (ASCII only then).
locale_t unicode_locale() noexcept {
  static const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return made;
}

template <class Function>
bool classify(char32_t c, const Function& function) noexcept {
  const locale_t locale = unicode_locale();
  return locale != nullptr && function(static_cast<wint_t>(c), locale) != 0;
}

bool ascii_alpha(char32_t c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

size_t sequence_length(unsigned char first) noexcept {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 1;
}

// Bytes of the code point at `offset`: 1 where the sequence is not whole.
size_t length_at(std::string_view text, size_t offset) noexcept {
  const size_t wanted = sequence_length(static_cast<unsigned char>(text[offset]));
  if (offset + wanted > text.size()) return 1;
  for (size_t i = 1; i < wanted; ++i) {
    if (!continues(text[offset + i])) return 1;
  }
  return wanted;
}

}  // namespace

bool is_ascii(std::string_view text) noexcept {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

size_t code_points(std::string_view text) noexcept {
  size_t count = 0;
  for (size_t offset = 0; offset < text.size(); ++count) offset += length_at(text, offset);
  return count;
}

size_t byte_offset(std::string_view text, size_t index) noexcept {
  size_t offset = 0;
  for (; index > 0 && offset < text.size(); --index) offset += length_at(text, offset);
  return offset;
}

std::string_view code_point_range(std::string_view text, size_t begin, size_t end) noexcept {
  if (end <= begin) return {};
  const size_t from = byte_offset(text, begin);
  text.remove_prefix(from);
  return text.substr(0, byte_offset(text, end - begin));
}

char32_t next_code_point(std::string_view text, size_t& offset) noexcept {
  const size_t length = length_at(text, offset);
  const auto first = static_cast<unsigned char>(text[offset]);
  char32_t c = first;
  if (length > 1) {
    c = first & (0x7FU >> length);
    for (size_t i = 1; i < length; ++i) c = (c << 6U) | (static_cast<unsigned char>(text[offset + i]) & 0x3FU);
  }
  offset += length;
  return c;
}

char32_t previous_code_point(std::string_view text, size_t& offset) noexcept {
  size_t start = offset - 1;
  for (size_t back = 1; back < 4 && start > 0 && continues(text[start]); ++back) --start;
  size_t after = start;
  const char32_t c = next_code_point(text, after);
  if (after == offset) {
    offset = start;
    return c;
  }
  --offset;
  return static_cast<unsigned char>(text[offset]);
}

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0U | (c >> 6U));
    out += static_cast<char>(0x80U | (c & 0x3FU));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0U | (c >> 12U));
    out += static_cast<char>(0x80U | ((c >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (c & 0x3FU));
  } else {
    out += static_cast<char>(0xF0U | (c >> 18U));
    out += static_cast<char>(0x80U | ((c >> 12U) & 0x3FU));
    out += static_cast<char>(0x80U | ((c >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (c & 0x3FU));
  }
}

bool is_space(char32_t c) noexcept {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_alpha(char32_t c) noexcept {
  if (c < 0x80) return ascii_alpha(c);
  return classify(c, iswalpha_l) && !is_digit(c);
}

bool is_decimal(char32_t c) noexcept {
  if (c < 0x80) return c >= '0' && c <= '9';
  // Decimal digits of other scripts come in runs of ten; the common ones.
  for (const char32_t zero : {0x660U, 0x6F0U, 0x966U, 0x9E6U, 0xE50U, 0xFF10U}) {
    if (c >= zero && c < zero + 10) return true;
  }
  return false;
}

bool is_digit(char32_t c) noexcept {
  return is_decimal(c) || c == 0xB2 || c == 0xB3 || c == 0xB9 || (c >= 0x2070 && c <= 0x2089 && c != 0x2071 && c != 0x2072 && c != 0x2073);
}

bool is_numeric(char32_t c) noexcept { return is_digit(c) || (c >= 0xBC && c <= 0xBE) || (c >= 0x2150 && c <= 0x2189) || (c >= 0x2460 && c <= 0x249B); }

bool is_alnum(char32_t c) noexcept { return is_alpha(c) || is_digit(c); }
bool is_upper(char32_t c) noexcept { return c < 0x80 ? c >= 'A' && c <= 'Z' : classify(c, iswupper_l); }
bool is_lower(char32_t c) noexcept { return c < 0x80 ? c >= 'a' && c <= 'z' : c == 0xDF || classify(c, iswlower_l); }
bool is_word(char32_t c) noexcept { return c == '_' || is_alnum(c); }

bool is_printable(char32_t c) noexcept {
  if (c < 0x80) return c >= 0x20 && c < 0x7F;
  return !is_space(c) && c != 0xAD && classify(c, iswprint_l) && !(c >= 0x200B && c <= 0x200F) && !(c >= 0x202A && c <= 0x202E) && c != 0xFEFF &&
         !(c >= 0xE000 && c <= 0xF8FF) && !(c >= 0x2060 && c <= 0x206F) && !(c >= 0x80 && c < 0xA0);
}

void append_upper(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  } else if (c == 0xDF) {
    out += "SS";
  } else {
    const locale_t locale = unicode_locale();
    append_utf8(out, locale == nullptr ? c : static_cast<char32_t>(towupper_l(static_cast<wint_t>(c), locale)));
  }
}

void append_lower(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  } else {
    const locale_t locale = unicode_locale();
    append_utf8(out, locale == nullptr ? c : static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), locale)));
  }
}

void append_title(std::string& out, char32_t c) {
  if (c == 0xDF) {
    out += "Ss";
  } else {
    append_upper(out, c);
  }
}

std::string upper(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t offset = 0; offset < text.size();) append_upper(out, next_code_point(text, offset));
  return out;
}

std::string lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t offset = 0; offset < text.size();) append_lower(out, next_code_point(text, offset));
  return out;
}

std::string_view strip_left(std::string_view text) noexcept {
  size_t offset = 0;
  while (offset < text.size()) {
    size_t after = offset;
    if (!is_space(next_code_point(text, after))) break;
    offset = after;
  }
  return text.substr(offset);
}

std::string_view strip_right(std::string_view text) noexcept {
  size_t end = text.size();
  while (end > 0) {
    size_t before = end;
    if (!is_space(previous_code_point(text, before))) break;
    end = before;
  }
  return text.substr(0, end);
}

}  // namespace tidemark::jinja
