#include "jinja/scope_analysis.h"

#include <algorithm>

#include "base/error.h"
#include "jinja/symbols.h"
#include "jinja/walk.h"

namespace tidemark::jinja {

namespace {

class Analysis {
 public:
  explicit Analysis(Ast& ast) : ast_(ast) {}

  void run() {
    Symbols root(nullptr);
    if (ast_.expression != nullptr) {
      load_names(root, ast_.expression);
      ast_.root = finish(root);
      resolve(root, ast_.expression);
      return;
    }
    if (ast_.detached) {
      for (Statement* s : ast_.body) macro(root, static_cast<MacroStatement*>(s)->macro);
      ast_.root = finish(root);
      return;
    }
    collect(root, ast_.body);
    ast_.root = finish(root);
    resolve(root, ast_.body);
  }

 private:
  const Scope* finish(const Symbols& symbols) {
    Scope& scope = ast_.scopes.emplace_back();
    scope.slots = symbols.slots();
    return &scope;
  }

  static void load_names(Symbols& symbols, Expr* e) {
    if (e != nullptr) walk_names(e, [&](NameExpr* name) { symbols.load(name->name); });
  }

  static void store_target(Symbols& symbols, Expr* target, bool parameter) {
    if (target->kind == ExprKind::kName) {
      const std::string_view name = static_cast<NameExpr*>(target)->name;
      parameter ? static_cast<void>(symbols.declare_parameter(name)) : symbols.store(name);
    } else if (target->kind == ExprKind::kNamespaceTarget) {
      symbols.load(static_cast<NamespaceTarget*>(target)->base->name);
    } else {
      for (Expr* item : static_cast<ListExpr*>(target)->items) store_target(symbols, item, parameter);
    }
  }

  // ---- first pass over a scope: which names it knows

  void collect(Symbols& symbols, Body body) {
    for (Statement* s : body) collect(symbols, s);
  }

  void collect(Symbols& symbols, Statement* s) {
    switch (s->kind) {
      case StatementKind::kOutput:
        for (Expr* item : static_cast<OutputStatement*>(s)->items) load_names(symbols, item);
        break;
      case StatementKind::kIf:
        collect_if(symbols, *static_cast<IfStatement*>(s));
        break;
      case StatementKind::kFor:
        load_names(symbols, static_cast<ForStatement*>(s)->iterable);
        break;
      case StatementKind::kSet:
        load_names(symbols, static_cast<SetStatement*>(s)->value);
        store_target(symbols, static_cast<SetStatement*>(s)->target, false);
        break;
      case StatementKind::kSetBlock:
        store_target(symbols, static_cast<SetBlockStatement*>(s)->target, false);
        break;
      case StatementKind::kMacro:
        if (NameExpr* target = static_cast<MacroStatement*>(s)->target; target != nullptr) symbols.store(target->name);
        break;
      case StatementKind::kCallBlock:
        load_names(symbols, static_cast<CallBlockStatement*>(s)->call);
        break;
      case StatementKind::kFilterBlock:
        load_names(symbols, static_cast<FilterBlockStatement*>(s)->filter);
        break;
      case StatementKind::kWith:
        for (Expr* value : static_cast<WithStatement*>(s)->values) load_names(symbols, value);
        break;
      case StatementKind::kDo:
        load_names(symbols, static_cast<DoStatement*>(s)->value);
        break;
      default:
        break;
    }
  }

  void collect_if(Symbols& symbols, const IfStatement& s) {
    // As jinja2: the condition, then as branches the body, all elifs in a row (each with branches of its own), and the else.
    load_names(symbols, s.branches.front().test);
    Symbols::Branches outer(symbols);
    outer.begin();
    collect(symbols, s.branches.front().body);
    outer.end();
    outer.begin();
    for (const IfBranch& branch : s.branches.subspan(1)) {
      if (branch.test == nullptr) continue;
      load_names(symbols, branch.test);
      Symbols::Branches inner(symbols);
      inner.begin();
      collect(symbols, branch.body);
      inner.end();
      inner.merge();
    }
    outer.end();
    if (s.branches.back().test == nullptr) {
      outer.begin();
      collect(symbols, s.branches.back().body);
      outer.end();
    }
    outer.merge();
  }

