// DuckDB SQL cut into tokens: enough to split statements, to tell which operation a statement is, and to find the names
// that it could mean. Grammar of literals and comments as in DuckDB's scanner (PostgreSQL's).
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::sql {

enum class TokenKind { kWord, kQuotedName, kString, kNumber, kSymbol };

struct Token {
  TokenKind kind;
  size_t begin;  // bytes into the text
  size_t end;
  std::string text;  // of a quoted name: unquoted; of a string: its value; else as written

  bool is(std::string_view word) const;  // an unquoted word, ASCII case ignored, or a symbol
  bool is_name() const { return kind == TokenKind::kWord || kind == TokenKind::kQuotedName; }
};

// Comments and blanks are left out. Throws Error TM4211 where a literal or comment does not end.
std::vector<Token> tokenize(std::string_view sql);

// The statements of a script, without their `;`, empty ones left out.
std::vector<std::string> split_statements(std::string_view sql);

// A dotted name: 1 to 3 parts.
struct Name {
  std::vector<std::string> parts;
  size_t begin = 0;  // bytes into the text
  size_t end = 0;
};

// Every dotted chain of names in the tokens that is not followed by `(`, strings after FROM or JOIN left out:
// a superset of the tables that the statement reads.
std::vector<Name> dotted_names(const std::vector<Token>& tokens);

}  // namespace tidemark::sql
