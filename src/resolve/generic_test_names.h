// Names, unique ids and texts of generic data tests, as dbt makes them (its synthesize_generic_test_names and TestBuilder).
#pragma once
#include <string>
#include <vector>

#include "base/json_fwd.h"

namespace tidemark::resolve {

struct TestNames {
  std::string short_name;  // of the file and the alias: under 64 characters
  std::string full_name;   // in the unique id and the fqn
};

// `test` is "not_null", "source_not_null", "dbt_utils_at_least_one", …; `arguments` without "model" count into the name.
TestNames generic_test_names(const std::string& test, const std::string& target, const Json& arguments);

// The 10 digits that make a test's unique id unique.
std::string generic_test_hash(const std::string& name, const std::string& test, const std::string& package, const Json& kwargs);

// {{ test_not_null(**_dbt_generic_test_kwargs) }}{{ config(…) }}
std::string generic_test_code(const std::string& test, const std::string& package, const Json& config);

}  // namespace tidemark::resolve
