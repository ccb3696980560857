// Small text functions that the standard library lacks.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

std::vector<std::string> split(std::string_view text, char separator);  // keeps empty parts
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);  // ASCII
std::string to_upper(std::string_view text);  // ASCII
bool equals_ignore_case(std::string_view a, std::string_view b);
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);
// "1.2 GB", "812 kB": decimal units, two or three significant digits.
std::string format_bytes(uint64_t bytes);
// "4,217,303"
std::string format_count(uint64_t count);

}  // namespace tidemark
