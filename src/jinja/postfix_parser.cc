// What follows an operand: attributes, items, calls, filters and tests.
#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "jinja/expression_parser.h"

namespace tidemark::jinja {

Expr* ExpressionParser::postfix(Expr* base, size_t begin) {
  while (true) {
    if (is_operator(".")) {
      base = attribute(base, begin);
    } else if (is_operator("[")) {
      base = subscript(base, begin);
    } else if (is_operator("(")) {
      base = call(base, begin);
    } else {
      return base;
    }
  }
}

Expr* ExpressionParser::filters(Expr* base, size_t begin) {
  while (true) {
    if (take_operator("|")) {
      base = filter(base);
    } else if (is_word("is")) {
      base = test(base, begin);
    } else if (is_operator("(")) {
      base = call(base, begin);
    } else {
      return base;
    }
  }
}

Expr* ExpressionParser::attribute(Expr* base, size_t begin) {
  take();
  const Token& token = take();
  if (token.kind == TokenKind::kName) {
    auto* made = make<AttributeExpr>(ExprKind::kAttribute, begin);
    made->base = base;
    made->name = token.text;
    made->constant = true;
    return finish(made, {base});
  }
  if (token.kind != TokenKind::kNumber || !token.value->is_int()) fail(fmt::format("expected a name or number behind '.', got {}", describe(token)), token);
  auto* key = make<ConstExpr>(ExprKind::kConst, token.offset);
  key->value = token.value;
  key->constant = true;
  auto* made = make<ItemExpr>(ExprKind::kItem, begin);
  made->base = base;
  made->key = key;
  made->constant = true;
  return finish(made, {base});
}

Expr* ExpressionParser::subscript(Expr* base, size_t begin) {
  const Token& bracket = take();
  std::vector<Expr*> keys;
  while (!is_operator("]")) {
    if (!keys.empty()) expect_operator(",");
    keys.push_back(subscript_key());
  }
  expect_operator("]");
  if (keys.empty()) fail("expected an index or key", bracket);
  Expr* key = keys.front();
  if (keys.size() > 1) {
    auto* made = make<ListExpr>(ExprKind::kTuple, keys.front()->offset);
    made->items = store(keys);
    made->constant = true;
    for (const Expr* item : keys) finish(made, {item});
    key = made;
  }
  auto* made = make<ItemExpr>(ExprKind::kItem, begin);
  made->base = base;
  made->key = key;
  made->constant = true;
  return finish(made, {base, key});
}

Expr* ExpressionParser::subscript_key() {
  const size_t begin = now().offset;
  Expr* start = is_operator(":") ? nullptr : expression();
  if (!take_operator(":")) return start;
  const auto absent = [&] { return is_operator(":") || is_operator("]") || is_operator(","); };
  Expr* stop = absent() ? nullptr : expression();
  Expr* step = nullptr;
  if (take_operator(":") && !absent()) step = expression();
  auto* made = make<SliceExpr>(ExprKind::kSlice, begin);
  made->start = start;
  made->stop = stop;
  made->step = step;
  made->constant = true;
  return finish(made, {start, stop, step});
}

Arguments ExpressionParser::arguments() {
  expect_operator("(");
  std::vector<Expr*> positional;
  std::vector<std::string_view> names;
  std::vector<Expr*> values;
  Arguments made;
  bool first = true;
  while (!is_operator(")")) {
    if (!first) {
      expect_operator(",");
      if (is_operator(")")) break;
    }
    first = false;
    const Token& start = now();
    bool in_order = made.star_star == nullptr;
    if (take_operator("*")) {
      in_order = in_order && made.star == nullptr;
      made.star = expression();
    } else if (take_operator("**")) {
      made.star_star = expression();
    } else if (now().kind == TokenKind::kName && ahead().kind == TokenKind::kOperator && ahead().text == "=") {
      if (std::find(names.begin(), names.end(), now().text) != names.end()) fail(fmt::format("argument '{}' is given twice", now().text), now());
      names.push_back(take().text);
      take();
      values.push_back(expression());
    } else {
      in_order = in_order && made.star == nullptr && names.empty();
      positional.push_back(expression());
    }
    if (!in_order) fail("positional arguments come first, then named ones, *args and **kwargs", start);
  }
  expect_operator(")");
  made.positional = store(positional);
  made.names = store(names);
  made.values = store(values);
  return made;
}

Expr* ExpressionParser::call(Expr* callee, size_t begin) {
  const Arguments given = arguments();
  auto* made = make<CallExpr>(ExprKind::kCall, begin);
  made->callee = callee;
  made->arguments = given;
  settle(made, given);
  return finish(made, {callee});
}

std::string_view ExpressionParser::dotted_name(std::string_view what) {
  const Token& first = expect(TokenKind::kName, what);
  if (!is_operator(".")) return first.text;
  std::string name(first.text);
  while (take_operator(".")) name += "." + std::string(expect(TokenKind::kName, "a name").text);
  return ast_.texts.emplace_back(std::move(name));
}

namespace {

bool depends_on_context(std::string_view filter) {
  return filter == "map" || filter == "select" || filter == "reject" || filter == "selectattr" || filter == "rejectattr" || filter == "random";
}

[[noreturn]] void unknown(const Ast& ast, std::string_view what, const FilterExpr& e, const std::vector<std::string>& names) {
  Error error("TM2005", fmt::format("there is no {} '{}'", what, e.name));
  error.at(ast.span(e.offset, e.length));
  const std::string near = nearest_name(e.name, names);
  if (!near.empty()) error.hint(fmt::format("did you mean '{}'?", near));
  throw error;
}

}  // namespace

FilterExpr* ExpressionParser::filter(Expr* base) {
  const size_t begin = now().offset;
  auto* made = make<FilterExpr>(ExprKind::kFilter, begin);
  made->name = dotted_name("the name of a filter");
  made->function = environment_.filter(made->name);
  made->length = static_cast<uint32_t>(made->name.size());
  if (made->function == nullptr && !soft_) unknown(ast_, "filter", *made, environment_.filter_names());
  made->constant = base != nullptr && made->function != nullptr && !depends_on_context(made->name);
  if (is_operator("(")) {
    made->arguments = arguments();
    made->length = static_cast<uint32_t>(end_of_last() - begin);
    settle(made, made->arguments);
  }
  made->base = base;
  finish(made, {base});
  return made;
}

FilterExpr* ExpressionParser::filters_of_block(bool name_first) {
  FilterExpr* e = nullptr;
  if (name_first) e = filter(nullptr);
  while (take_operator("|")) e = filter(e);
  return e;
}

Expr* ExpressionParser::test(Expr* base, size_t begin) {
  take();
  const bool negated = take_word("not");
  const size_t name_begin = now().offset;
  auto* made = make<FilterExpr>(ExprKind::kTest, name_begin);
  made->name = dotted_name("the name of a test");
  made->length = static_cast<uint32_t>(made->name.size());
  made->function = environment_.test(made->name);
  if (made->function == nullptr && !soft_) unknown(ast_, "test", *made, environment_.test_names());
  made->base = base;
  made->constant = made->function != nullptr;
  const TokenKind kind = now().kind;
  if (is_operator("(")) {
    made->arguments = arguments();
  } else if ((kind == TokenKind::kName && !is_word("else") && !is_word("or") && !is_word("and")) || kind == TokenKind::kString || kind == TokenKind::kNumber ||
             is_operator("[") || is_operator("{")) {
    if (is_word("is")) fail("tests with 'is' cannot be chained", now(), "join them by 'and'");
    const size_t argument_begin = now().offset;
    Expr* argument = primary(false);
    made->arguments.positional = store(std::vector<Expr*>{postfix(argument, argument_begin)});
  }
  made->length = static_cast<uint32_t>(end_of_last() - name_begin);
  settle(made, made->arguments);
  finish(made, {base});
  if (!negated) return made;
  auto* inverse = make<UnaryExpr>(ExprKind::kNot, begin);
  inverse->operand = made;
  inverse->constant = true;
  return finish(inverse, {made});
}

}  // namespace tidemark::jinja
