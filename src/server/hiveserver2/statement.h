// Statements that the endpoint answers itself: those of Spark SQL that ask for or set the session's surroundings.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "adapter/adapter.h"
#include "server/hiveserver2/local_rows.h"

namespace tidemark::server {

struct Surroundings {
  std::string schema;                           // what unqualified names are looked up in
  std::map<std::string, std::string> settings;  // what clients have SET; nothing reads them but SET itself
};

// Nullopt: a statement for the engine. `session` is asked for when it is needed. Throws TM7602 (no such schema or table),
// TM7603 (a form of SHOW or DESCRIBE that is not known).
std::optional<LocalRows> answer_statement(const std::string& sql, Surroundings& surroundings, const std::function<Session&()>& session);

}  // namespace tidemark::server
