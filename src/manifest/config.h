// A node's configuration: dbt's free-form dictionary with typed readers for the keys that tidemark acts on.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace tidemark {

class Config {
 public:
  Config() : values_(Json::object()) {}
  explicit Config(Json values) : values_(std::move(values)) {}

  const Json& values() const { return values_; }
  Json& values() { return values_; }

  bool has(std::string_view key) const;          // present and not null
  const Json* find(std::string_view key) const;  // nullptr where absent or null
  std::string text(std::string_view key, std::string_view fallback = {}) const;
  bool flag(std::string_view key, bool fallback) const;
  std::optional<int64_t> integer(std::string_view key) const;
  std::vector<std::string> list(std::string_view key) const;  // a lone string counts as a list of one

  bool enabled() const { return flag("enabled", true); }
  std::string materialized() const { return text("materialized", "view"); }

 private:
  Json values_;  // always an object
};

}  // namespace tidemark
