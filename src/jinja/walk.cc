#include "jinja/walk.h"

namespace tidemark::jinja {

namespace {

void for_each(ExprList items, const OnExpr& visit) {
  for (Expr* item : items) visit(item);
}

void optional(Expr* e, const OnExpr& visit) {
  if (e != nullptr) visit(e);
}

void for_each_argument(const Arguments& arguments, const OnExpr& visit) {
  for_each(arguments.positional, visit);
  for_each(arguments.values, visit);
  optional(arguments.star, visit);
  optional(arguments.star_star, visit);
}

}  // namespace

void for_each_part(Expr* e, const OnExpr& visit) {
  switch (e->kind) {
    case ExprKind::kData:
    case ExprKind::kConst:
    case ExprKind::kName:
      return;
    case ExprKind::kList:
    case ExprKind::kTuple:
    case ExprKind::kConcat:
      return for_each(static_cast<ListExpr*>(e)->items, visit);
    case ExprKind::kDict: {
      const auto* dict = static_cast<DictExpr*>(e);
      for (size_t i = 0; i < dict->keys.size(); ++i) {
        visit(dict->keys[i]);
        visit(dict->values[i]);
      }
      return;
    }
    case ExprKind::kNegate:
    case ExprKind::kPlus:
    case ExprKind::kNot:
      return visit(static_cast<UnaryExpr*>(e)->operand);
    case ExprKind::kBinary:
    case ExprKind::kAnd:
    case ExprKind::kOr:
      visit(static_cast<BinaryExpr*>(e)->left);
      return visit(static_cast<BinaryExpr*>(e)->right);
    case ExprKind::kCompare:
      visit(static_cast<CompareExpr*>(e)->first);
      return for_each(static_cast<CompareExpr*>(e)->others, visit);
    case ExprKind::kConditional:
      visit(static_cast<ConditionalExpr*>(e)->test);
      visit(static_cast<ConditionalExpr*>(e)->then);
      return optional(static_cast<ConditionalExpr*>(e)->otherwise, visit);
    case ExprKind::kAttribute:
      return visit(static_cast<AttributeExpr*>(e)->base);
    case ExprKind::kItem:
      visit(static_cast<ItemExpr*>(e)->base);
      return visit(static_cast<ItemExpr*>(e)->key);
    case ExprKind::kSlice:
      optional(static_cast<SliceExpr*>(e)->start, visit);
      optional(static_cast<SliceExpr*>(e)->stop, visit);
      return optional(static_cast<SliceExpr*>(e)->step, visit);
    case ExprKind::kCall:
      visit(static_cast<CallExpr*>(e)->callee);
      return for_each_argument(static_cast<CallExpr*>(e)->arguments, visit);
    case ExprKind::kFilter:
    case ExprKind::kTest:
      optional(static_cast<FilterExpr*>(e)->base, visit);
      return for_each_argument(static_cast<FilterExpr*>(e)->arguments, visit);
    case ExprKind::kNamespaceTarget:
      return visit(static_cast<NamespaceTarget*>(e)->base);
  }
}

void walk_names(Expr* e, const OnName& visit) {
  const OnExpr each = [&](Expr* part) {
    if (part->kind == ExprKind::kName) {
      visit(static_cast<NameExpr*>(part));
    } else {
      for_each_part(part, each);
    }
  };
  each(e);
}

void visit_target(Expr* target, const OnNameUse& visit) {
  if (target->kind == ExprKind::kName) {
    visit(static_cast<NameExpr*>(target), true);
  } else if (target->kind == ExprKind::kTuple) {
    for (Expr* item : static_cast<ListExpr*>(target)->items) visit_target(item, visit);
  }
}

namespace {

void visit_expr(Expr* e, const OnNameUse& visit) {
  if (e != nullptr) walk_names(e, [&](NameExpr* name) { visit(name, false); });
}

void visit_macro(const MacroNode& macro, const OnNameUse& visit) {
  for (NameExpr* parameter : macro.parameters) visit(parameter, true);
  for (Expr* fallback : macro.defaults) visit_expr(fallback, visit);
  visit_body(macro.body, visit);
}

void visit_statement(Statement* s, const OnNameUse& visit) {
  switch (s->kind) {
    case StatementKind::kOutput:
      for (Expr* item : static_cast<OutputStatement*>(s)->items) visit_expr(item, visit);
      break;
    case StatementKind::kIf:
      for (const IfBranch& branch : static_cast<IfStatement*>(s)->branches) {
        visit_expr(branch.test, visit);
        visit_body(branch.body, visit);
      }
      break;
    case StatementKind::kFor: {
      auto* loop = static_cast<ForStatement*>(s);
      visit_target(loop->target, visit);
      visit_expr(loop->iterable, visit);
      visit_body(loop->body, visit);
      visit_body(loop->otherwise, visit);
      visit_expr(loop->test, visit);
      break;
    }
    case StatementKind::kSet:
      visit_target(static_cast<SetStatement*>(s)->target, visit);
      visit_expr(static_cast<SetStatement*>(s)->value, visit);
      break;
    case StatementKind::kSetBlock:
      visit_target(static_cast<SetBlockStatement*>(s)->target, visit);
      visit_expr(static_cast<SetBlockStatement*>(s)->filter, visit);
      visit_body(static_cast<SetBlockStatement*>(s)->body, visit);
      break;
    case StatementKind::kMacro:
      visit_macro(*static_cast<MacroStatement*>(s)->macro, visit);
      break;
    case StatementKind::kCallBlock:
      visit_expr(static_cast<CallBlockStatement*>(s)->call, visit);
      visit_macro(*static_cast<CallBlockStatement*>(s)->caller, visit);
      break;
    case StatementKind::kFilterBlock:
      visit_body(static_cast<FilterBlockStatement*>(s)->body, visit);
      visit_expr(static_cast<FilterBlockStatement*>(s)->filter, visit);
      break;
    case StatementKind::kWith:
      for (Expr* target : static_cast<WithStatement*>(s)->targets) visit_target(target, visit);
      for (Expr* value : static_cast<WithStatement*>(s)->values) visit_expr(value, visit);
      visit_body(static_cast<WithStatement*>(s)->body, visit);
      break;
    case StatementKind::kDo:
      visit_expr(static_cast<DoStatement*>(s)->value, visit);
      break;
    default:
      break;
  }
}

}  // namespace

void visit_body(Body body, const OnNameUse& visit) {
  for (Statement* s : body) visit_statement(s, visit);
}

}  // namespace tidemark::jinja
