// What templates may know of the command under way and of the profile's target. Fixed for one invocation.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

namespace tidemark::resolve {

// Where messages of templates go while nothing runs: log(), print(), exceptions.warn().
struct MessageSinks {
  std::function<void(std::string_view message, bool info)> log;
  std::function<void(std::string_view message)> print;
  std::function<void(const Error& warning)> warn;
};

struct Invocation {
  std::string id;  // UUID
  WallTime started_at;
  Json flags = Json::object();  // names in capitals, as {{ flags.FULL_REFRESH }} reads them; WHICH is the command
  Json args = Json::object();   // {{ invocation_args_dict }}
  Json cli_vars = Json::object();
  std::map<std::string, std::string> env;       // of the process
  std::vector<std::string> selected_resources;  // unique ids; empty while parsing
  MessageSinks sinks;                           // may be empty
};

struct TargetFacts {
  Json values = Json::object();  // {{ target }}: name, schema, database, type, threads, profile_name, … no secrets
  std::string type;              // "lake", "duckdb", "spark"
  std::string database;          // empty: relations have none
  std::string schema;
  std::vector<std::string> dispatch_order;  // macro prefixes, first tried first, without "default"
  char quote_character = '"';
};

}  // namespace tidemark::resolve