  // ---- second pass: where each name lives, and the scopes within

  static void resolve(const Symbols& symbols, Expr* e) {
    if (e != nullptr) walk_names(e, [&](NameExpr* name) { place(symbols, name); });
  }

  static void place(const Symbols& symbols, NameExpr* name) {
    if (!symbols.find(name->name, name->up, name->slot)) throw Error("TM9001", "a name of a template has no variable");
  }

  void resolve(const Symbols& symbols, Body body) {
    for (Statement* s : body) resolve(symbols, s);
  }

  void resolve(const Symbols& symbols, Statement* s) {
    switch (s->kind) {
      case StatementKind::kOutput:
        for (Expr* item : static_cast<OutputStatement*>(s)->items) resolve(symbols, item);
        break;
      case StatementKind::kIf:
        for (const IfBranch& branch : static_cast<IfStatement*>(s)->branches) {
          resolve(symbols, branch.test);
          resolve(symbols, branch.body);
        }
        break;
      case StatementKind::kFor:
        loop(symbols, *static_cast<ForStatement*>(s));
        break;
      case StatementKind::kSet:
        resolve(symbols, static_cast<SetStatement*>(s)->value);
        resolve(symbols, static_cast<SetStatement*>(s)->target);
        break;
      case StatementKind::kSetBlock:
        set_block(symbols, *static_cast<SetBlockStatement*>(s));
        break;
      case StatementKind::kMacro: {
        auto* m = static_cast<MacroStatement*>(s);
        if (m->target != nullptr) place(symbols, m->target);
        macro(symbols, m->macro);
        break;
      }
      case StatementKind::kCallBlock:
        resolve(symbols, static_cast<CallBlockStatement*>(s)->call);
        macro(symbols, static_cast<CallBlockStatement*>(s)->caller);
        break;
      case StatementKind::kFilterBlock: {
        auto& block = *static_cast<FilterBlockStatement*>(s);
        Symbols inner(&symbols);
        collect(inner, block.body);
        load_names(inner, block.filter);
        block.scope = finish(inner);
        resolve(inner, block.filter);
        resolve(inner, block.body);
        break;
      }
      case StatementKind::kWith:
        with(symbols, *static_cast<WithStatement*>(s));
        break;
      case StatementKind::kDo:
        resolve(symbols, static_cast<DoStatement*>(s)->value);
        break;
      default:
        break;
    }
  }

  void loop(const Symbols& symbols, ForStatement& s) {
    resolve(symbols, s.iterable);
    refuse_assigning_loop(s);
    Symbols inner(&symbols);
    s.extended = s.recursive || uses_undeclared(s.body, "loop");
    if (s.extended) s.loop_slot = inner.declare_parameter("loop");
    store_target(inner, s.target, true);
    collect(inner, s.body);
    s.scope = finish(inner);
    resolve(inner, s.target);
    resolve(inner, s.body);
    if (s.test != nullptr) {
      Symbols test(&symbols);
      store_target(test, s.target, true);
      load_names(test, s.test);
      s.test_scope = finish(test);
      s.test_target = copy_target(s.target);
      resolve(test, s.test_target);
      resolve(test, s.test);
    }
    if (s.has_else) {
      Symbols otherwise(&symbols);
      collect(otherwise, s.otherwise);
      s.else_scope = finish(otherwise);
      resolve(otherwise, s.otherwise);
    }
  }

  void refuse_assigning_loop(const ForStatement& s) {
    const auto check = [&](NameExpr* name, bool stored) {
      if (stored && name->name == "loop") throw Error("TM2001", "cannot assign to 'loop' within a loop").at(ast_.span(name->offset, name->length));
    };
    visit_target(s.target, check);
    visit_body(s.body, check);
    visit_body(s.otherwise, check);
  }

