// Ephemeral models as CTEs before a statement, letter by letter as dbt puts them.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::compile {

// Where CTEs go into a statement: after its leading WITH [RECURSIVE], else before its first token.
struct CtePlace {
  size_t offset = 0;
  bool has_with = false;
};
CtePlace find_cte_place(std::string_view sql);

// `ctes` are " name as (\n…\n)"; the text that goes in at `place`.
std::string cte_insertion(const CtePlace& place, const std::vector<std::string>& ctes);

}  // namespace tidemark::compile
