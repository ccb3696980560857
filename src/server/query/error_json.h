// Errors as the API tells them.
#pragma once
#include "base/error.h"
#include "base/json.h"

namespace tidemark::server {

// {"code", "message", "hint", "spans": [{"file", "line", "column", "excerpt"}]}
Json error_json(const Error& error);

}  // namespace tidemark::server
