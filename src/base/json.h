// JSON with members in insertion order, so that what is written reads as it was made.
#pragma once
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace tidemark {

using Json = nlohmann::ordered_json;

// Parses; throws Error `code` naming `name` (a path) with line and column.
Json parse_json(std::string_view text, const std::string& name, const std::string& code);

// One line, UTF-8 kept; invalid bytes become U+FFFD.
std::string dump_json(const Json& json, int indent = -1);

}  // namespace tidemark
