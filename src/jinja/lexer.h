// Cuts a template into tokens. Source of the rules: jinja2's lexer, whose whitespace control this follows.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "jinja/ast.h"

namespace tidemark::jinja {

enum class TokenKind : uint8_t {
  kData,
  kVariableBegin,
  kVariableEnd,
  kBlockBegin,
  kBlockEnd,
  kName,
  kString,
  kNumber,
  kOperator,  // one or two characters, in text
  kEnd
};

struct Token {
  TokenKind kind;
  uint32_t offset;
  uint32_t length;
  std::string_view text;         // of data, names and operators
  const Value* value = nullptr;  // of strings and numbers
};

// Tokens of source text [begin, end); ends with kEnd. Strings and numbers become constants of `ast`. TM2001.
std::vector<Token> tokenize(Ast& ast, size_t begin, size_t end, const Options& options);
// The same for one expression without braces.
std::vector<Token> tokenize_expression(Ast& ast, size_t begin, size_t end, const Options& options);

// How messages name a token.
std::string describe(const Token& token);

}  // namespace tidemark::jinja