  Expr* copy_target(const Expr* target) {
    if (target->kind == ExprKind::kName) return new (ast_.arena.allocate(sizeof(NameExpr), alignof(NameExpr))) NameExpr(*static_cast<const NameExpr*>(target));
    const auto* tuple = static_cast<const ListExpr*>(target);
    auto* copy = new (ast_.arena.allocate(sizeof(ListExpr), alignof(ListExpr))) ListExpr(*tuple);
    auto* items = static_cast<Expr**>(ast_.arena.allocate(sizeof(Expr*) * tuple->items.size(), alignof(Expr*)));
    for (size_t i = 0; i < tuple->items.size(); ++i) items[i] = copy_target(tuple->items[i]);
    copy->items = {items, tuple->items.size()};
    return copy;
  }

  void set_block(const Symbols& symbols, SetBlockStatement& s) {
    resolve(symbols, s.target);
    Symbols inner(&symbols);
    collect(inner, s.body);
    load_names(inner, s.filter);
    s.scope = finish(inner);
    resolve(inner, s.filter);
    resolve(inner, s.body);
  }

  void with(const Symbols& symbols, WithStatement& s) {
    for (Expr* value : s.values) resolve(symbols, value);
    Symbols inner(&symbols);
    for (Expr* target : s.targets) store_target(inner, target, true);
    collect(inner, s.body);
    s.scope = finish(inner);
    for (Expr* target : s.targets) resolve(inner, target);
    resolve(inner, s.body);
  }

  void macro(const Symbols& symbols, MacroNode* m) {
    Symbols inner(&symbols);
    for (NameExpr* parameter : m->parameters) inner.declare_parameter(parameter->name);
    for (Expr* fallback : m->defaults) load_names(inner, fallback);
    collect(inner, m->body);
    special_parameters(inner, *m);
    m->scope = finish(inner);
    for (NameExpr* parameter : m->parameters) place(inner, parameter);
    for (Expr* fallback : m->defaults) resolve(inner, fallback);
    resolve(inner, m->body);
  }

  void special_parameters(Symbols& inner, MacroNode& m) {
    const auto position = [&](std::string_view name) {
      const auto found = std::find_if(m.parameters.begin(), m.parameters.end(), [&](const NameExpr* p) { return p->name == name; });
      return found == m.parameters.end() ? SIZE_MAX : static_cast<size_t>(found - m.parameters.begin());
    };
    const size_t caller = position("caller");
    m.explicit_caller = caller != SIZE_MAX;
    if (uses_undeclared(m.body, "caller")) {
      if (m.explicit_caller) {
        if (caller + m.defaults.size() < m.parameters.size()) {
          const NameExpr* parameter = m.parameters[caller];
          throw Error("TM2001", "the parameter 'caller' needs a default, or must be left out").at(ast_.span(parameter->offset, parameter->length));
        }
      } else {
        m.takes_caller = true;
        m.caller_slot = inner.declare_parameter("caller");
      }
    }
    if (position("kwargs") == SIZE_MAX && uses_undeclared(m.body, "kwargs")) {
      m.takes_kwargs = true;
      m.kwargs_slot = inner.declare_parameter("kwargs");
    }
    if (position("varargs") == SIZE_MAX && uses_undeclared(m.body, "varargs")) {
      m.takes_varargs = true;
      m.varargs_slot = inner.declare_parameter("varargs");
    }
  }

  // Whether a body reads `name` before it assigns it, in the order of the text.
  static bool uses_undeclared(Body body, std::string_view name) {
    bool declared = false;
    bool used = false;
    visit_body(body, [&](NameExpr* found, bool stored) {
      if (found->name != name || declared || used) return;
      (stored ? declared : used) = true;
    });
    return used;
  }

  Ast& ast_;
};

}  // namespace

void analyze_scopes(Ast& ast) { Analysis(ast).run(); }

}  // namespace tidemark::jinja
