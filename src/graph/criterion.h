// One criterion of a selection, taken apart.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace tidemark::graph {

// Which tests of chosen nodes come along.
enum class IndirectSelection { kEager, kCautious, kBuildable, kEmpty };

struct Criterion {
  std::string text;                           // as written
  std::string method;                         // "fqn", "tag", "config", …
  std::vector<std::string> method_arguments;  // of "config.materialized": {"materialized"}
  std::string value;
  bool childrens_parents = false;             // @
  std::optional<int> parents;                 // steps up; negative: all; nullopt: none
  std::optional<int> children;                // steps down
  std::optional<IndirectSelection> indirect;  // its own, of selectors.yml
};

// TM3010 where it can't be read.
Criterion parse_criterion(const std::string& text);

// Shell-style match of a whole text: * ? [..]. Without such signs: equality.
bool matches(const std::string& pattern, const std::string& text);

}  // namespace tidemark::graph
