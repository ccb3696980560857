#include "adapter/lake/file_name_use.h"

#include <algorithm>
#include <optional>

#include "base/strings.h"

namespace tidemark::lake_adapter {
namespace {

bool opens(const sql::Token& token) { return token.is("(") || token.is("[") || token.is("{"); }
bool closes(const sql::Token& token) { return token.is(")") || token.is("]") || token.is("}"); }

bool ends_block(const sql::Token& token) { return token.is("union") || token.is("intersect") || token.is("except") || token.is(";"); }

// The SELECT whose FROM the token is behind.
std::optional<size_t> select_before(const std::vector<sql::Token>& tokens, size_t at) {
  int depth = 0;
  while (at-- > 0) {
    if (closes(tokens[at])) ++depth;
    if (opens(tokens[at]) && depth-- == 0) return std::nullopt;
    if (depth == 0 && ends_block(tokens[at])) return std::nullopt;
    if (depth == 0 && tokens[at].is("select")) return at;
  }
  return std::nullopt;
}

// One behind the last token of the block that the token is in.
size_t block_end(const std::vector<sql::Token>& tokens, size_t at) {
  int depth = 0;
  for (; at < tokens.size(); ++at) {
    if (opens(tokens[at])) ++depth;
    if (closes(tokens[at]) && depth-- == 0) return at;
    if (depth == 0 && ends_block(tokens[at])) return at;
  }
  return at;
}

// Stands for columns by itself: `*`, `t.*`, COLUMNS(…); a product or count(*) does not.
bool is_star(const std::vector<sql::Token>& tokens, size_t at) {
  if (tokens[at].is("columns") && at + 1 < tokens.size() && tokens[at + 1].is("(")) return true;
  if (!tokens[at].is("*") || at == 0) return false;
  const sql::Token& before = tokens[at - 1];
  if (before.is("(")) return at < 2 || !tokens[at - 2].is("count");
  return before.is("select") || before.is("distinct") || before.is("all") || before.is(",") || before.is(".");
}

// Behind the call, at its depth: another relation, by comma or join.
bool has_company(const std::vector<sql::Token>& tokens, size_t at, size_t end) {
  int depth = 0;
  for (; at < end; ++at) {
    if (opens(tokens[at])) ++depth;
    if (closes(tokens[at])) --depth;
    if (depth != 0) continue;
    if (tokens[at].is("where") || tokens[at].is("group") || tokens[at].is("order") || tokens[at].is("having") || tokens[at].is("limit")) return false;
    if (tokens[at].is(",") || tokens[at].is("join") || tokens[at].is("pivot") || tokens[at].is("unpivot")) return true;
  }
  return false;
}

}  // namespace

bool may_name_files(const std::vector<sql::Token>& tokens, size_t first, size_t last) {
  if (first == 0 || !tokens[first - 1].is("from")) return false;
  const auto select = select_before(tokens, first);
  if (!select) return false;
  const size_t end = block_end(tokens, first);
  if (has_company(tokens, last + 1, end)) return false;
  // An alias that stands alone is a whole row.
  size_t alias_at = last + 1;
  if (alias_at < end && tokens[alias_at].is("as")) ++alias_at;
  const bool has_alias = alias_at < end && tokens[alias_at].is_name() && !tokens[alias_at].is("where") && !tokens[alias_at].is("group") &&
                         !tokens[alias_at].is("order") && !tokens[alias_at].is("limit") && !tokens[alias_at].is("having");
  bool names_file = false;
  for (size_t at = *select; at < end; ++at) {
    if (at >= first && at <= last) continue;
    if (is_star(tokens, at) || tokens[at].is("select") != (at == *select)) return false;
    if (!tokens[at].is_name()) continue;
    if (equals_ignore_case(tokens[at].text, "filename")) names_file = true;
    const bool qualifies = at + 1 < end && tokens[at + 1].is(".");
    if (has_alias && at != alias_at && !qualifies && equals_ignore_case(tokens[at].text, tokens[alias_at].text)) return false;
  }
  return names_file;
}

}  // namespace tidemark::lake_adapter
