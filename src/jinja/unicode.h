// UTF-8 text by code points, as Python counts it. A byte that begins no valid sequence counts as one code point.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::jinja {

bool is_ascii(std::string_view text) noexcept;
size_t code_points(std::string_view text) noexcept;
// Byte offset of code point `index` (at most code_points(text), which gives text.size()).
size_t byte_offset(std::string_view text, size_t index) noexcept;
std::string_view code_point_range(std::string_view text, size_t begin, size_t end) noexcept;
// The code point at `offset`; moves `offset` behind it.
char32_t next_code_point(std::string_view text, size_t& offset) noexcept;
// The code point that ends before `offset`; moves `offset` to its start.
char32_t previous_code_point(std::string_view text, size_t& offset) noexcept;
void append_utf8(std::string& out, char32_t code_point);

// Python's classes of characters (str.isspace, isalpha, …).
bool is_space(char32_t c) noexcept;
bool is_alpha(char32_t c) noexcept;
bool is_decimal(char32_t c) noexcept;
bool is_digit(char32_t c) noexcept;    // decimals, superscripts, subscripts
bool is_numeric(char32_t c) noexcept;  // digits, fractions, Roman and circled numbers
bool is_alnum(char32_t c) noexcept;
bool is_upper(char32_t c) noexcept;
bool is_lower(char32_t c) noexcept;
bool is_printable(char32_t c) noexcept;
bool is_word(char32_t c) noexcept;  // \w of Python's re

// Case mappings; one code point may become two (ß → SS).
void append_upper(std::string& out, char32_t c);
void append_lower(std::string& out, char32_t c);
void append_title(std::string& out, char32_t c);
std::string upper(std::string_view text);
std::string lower(std::string_view text);

// Without leading or trailing characters that are is_space().
std::string_view strip_left(std::string_view text) noexcept;
std::string_view strip_right(std::string_view text) noexcept;

}  // namespace tidemark::jinja
