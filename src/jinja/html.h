// HTML escaping as markupsafe does it.
#pragma once
#include <string>
#include <string_view>

namespace tidemark::jinja {

std::string escape_html(std::string_view text);
std::string unescape_html(std::string_view text);  // the named entities that escape_html makes, and numeric ones
std::string strip_tags(std::string_view text);     // without tags and comments, runs of blanks made one, unescaped

}  // namespace tidemark::jinja
