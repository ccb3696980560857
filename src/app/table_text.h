// Rows for people and for programs.
#pragma once
#include <string>

#include "adapter/table.h"
#include "base/json.h"

namespace tidemark::app {

// "| day        | n |" with a line under the names; numbers to the right, NULL empty.
std::string table_text(const Table& table);
// One object a row. Numbers that JSON readers would not keep become texts.
Json table_json(const Table& table);

}  // namespace tidemark::app
