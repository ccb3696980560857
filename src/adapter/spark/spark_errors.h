// Spark's faults as people want them.
#pragma once
#include <string>

#include "base/error.h"

namespace tidemark::spark {

// Without the query's plan, and with a span over `sql` where the message tells a line and position. A cancelled statement
// becomes TM4115, as on the embedded engine.
Error readable(const Error& error, const std::string& sql);

}  // namespace tidemark::spark
