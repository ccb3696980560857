#pragma once
#include <string>
#include <vector>

#include "base/json.h"

namespace tidemark::server {

std::vector<std::string> text_list(const Json& body, const char* name);  // TM7400 where it is no list of texts

}  // namespace tidemark::server
