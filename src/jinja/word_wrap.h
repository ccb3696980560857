// Python's textwrap.wrap, without expanding tabs or replacing blanks.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::jinja {

std::vector<std::string> wrap_words(std::string_view text, size_t width, bool break_long_words, bool break_on_hyphens);

}  // namespace tidemark::jinja
