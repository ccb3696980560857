// `tidemark serve`: the web workbench's server, from its start to its orderly end.
#pragma once
#include "app/app.h"

namespace tidemark::server {

// Until terminal.cancelled. Throws TM72xx where it cannot start.
int serve(const app::Invocation& invocation, const app::Terminal& terminal);

}  // namespace tidemark::server
