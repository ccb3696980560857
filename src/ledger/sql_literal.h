// Values as SQL literals that compare equal to them. Internal to this folder.
#pragma once
#include <string>

#include "adapter/value.h"

namespace tidemark::ledger {

// Whether values of this type (as the engine writes it) have such literals: nested types and intervals have none.
bool has_literals(const std::string& type);

// "NULL" for NULL. `type`: the column's.
std::string sql_literal(const Value& value, const std::string& type);

}  // namespace tidemark::ledger
