// `type: duckdb`: tables in a native DuckDB file, with all of DuckDB's DDL and DML. A publish is one transaction. What a
// commit carries is kept in the file's schema `_tidemark`, changed with the data it belongs to.
//
// Only one process can have the file open while it is written: the lock is the engine's own.
// TableState::foreign_since_own is told from the table's columns and number of rows, so that an UPDATE by hand is not seen.
//   TM4230 the file is held by another process   TM4231 no such relation   TM4205 changed meanwhile   TM6201 as in lake
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapter/adapter.h"

namespace tidemark {

struct NativeOptions {
  std::string path;                     // of the file; empty or ":memory:": in memory
  std::string default_schema = "main";  // of names without one
  int threads = 0;
  std::string memory_limit;
  std::string temp_directory;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::string> setup;
};

std::unique_ptr<Adapter> make_native_adapter(NativeOptions options);

}  // namespace tidemark
