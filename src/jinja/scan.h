// Blocks at the top level of a text, found without parsing what stands in them: how dbt cuts files of macros, tests,
// snapshots and docs. Source of the rules: dbt's block extractor.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "base/source_span.h"

namespace tidemark::jinja {

struct TextBlock {
  std::string_view kind;  // "macro", "docs", …
  std::string_view name;  // the word after it; empty where there is none
  SourceSpan span;        // with its tags
  SourceSpan contents;    // between its tags
};

// Throws TM2009 for blocks that are nested, not closed, or inside of if/for, and for unbalanced if/for at the top level.
std::vector<TextBlock> scan_blocks(const SourceTextPtr& source, std::span<const std::string_view> kinds);

// False where rendering would give the text itself: it holds none of {{ {% {# }} %} #}.
bool has_template_syntax(std::string_view text);

}  // namespace tidemark::jinja
