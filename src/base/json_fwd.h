// Forward declaration of Json: include this in headers, base/json.h in sources.
#pragma once
#include <nlohmann/json_fwd.hpp>

namespace tidemark {

using Json = nlohmann::ordered_json;

}  // namespace tidemark
