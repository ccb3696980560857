// Tokens to expressions: jinja2's grammar and precedence.
#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jinja/ast.h"
#include "jinja/lexer.h"

namespace tidemark::jinja {

class ExpressionParser {
 public:
  ExpressionParser(const Environment& environment, Ast& ast, std::vector<Token> tokens) : environment_(environment), ast_(ast), tokens_(std::move(tokens)) {}

  // With `conditional` false no inline if is taken, so that a `for … if` or `if` ends before it.
  Expr* expression(bool conditional = true);
  // Several expressions with commas are a tuple. It ends at a tag's end, ')' or the word `stop`.
  Expr* tuple(bool conditional = true, bool in_parentheses = false, std::string_view stop = {});
  // A name, tuple of names, or ns.attribute.
  Expr* assign_target(std::string_view stop, bool with_namespace);
  NameExpr* name_target();
  FilterExpr* filters_of_block(bool name_first);  // `| f | g` or `f | g` over a body; null where there is none
  void expect_end();

 protected:
  friend class DepthGuard;

  const Token& now() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const Token& take();
  bool is_operator(std::string_view text) const { return now().kind == TokenKind::kOperator && now().text == text; }
  bool is_word(std::string_view text) const { return now().kind == TokenKind::kName && now().text == text; }
  bool take_operator(std::string_view text);
  bool take_word(std::string_view text);
  const Token& expect(TokenKind kind, std::string_view what);
  void expect_operator(std::string_view text);
  [[noreturn]] void fail(std::string message, const Token& at, std::string hint = {}) const;
  [[noreturn]] void fail(std::string message, size_t begin, size_t end, std::string hint = {}) const;
  size_t end_of_last() const { return at_ == 0 ? 0 : tokens_[at_ - 1].offset + tokens_[at_ - 1].length; }

  template <class T>
  T* make(ExprKind kind, size_t begin);
  template <class T>
  T* make_statement(StatementKind kind, size_t begin);
  template <class T>
  std::span<T> store(const std::vector<T>& items);

  Ast& ast() { return ast_; }
  const Environment& environment() const { return environment_; }
  bool soft_ = false;  // inside of an if: unknown filters and tests fail only when reached

 private:
  Expr* conditional();
  Expr* disjunction();
  Expr* conjunction();
  Expr* negation();
  Expr* comparison();
  bool comparison_operator(Operator& op);
  Expr* sum();
  Expr* concatenation();
  Expr* product();
  Expr* power();
  Expr* unary(bool with_filters);
  Expr* primary(bool with_namespace);
  Expr* name_or_literal(bool with_namespace);
  Expr* string();
  Expr* list();
  Expr* dict();
  Expr* postfix(Expr* base, size_t begin);
  Expr* filters(Expr* base, size_t begin);
  Expr* attribute(Expr* base, size_t begin);
  Expr* subscript(Expr* base, size_t begin);
  Expr* subscript_key();
  Expr* call(Expr* callee, size_t begin);
  Arguments arguments();
  FilterExpr* filter(Expr* base);
  Expr* test(Expr* base, size_t begin);
  std::string_view dotted_name(std::string_view what);
  void check_assignable(const Expr* target, const Token& at) const;
  Expr* binary(Operator op, Expr* left, Expr* right, size_t begin);
  Expr* finish(Expr* e, std::initializer_list<const Expr*> children);
  void settle(Expr* e, const Arguments& arguments);

  const Environment& environment_;
  Ast& ast_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int nesting_ = 0;
};

template <class T>
T* ExpressionParser::make(ExprKind kind, size_t begin) {
  T* e = new (ast_.arena.allocate(sizeof(T), alignof(T))) T{};
  e->kind = kind;
  e->offset = static_cast<uint32_t>(begin);
  const size_t end = end_of_last();
  e->length = static_cast<uint32_t>(end > begin ? end - begin : 1);
  return e;
}

template <class T>
T* ExpressionParser::make_statement(StatementKind kind, size_t begin) {
  T* s = new (ast_.arena.allocate(sizeof(T), alignof(T))) T{};
  s->kind = kind;
  s->offset = static_cast<uint32_t>(begin);
  const size_t end = end_of_last();
  s->length = static_cast<uint32_t>(end > begin ? end - begin : 1);
  return s;
}

template <class T>
std::span<T> ExpressionParser::store(const std::vector<T>& items) {
  if (items.empty()) return {};
  auto* memory = static_cast<T*>(ast_.arena.allocate(sizeof(T) * items.size(), alignof(T)));
  std::uninitialized_copy(items.begin(), items.end(), memory);
  return {memory, items.size()};
}

}  // namespace tidemark::jinja
