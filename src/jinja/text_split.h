// What Python's str methods do to texts, for the methods and for the filters.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::jinja {

// `most` splits at most (negative: all); from the right the last ones.
std::vector<std::string_view> split_blanks(std::string_view text, int64_t most, bool from_right);
std::vector<std::string_view> split_at(std::string_view text, std::string_view separator, int64_t most, bool from_right);
std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends);
std::string replace_text(std::string_view text, std::string_view from, std::string_view to, int64_t most);  // charges the result
std::string_view strip_characters(std::string_view text, std::string_view characters, bool left, bool right);
std::string justified(std::string_view text, int64_t width, std::string_view fill, char align);  // < ^ >
std::string capitalized(std::string_view text);
std::string title_case(std::string_view text);
std::string swapped_case(std::string_view text);
std::string expanded_tabs(std::string_view text, int64_t size);
bool has_case(std::string_view text, bool upper);  // str.isupper or islower
bool is_title(std::string_view text);

}  // namespace tidemark::jinja
