#include "run/seed_types.h"

#include <array>

#include <fmt/format.h>

#include "base/strings.h"

namespace tidemark::run {

namespace {

std::string text_sql(const std::string& name) {
  const std::string column = quote_identifier(name);
  return fmt::format("case when lower(trim({0})) in ('', 'null') then null else {0} end", column);
}

constexpr const char* kNumber = R"('\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*')";
constexpr const char* kDate = R"('\d{4}-\d{2}-\d{2}')";
constexpr const char* kTimestamp = R"('\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[-+]\d{2}(:?\d{2})?)?')";

}  // namespace

std::string seed_facts_sql(const std::vector<std::string>& names, const std::string& rows) {
  std::vector<std::string> texts;
  std::vector<std::string> counts;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string t = fmt::format("t{}", i);
    texts.push_back(text_sql(names[i]) + " as " + t);
    const std::string number = fmt::format("(regexp_full_match({0}, {1}) and isfinite(try_cast({0} as double)))", t, kNumber);
    const std::string integer =
        fmt::format("({0} and try_cast({1} as double) = floor(try_cast({1} as double)) and try_cast({1} as bigint) is not null)", number, t);
    counts.push_back(fmt::format("count({})", t));
    for (const std::string& condition :
         std::array<std::string, 6>{number, integer, fmt::format("({} and try_cast({} as integer) is not null)", integer, t),
                                    fmt::format("(regexp_full_match({0}, {1}) and try_cast({0} as date) is not null)", t, kDate),
                                    fmt::format("(regexp_full_match({0}, {1}) and try_cast({0} as timestamp) is not null)", t, kTimestamp),
                                    fmt::format("(lower({}) in ('true', 'false'))", t)}) {
      counts.push_back(fmt::format("count(*) filter ({})", condition));
    }
  }
  return fmt::format("select {}\nfrom (select {} from {}) as seed_texts", join(counts, ", "), join(texts, ", "), rows);
}

std::string seed_type(const SeedFacts& facts) {
  const int64_t all = facts.values;
  if (facts.numbers == all) return facts.small_integers == all ? "integer" : facts.integers == all ? "bigint" : "double";
  if (facts.dates == all) return "date";
  if (facts.timestamps == all) return "timestamp";
  return facts.booleans == all ? "boolean" : "varchar";
}

std::string seed_value_sql(const std::string& name, const std::string& type) {
  return fmt::format("cast({} as {}) as {}", text_sql(name), type, quote_identifier(name));
}

}  // namespace tidemark::run
