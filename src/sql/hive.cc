#include "sql/hive.h"

#include <algorithm>
#include <map>
#include <regex>

#include <fmt/format.h>

#include "base/strings.h"

namespace tidemark::sql {

namespace {

constexpr const char* kNull = "__HIVE_DEFAULT_PARTITION__";

std::map<std::string, std::string> values_in(const std::string& path) {
  std::map<std::string, std::string> out;
  const std::vector<std::string> parts = split(path, '/');
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    const size_t mark = parts[i].find('=');
    if (mark == std::string::npos || mark == 0 || parts[i].find('=', mark + 1) != std::string::npos) continue;
    out[parts[i].substr(0, mark)] = parts[i].substr(mark + 1);
  }
  return out;
}

bool all_match(const std::vector<std::string>& values, const std::regex& pattern) {
  return !values.empty() && std::all_of(values.begin(), values.end(), [&](const std::string& value) { return std::regex_match(value, pattern); });
}

std::string type_of(const std::vector<std::string>& values) {
  static const std::regex kDate(R"([0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))");
  static const std::regex kInteger(R"([+-]?[0-9]{1,18})");
  if (all_match(values, kDate)) return "DATE";
  return all_match(values, kInteger) ? "BIGINT" : "VARCHAR";
}

}  // namespace

std::vector<ColumnType> hive_columns(const std::vector<std::string>& paths) {
  std::map<std::string, std::vector<std::string>> columns;
  for (size_t i = 0; i < paths.size(); ++i) {
    const std::map<std::string, std::string> values = values_in(paths[i]);
    if (values.empty() || (i > 0 && values.size() != columns.size())) return {};
    for (const auto& [name, value] : values) {
      if (i > 0 && !columns.contains(name)) return {};
      std::vector<std::string>& seen = columns[name];
      if (value != kNull) seen.push_back(value);
    }
  }
  std::vector<ColumnType> out;
  for (const auto& [name, values] : columns) out.push_back({name, type_of(values)});
  return out;
}

std::string hive_value_sql(const ColumnType& column, const std::string& filename) {
  std::string pattern;
  for (const char c : column.name) pattern += (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') ? std::string(1, c) : std::string("\\") + c;
  const std::string value = fmt::format("regexp_extract({}, '(?:^|/){}=([^/=]*)/', 1)", filename, replace_all(pattern, "'", "''"));
  return fmt::format("CAST(nullif(url_decode({}), '{}') AS {})", value, kNull, column.type);
}

}  // namespace tidemark::sql
