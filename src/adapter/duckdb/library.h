// libduckdb, loaded with dlopen when the first statement needs it, so that commands without engine never pay for it.
// Looked for at: $TIDEMARK_DUCKDB_LIBRARY; beside the executable (../lib, ../lib/tidemark, .); where the build found it.
#pragma once
#include <string>

namespace tidemark::duckdb {

struct Api;  // api.h: the functions, by their C names

// The loaded functions. Thread-safe. Throws Error TM4101 (no library), TM4102 (not version 1.5.x).
const Api& api();

bool engine_loaded();          // never loads
std::string engine_version();  // "1.5.5"; loads

// Starts loading in a thread of its own, unless loaded or being loaded. Faults are told by the api() that follows.
void preload_async();

}  // namespace tidemark::duckdb
