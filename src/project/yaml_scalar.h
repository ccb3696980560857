// What a plain YAML scalar means by YAML 1.1's rules as PyYAML's SafeLoader applies them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace tidemark::project {

// Dates and times stay text. Integers beyond int64 become doubles.
std::variant<std::monostate, bool, int64_t, double, std::string> resolve_scalar(std::string_view text);

}  // namespace tidemark::project
