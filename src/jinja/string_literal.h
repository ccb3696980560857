// Escapes of Python's string literals.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::jinja {

std::string with_unix_newlines(std::string_view text);  // \r\n and \r become \n
// The text that stands between quotes, unescaped; nullopt and `fault` where an escape is not whole.
std::optional<std::string> decode_escapes(std::string_view text, std::string& fault);

}  // namespace tidemark::jinja
