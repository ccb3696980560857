// fromyaml() and toyaml().
#pragma once
#include <optional>
#include <string>

#include "base/json_fwd.h"

namespace tidemark::resolve {

// As PyYAML's safe_load reads it; nullopt where it is not YAML.
std::optional<Json> parse_yaml_text(const std::string& text);
// As PyYAML's dump writes it: block style, two spaces, quotes where a plain text would be read as something else.
std::string yaml_text(const Json& value, bool sort_keys);

}  // namespace tidemark::resolve
