// Calls and names of a template, read from its parsed form without executing it.
#include <algorithm>
#include <functional>

#include "jinja/ast.h"
#include "jinja/walk.h"

namespace tidemark::jinja {

namespace {

std::optional<Value> literal_of(const Expr* e) {
  switch (e->kind) {
    case ExprKind::kConst:
      return *static_cast<const ConstExpr*>(e)->value;
    case ExprKind::kNegate: {
      const auto operand = literal_of(static_cast<const UnaryExpr*>(e)->operand);
      if (!operand || !(operand->is_int() || operand->is_float())) return std::nullopt;
      return operand->is_int() ? Value(-operand->as_int()) : Value(-operand->as_float());
    }
    case ExprKind::kList:
    case ExprKind::kTuple: {
      std::vector<Value> items;
      for (const Expr* item : static_cast<const ListExpr*>(e)->items) {
        auto v = literal_of(item);
        if (!v) return std::nullopt;
        items.push_back(*std::move(v));
      }
      return e->kind == ExprKind::kList ? Value::list(std::move(items)) : Value::tuple(std::move(items));
    }
    case ExprKind::kDict: {
      const auto* dict = static_cast<const DictExpr*>(e);
      Ref<Dict> made = make_ref<Dict>();
      for (size_t i = 0; i < dict->keys.size(); ++i) {
        const auto key = literal_of(dict->keys[i]);
        auto value = literal_of(dict->values[i]);
        if (!key || !value || key->is_list() || key->is_dict() || key->is_tuple()) return std::nullopt;
        made->set(*key, *std::move(value));
      }
      return Value(std::move(made));
    }
    default:
      return std::nullopt;
  }
}

class Collector {
 public:
  explicit Collector(const Ast& ast) : ast_(ast) {}

  void body(Body statements) {
    for (Statement* s : statements) statement(s);
  }

  void expr(Expr* e) {
    if (e == nullptr) return;
    if (e->kind == ExprKind::kCall) call(*static_cast<const CallExpr*>(e));
    const bool branches = e->kind == ExprKind::kConditional || e->kind == ExprKind::kAnd || e->kind == ExprKind::kOr;
    conditional_ += branches ? 1 : 0;
    for_each_part(e, [&](Expr* part) { expr(part); });
    conditional_ -= branches ? 1 : 0;
  }

  std::vector<StaticCall> calls;

 private:
  void call(const CallExpr& e) {
    StaticCall found;
    if (e.callee->kind == ExprKind::kName) {
      found.name = static_cast<const NameExpr*>(e.callee)->name;
    } else if (e.callee->kind == ExprKind::kAttribute) {
      const auto* attribute = static_cast<const AttributeExpr*>(e.callee);
      if (attribute->base->kind != ExprKind::kName) return;
      found.name = std::string(static_cast<const NameExpr*>(attribute->base)->name) + "." + std::string(attribute->name);
    } else {
      return;
    }
    const auto add = [&](const Expr* argument) {
      auto v = literal_of(argument);
      found.literal = found.literal && v.has_value();
      found.argument_spans.push_back(ast_.span(argument->offset, argument->length));
      return v;
    };
    for (const Expr* argument : e.arguments.positional) found.positional.push_back(add(argument));
    for (size_t i = 0; i < e.arguments.names.size(); ++i) found.keywords.emplace_back(std::string(e.arguments.names[i]), add(e.arguments.values[i]));
    found.literal = found.literal && e.arguments.star == nullptr && e.arguments.star_star == nullptr;
    found.conditional = conditional_ > 0;
    found.span = ast_.span(e.offset, e.length);
    calls.push_back(std::move(found));
  }

  void statement(Statement* s) {
    switch (s->kind) {
      case StatementKind::kOutput:
        for (Expr* item : static_cast<OutputStatement*>(s)->items) expr(item);
        break;
      case StatementKind::kIf: {
        bool first = true;
        for (const IfBranch& branch : static_cast<IfStatement*>(s)->branches) {
          if (!first) ++conditional_;
          expr(branch.test);
          if (first) ++conditional_;
          body(branch.body);
          --conditional_;
          first = false;
        }
        break;
      }
      case StatementKind::kFor: {
        auto* loop = static_cast<ForStatement*>(s);
        expr(loop->iterable);
        ++conditional_;
        expr(loop->test);
        body(loop->body);
        body(loop->otherwise);
        --conditional_;
        break;
      }
      case StatementKind::kSet:
        expr(static_cast<SetStatement*>(s)->value);
        break;
      case StatementKind::kSetBlock:
        body(static_cast<SetBlockStatement*>(s)->body);
        expr(static_cast<SetBlockStatement*>(s)->filter);
        break;
      case StatementKind::kMacro:
        macro(*static_cast<MacroStatement*>(s)->macro);
        break;
      case StatementKind::kCallBlock:
        expr(static_cast<CallBlockStatement*>(s)->call);
        macro(*static_cast<CallBlockStatement*>(s)->caller);
        break;
      case StatementKind::kFilterBlock:
        body(static_cast<FilterBlockStatement*>(s)->body);
        expr(static_cast<FilterBlockStatement*>(s)->filter);
        break;
      case StatementKind::kWith:
        for (Expr* value : static_cast<WithStatement*>(s)->values) expr(value);
        body(static_cast<WithStatement*>(s)->body);
        break;
      case StatementKind::kDo:
        expr(static_cast<DoStatement*>(s)->value);
        break;
      default:
        break;
    }
  }

  void macro(const MacroNode& m) {
    ++conditional_;
    for (Expr* fallback : m.defaults) expr(fallback);
    body(m.body);
    --conditional_;
  }

  const Ast& ast_;
  int conditional_ = 0;
};

}  // namespace

std::vector<StaticCall> Template::static_calls() const {
  Collector collector(*ast_);
  collector.body(ast_->body);
  collector.expr(ast_->expression);
  std::stable_sort(collector.calls.begin(), collector.calls.end(), [](const StaticCall& a, const StaticCall& b) { return a.span.offset < b.span.offset; });
  return std::move(collector.calls);
}

std::vector<std::string> Template::global_names() const {
  std::vector<std::string> names;
  for (const Scope& scope : ast_->scopes) {
    for (const Slot& slot : scope.slots) {
      if (slot.load == Load::kResolve) names.emplace_back(slot.name);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace tidemark::jinja
