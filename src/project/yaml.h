// YAML as dbt reads it: the syntax of YAML 1.2's common ground, plain scalars resolved by YAML 1.1's rules as PyYAML's
// SafeLoader applies them (yes is true, 010 is 8, 1e3 is text), merge keys, and a place for every value.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/source_span.h"

namespace tidemark::project {

// One value; children are shared, so copies are cheap.
class Yaml {
 public:
  using List = std::vector<Yaml>;
  using Map = std::vector<std::pair<Yaml, Yaml>>;  // keys in the order of the text; of equal keys the last one is kept

  Yaml() = default;

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_int() const { return std::holds_alternative<int64_t>(data_); }
  bool is_float() const { return std::holds_alternative<double>(data_); }
  bool is_string() const { return std::holds_alternative<std::string>(data_); }
  bool is_list() const { return std::holds_alternative<std::shared_ptr<const List>>(data_); }
  bool is_map() const { return std::holds_alternative<std::shared_ptr<const Map>>(data_); }
  std::string_view kind_name() const;  // "a mapping", "a list", "text", … for messages

  bool as_bool() const { return std::get<bool>(data_); }
  int64_t as_int() const { return std::get<int64_t>(data_); }
  double as_float() const { return std::get<double>(data_); }
  const std::string& as_string() const { return std::get<std::string>(data_); }
  const List& items() const;   // empty unless a list
  const Map& entries() const;  // empty unless a mapping

  // The value under a text key; nullptr where there is none or this is no mapping.
  const Yaml* find(std::string_view key) const;
  // The text of a scalar, as it would be written in a template; empty for null, lists and mappings.
  std::string scalar_text() const;
  Json to_json() const;  // keys become text; dates stay text

  SourceSpan span() const { return SourceSpan{source_, offset_, length_}; }

 private:
  friend class YamlBuilder;
  using Data = std::variant<std::monostate, bool, int64_t, double, std::string, std::shared_ptr<const List>, std::shared_ptr<const Map>>;
  Data data_;
  SourceTextPtr source_;
  uint32_t offset_ = 0;
  uint32_t length_ = 0;
};

// The first document of a text; null for an empty one. Throws Error TM1001 with the place of a syntax fault.
// `warnings`, if given, receives duplicate keys (TM1002).
Yaml parse_yaml(const SourceTextPtr& source, std::vector<Error>* warnings = nullptr);

// A mapping given on the command line ("--vars '{a: 1}'"); an empty text gives {}. Throws TM1003 for anything but a mapping.
Json parse_cli_mapping(const std::string& text, const std::string& flag);

}  // namespace tidemark::project
