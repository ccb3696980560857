// The types of a seed's columns, found from their texts as dbt finds them.
#pragma once
#include <string>
#include <vector>

#include "adapter/adapter.h"

namespace tidemark::run {

// One row over `rows` (a FROM-clause text whose columns are all texts): for each column of `names` six numbers, see seed_type().
std::string seed_facts_sql(const std::vector<std::string>& names, const std::string& rows);

// Of one column: how many values there are (not empty, not 'null'), and how many of them are such.
struct SeedFacts {
  int64_t values = 0;
  int64_t numbers = 0;
  int64_t integers = 0;        // numbers without a fraction
  int64_t small_integers = 0;  // of those, within 32 bits
  int64_t dates = 0;
  int64_t timestamps = 0;
  int64_t booleans = 0;
};
inline constexpr size_t kSeedFacts = 7;

// The first that fits all values: integer (bigint beyond 32 bits), double, date, timestamp, boolean, varchar. A column
// without values is an integer.
std::string seed_type(const SeedFacts& facts);

// `name` as a value of that type; empty texts and 'null' are NULL.
std::string seed_value_sql(const std::string& name, const std::string& type);

}  // namespace tidemark::run
