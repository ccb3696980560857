#include "jinja/expression_parser.h"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "base/error.h"

namespace tidemark::jinja {

namespace {

constexpr int kMaxNesting = 200;      // brackets and operators within each other
constexpr uint16_t kMaxDepth = 1000;  // of a tree of nodes: long chains of operators, filters and attributes

}  // namespace

class DepthGuard {
 public:
  explicit DepthGuard(ExpressionParser& parser) : parser_(parser) {
    if (++parser_.nesting_ > kMaxNesting) parser_.fail(fmt::format("an expression is nested more than {} levels deep", kMaxNesting), parser_.now());
  }
  ~DepthGuard() { --parser_.nesting_; }

 private:
  ExpressionParser& parser_;
};

const Token& ExpressionParser::take() {
  const Token& taken = tokens_[at_];
  if (taken.kind != TokenKind::kEnd) ++at_;
  return taken;
}

bool ExpressionParser::take_operator(std::string_view text) {
  if (!is_operator(text)) return false;
  ++at_;
  return true;
}

bool ExpressionParser::take_word(std::string_view text) {
  if (!is_word(text)) return false;
  ++at_;
  return true;
}

void ExpressionParser::fail(std::string message, const Token& at, std::string hint) const {
  fail(std::move(message), at.offset, at.offset + std::max<uint32_t>(at.length, 1), std::move(hint));
}

void ExpressionParser::fail(std::string message, size_t begin, size_t end, std::string hint) const {
  Error error("TM2001", std::move(message));
  error.at({ast_.source, begin, end - begin});
  if (!hint.empty()) error.hint(std::move(hint));
  throw error;
}

const Token& ExpressionParser::expect(TokenKind kind, std::string_view what) {
  if (now().kind != kind) fail(fmt::format("expected {}, got {}", what, describe(now())), now());
  return take();
}

void ExpressionParser::expect_operator(std::string_view text) {
  if (!take_operator(text)) fail(fmt::format("expected '{}', got {}", text, describe(now())), now());
}

void ExpressionParser::expect_end() {
  if (now().kind != TokenKind::kEnd) fail(fmt::format("unexpected {} behind the expression", describe(now())), now());
}

// Sets depth and constness from the parts of a node.
Expr* ExpressionParser::finish(Expr* e, std::initializer_list<const Expr*> children) {
  uint16_t depth = 0;
  bool constant = true;
  for (const Expr* child : children) {
    if (child == nullptr) continue;
    depth = std::max(depth, child->depth);
    constant = constant && child->constant;
  }
  if (depth >= kMaxDepth) fail("this expression is too long a chain of operations", e->offset, e->offset + e->length);
  e->depth = static_cast<uint16_t>(std::max<int>(e->depth, depth + 1));
  e->constant = e->constant && constant;
  return e;
}

void ExpressionParser::settle(Expr* e, const Arguments& arguments) {
  for (const Expr* argument : arguments.positional) finish(e, {argument});
  for (const Expr* argument : arguments.values) finish(e, {argument});
  finish(e, {arguments.star, arguments.star_star});
}

Expr* ExpressionParser::expression(bool with_conditional) {
  const DepthGuard guard(*this);
  return with_conditional ? conditional() : disjunction();
}

Expr* ExpressionParser::conditional() {
  const size_t begin = now().offset;
  Expr* e = disjunction();
  while (take_word("if")) {
    const bool soft = std::exchange(soft_, true);
    Expr* condition = disjunction();
    Expr* otherwise = take_word("else") ? expression() : nullptr;
    soft_ = soft;
    auto* made = make<ConditionalExpr>(ExprKind::kConditional, begin);
    made->test = condition;
    made->then = e;
    made->otherwise = otherwise;
    made->constant = otherwise != nullptr;
    e = finish(made, {condition, e, otherwise});
  }
  return e;
}

Expr* ExpressionParser::disjunction() {
  const size_t begin = now().offset;
  Expr* left = conjunction();
  while (take_word("or")) {
    Expr* right = conjunction();
    auto* made = make<BinaryExpr>(ExprKind::kOr, begin);
    made->left = left;
    made->right = right;
    made->constant = true;
    left = finish(made, {left, right});
  }
  return left;
}

Expr* ExpressionParser::conjunction() {
  const size_t begin = now().offset;
  Expr* left = negation();
  while (take_word("and")) {
    Expr* right = negation();
    auto* made = make<BinaryExpr>(ExprKind::kAnd, begin);
    made->left = left;
    made->right = right;
    made->constant = true;
    left = finish(made, {left, right});
  }
  return left;
}

Expr* ExpressionParser::negation() {
  if (!is_word("not")) return comparison();
  const DepthGuard guard(*this);
  const size_t begin = take().offset;
  Expr* operand = negation();
  auto* made = make<UnaryExpr>(ExprKind::kNot, begin);
  made->operand = operand;
  made->constant = true;
  return finish(made, {operand});
}

bool ExpressionParser::comparison_operator(Operator& op) {
  constexpr std::array<std::pair<std::string_view, Operator>, 6> kOperators = {
      {{"==", Operator::kEq}, {"!=", Operator::kNe}, {"<", Operator::kLt}, {"<=", Operator::kLe}, {">", Operator::kGt}, {">=", Operator::kGe}}};
  for (const auto& [text, found] : kOperators) {
    if (!take_operator(text)) continue;
    op = found;
    return true;
  }
  if (take_word("in")) {
    op = Operator::kIn;
    return true;
  }
  if (is_word("not") && ahead().kind == TokenKind::kName && ahead().text == "in") {
    take();
    take();
    op = Operator::kNotIn;
    return true;
  }
  return false;
}

Expr* ExpressionParser::comparison() {
  const size_t begin = now().offset;
  Expr* first = sum();
  std::vector<Operator> operators;
  std::vector<Expr*> others;
  for (Operator op{}; comparison_operator(op);) {
    operators.push_back(op);
    others.push_back(sum());
  }
  if (operators.empty()) return first;
  auto* made = make<CompareExpr>(ExprKind::kCompare, begin);
  made->first = first;
  made->operators = store(operators);
  made->others = store(others);
  made->constant = true;
  for (const Expr* other : others) finish(made, {other});
  return finish(made, {first});
}

Expr* ExpressionParser::binary(Operator op, Expr* left, Expr* right, size_t begin) {
  auto* made = make<BinaryExpr>(ExprKind::kBinary, begin);
  made->op = op;
  made->left = left;
  made->right = right;
  made->constant = true;
  return finish(made, {left, right});
}

Expr* ExpressionParser::sum() {
  const size_t begin = now().offset;
  Expr* left = concatenation();
  while (is_operator("+") || is_operator("-")) {
    const Operator op = take().text == "+" ? Operator::kAdd : Operator::kSub;
    Expr* right = concatenation();
    left = binary(op, left, right, begin);
  }
  return left;
}

Expr* ExpressionParser::concatenation() {
  const size_t begin = now().offset;
  Expr* first = product();
  if (!is_operator("~")) return first;
  std::vector<Expr*> items{first};
  while (take_operator("~")) items.push_back(product());
  auto* made = make<ListExpr>(ExprKind::kConcat, begin);
  made->items = store(items);
  made->constant = true;
  for (const Expr* item : items) finish(made, {item});
  return made;
}

Expr* ExpressionParser::product() {
  const size_t begin = now().offset;
  Expr* left = power();
  while (is_operator("*") || is_operator("/") || is_operator("//") || is_operator("%")) {
    const std::string_view text = take().text;
    const Operator op = text == "*" ? Operator::kMul : (text == "/" ? Operator::kDiv : (text == "//" ? Operator::kFloorDiv : Operator::kMod));
    Expr* right = power();
    left = binary(op, left, right, begin);
  }
  return left;
}

Expr* ExpressionParser::power() {
  const size_t begin = now().offset;
  Expr* left = unary(true);
  while (take_operator("**")) {
    Expr* right = unary(true);
    left = binary(Operator::kPow, left, right, begin);
  }
  return left;
}

Expr* ExpressionParser::unary(bool with_filters) {
  const size_t begin = now().offset;
  Expr* e = nullptr;
  if (is_operator("-") || is_operator("+")) {
    const DepthGuard guard(*this);
    const ExprKind kind = take().text == "-" ? ExprKind::kNegate : ExprKind::kPlus;
    Expr* operand = unary(false);
    auto* made = make<UnaryExpr>(kind, begin);
    made->operand = operand;
    made->constant = true;
    e = finish(made, {operand});
  } else {
    e = primary(false);
  }
  e = postfix(e, begin);
  return with_filters ? filters(e, begin) : e;
}

Expr* ExpressionParser::name_or_literal(bool with_namespace) {
  const Token& token = take();
  const std::string_view text = token.text;
  const bool is_true = text == "true" || text == "True";
  if (is_true || text == "false" || text == "False" || text == "none" || text == "None") {
    auto* made = make<ConstExpr>(ExprKind::kConst, token.offset);
    made->value = &ast_.constants.emplace_back(text == "none" || text == "None" ? Value(nullptr) : Value(is_true));
    made->constant = true;
    return made;
  }
  auto* name = make<NameExpr>(ExprKind::kName, token.offset);
  name->name = text;
  if (!with_namespace || !is_operator(".")) return name;
  take();
  const Token& attribute_name = expect(TokenKind::kName, "a name");
  auto* target = make<NamespaceTarget>(ExprKind::kNamespaceTarget, token.offset);
  target->base = name;
  target->attribute = attribute_name.text;
  return target;
}

Expr* ExpressionParser::string() {
  const size_t begin = now().offset;
  const Value* first = take().value;
  const Value* value = first;
  if (now().kind == TokenKind::kString) {
    std::string joined = first->as_string();
    while (now().kind == TokenKind::kString) joined += take().value->as_string();
    value = &ast_.constants.emplace_back(std::move(joined));
  }
  auto* made = make<ConstExpr>(ExprKind::kConst, begin);
  made->value = value;
  made->constant = true;
  return made;
}

Expr* ExpressionParser::primary(bool with_namespace) {
  const Token& token = now();
  switch (token.kind) {
    case TokenKind::kName:
      return name_or_literal(with_namespace);
    case TokenKind::kString:
      return string();
    case TokenKind::kNumber: {
      take();
      auto* made = make<ConstExpr>(ExprKind::kConst, token.offset);
      made->value = token.value;
      made->constant = true;
      return made;
    }
    default:
      break;
  }
  if (is_operator("(")) {
    take();
    Expr* e = tuple(true, true);
    expect_operator(")");
    return e;
  }
  if (is_operator("[")) return list();
  if (is_operator("{")) return dict();
  fail(fmt::format("expected an expression, got {}", describe(token)), token);
}

Expr* ExpressionParser::tuple(bool with_conditional, bool in_parentheses, std::string_view stop) {
  const Token& start = now();
  std::vector<Expr*> items;
  bool is_tuple = false;
  while (true) {
    if (!items.empty()) expect_operator(",");
    const TokenKind kind = now().kind;
    if (kind == TokenKind::kVariableEnd || kind == TokenKind::kBlockEnd || kind == TokenKind::kEnd || is_operator(")") || (!stop.empty() && is_word(stop)))
      break;
    items.push_back(expression(with_conditional));
    if (!is_operator(",")) break;
    is_tuple = true;
  }
  if (!is_tuple && !items.empty()) return items.front();
  if (items.empty() && !in_parentheses) fail(fmt::format("expected an expression, got {}", describe(now())), now());
  auto* made = make<ListExpr>(ExprKind::kTuple, start.offset);
  made->items = store(items);
  made->constant = true;
  for (const Expr* item : items) finish(made, {item});
  return made;
}

Expr* ExpressionParser::list() {
  const size_t begin = take().offset;
  std::vector<Expr*> items;
  while (!is_operator("]")) {
    if (!items.empty()) {
      expect_operator(",");
      if (is_operator("]")) break;
    }
    items.push_back(expression());
  }
  expect_operator("]");
  auto* made = make<ListExpr>(ExprKind::kList, begin);
  made->items = store(items);
  made->constant = true;
  for (const Expr* item : items) finish(made, {item});
  return made;
}

Expr* ExpressionParser::dict() {
  const size_t begin = take().offset;
  std::vector<Expr*> keys;
  std::vector<Expr*> values;
  while (!is_operator("}")) {
    if (!keys.empty()) {
      expect_operator(",");
      if (is_operator("}")) break;
    }
    keys.push_back(expression());
    expect_operator(":");
    values.push_back(expression());
  }
  expect_operator("}");
  auto* made = make<DictExpr>(ExprKind::kDict, begin);
  made->keys = store(keys);
  made->values = store(values);
  made->constant = true;
  for (const Expr* key : keys) finish(made, {key});
  for (const Expr* value : values) finish(made, {value});
  return made;
}

Expr* ExpressionParser::assign_target(std::string_view stop, bool with_namespace) {
  const Token& start = now();
  std::vector<Expr*> items;
  bool is_tuple = false;
  while (true) {
    if (!items.empty()) expect_operator(",");
    const TokenKind kind = now().kind;
    if (kind == TokenKind::kBlockEnd || kind == TokenKind::kVariableEnd || is_operator(")") || (!stop.empty() && is_word(stop))) break;
    const Token& first = now();
    items.push_back(primary(with_namespace));
    check_assignable(items.back(), first);
    if (!is_operator(",")) break;
    is_tuple = true;
  }
  if (!is_tuple && !items.empty()) return items.front();
  if (items.empty()) fail(fmt::format("expected a name, got {}", describe(now())), now());
  auto* made = make<ListExpr>(ExprKind::kTuple, start.offset);
  made->items = store(items);
  return made;
}

void ExpressionParser::check_assignable(const Expr* target, const Token& at) const {
  if (target->kind == ExprKind::kName || target->kind == ExprKind::kNamespaceTarget) return;
  if (target->kind == ExprKind::kTuple) {
    for (const Expr* item : static_cast<const ListExpr*>(target)->items) check_assignable(item, at);
    return;
  }
  fail(fmt::format("cannot assign to {}", describe(at)), at);
}

NameExpr* ExpressionParser::name_target() {
  const Token& token = expect(TokenKind::kName, "a name");
  for (const std::string_view literal : {"true", "false", "none", "True", "False", "None"}) {
    if (token.text == literal) fail(fmt::format("cannot assign to '{}'", literal), token);
  }
  auto* name = make<NameExpr>(ExprKind::kName, token.offset);
  name->name = token.text;
  return name;
}

}  // namespace tidemark::jinja
