// Execution of statements.
#include <algorithm>
#include <charconv>
#include <typeinfo>

#include <fmt/format.h>

#include "jinja/builtin_objects.h"
#include "jinja/fail.h"
#include "jinja/interpreter.h"
#include "jinja/macro.h"

namespace tidemark::jinja {

Flow Interpreter::exec(Body body, Frame& frame, Sink& out) {
  for (const Statement* s : body) {
    budget_.step();
    const Flow flow = exec_one(s, frame, out);
    if (flow != Flow::kNormal) return flow;
  }
  return Flow::kNormal;
}

Flow Interpreter::exec_one(const Statement* s, Frame& frame, Sink& out) {
  switch (s->kind) {
    case StatementKind::kOutput:
      return exec_output(*static_cast<const OutputStatement*>(s), frame, out);
    case StatementKind::kIf:
      return exec_if(*static_cast<const IfStatement*>(s), frame, out);
    case StatementKind::kFor:
      return exec_for(*static_cast<const ForStatement*>(s), frame, out);
    case StatementKind::kSet: {
      const auto* set = static_cast<const SetStatement*>(s);
      const Value value = eval(set->value, frame);
      assign(set->target, value, frame);
      return Flow::kNormal;
    }
    case StatementKind::kSetBlock:
      return exec_set_block(*static_cast<const SetBlockStatement*>(s), frame);
    case StatementKind::kMacro: {
      const auto* m = static_cast<const MacroStatement*>(s);
      if (m->target != nullptr) (*frame.up(m->target->up))[m->target->slot] = make_ref<Macro>(nullptr, *ast_, *m->macro, Ref<Frame>(&frame));
      return Flow::kNormal;
    }
    case StatementKind::kCallBlock:
      return exec_call_block(*static_cast<const CallBlockStatement*>(s), frame, out);
    case StatementKind::kFilterBlock:
      return exec_filter_block(*static_cast<const FilterBlockStatement*>(s), frame, out);
    case StatementKind::kWith:
      return exec_with(*static_cast<const WithStatement*>(s), frame, out);
    case StatementKind::kDo: {
      const Expr* value = static_cast<const DoStatement*>(s)->value;
      if (take_return(value, frame)) return Flow::kReturn;
      eval(value, frame);
      return Flow::kNormal;
    }
    case StatementKind::kBreak:
      return Flow::kBreak;
    case StatementKind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kNormal;
}

void Interpreter::write(Sink& out, std::string_view text) {
  out.text += text;
  if (out.text.size() > budget_.limits().output_bytes) limit_error(fmt::format("the template puts out more than {} MiB", budget_.limits().output_bytes >> 20U));
}

void Interpreter::write(Sink& out, const Value& v, const Expr* e) {
  if (v.is_string()) {
    at_ = e;
    return write(out, v.as_string());
  }
  if (v.is_int()) {
    char buffer[24];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, v.as_int()).ptr;
    return write(out, {buffer, static_cast<size_t>(end - buffer)});
  }
  at_ = e;
  write(out, to_text(v));
}

bool Interpreter::take_return(const Expr* e, Frame& frame) {
  if (e->kind != ExprKind::kCall || macro_depth_ == 0) return false;
  const auto* call = static_cast<const CallExpr*>(e);
  if (call->callee->kind != ExprKind::kName) return false;
  Value storage;
  const Value& callee = eval_ref(call->callee, frame, storage);
  if (!callee.is_object() || typeid(callee.as_object()) != typeid(ReturnFunction)) return false;
  Gathered gathered;
  gather(call->arguments, frame, gathered);
  at_ = e;
  returned_ = ReturnFunction::value_of(gathered.args());
  return true;
}

Flow Interpreter::exec_output(const OutputStatement& s, Frame& frame, Sink& out) {
  if (out.pieces != nullptr) {
    write_pieces(s, frame, out);
    return Flow::kNormal;
  }
  for (const Expr* e : s.items) {
    if (e->kind == ExprKind::kData) {
      at_ = e;
      write(out, static_cast<const DataExpr*>(e)->text);
      continue;
    }
    if (take_return(e, frame)) return Flow::kReturn;
    Value temporary;
    write(out, eval_ref(e, frame, temporary), e);
  }
  return Flow::kNormal;
}

namespace {

// What jinja2 folds into text when it compiles a native template: built-in values that are written as they read.
bool is_plain(const Value& v) {
  switch (v.kind()) {
    case Value::Kind::kList:
      return std::all_of(v.as_list().items.begin(), v.as_list().items.end(), is_plain);
    case Value::Kind::kTuple:
      return std::all_of(v.as_tuple().items.begin(), v.as_tuple().items.end(), is_plain);
    case Value::Kind::kDict: {
      const auto& entries = v.as_dict().entries();
      return std::all_of(entries.begin(), entries.end(), [](const Dict::Entry& e) { return !e.live || (is_plain(e.key) && is_plain(e.value)); });
    }
    case Value::Kind::kString:
      return v.mark() == Mark::kPlain || v.mark() == Mark::kMarkup;
    case Value::Kind::kUndefined:
      return false;
    case Value::Kind::kObject:
      return v.object_as<Range>() != nullptr;
    default:
      return true;
  }
}

}  // namespace

void Interpreter::write_pieces(const OutputStatement& s, Frame& frame, Sink& out) {
  bool joins = false;  // the last piece is constant text of this statement
  for (const Expr* e : s.items) {
    Value v = eval(e, frame);
    const bool constant = e->kind == ExprKind::kData || (e->constant && is_plain(v));
    at_ = e;
    if (!constant) {
      out.pieces->push_back(std::move(v));
    } else if (joins) {
      out.pieces->back() = Value(out.pieces->back().as_string() + to_text(v));
    } else {
      out.pieces->push_back(v.is_string() && v.mark() == Mark::kPlain ? std::move(v) : Value(to_text(v)));
    }
    joins = constant;
  }
}

Flow Interpreter::exec_if(const IfStatement& s, Frame& frame, Sink& out) {
  for (const IfBranch& branch : s.branches) {
    if (branch.test == nullptr) return exec(branch.body, frame, out);
    Value temporary;
    const Value& v = eval_ref(branch.test, frame, temporary);
    at_ = branch.test;
    if (truthy(v)) return exec(branch.body, frame, out);
  }
  return Flow::kNormal;
}

void Interpreter::assign(const Expr* target, const Value& value, Frame& frame) {
  if (target->kind == ExprKind::kName) {
    const auto* name = static_cast<const NameExpr*>(target);
    Value& slot = (*frame.up(name->up))[name->slot];
    slot = value.is_missing() ? Value::undefined(std::string(name->name), {}, render_.options().undefined) : value;
    return;
  }
  const CallSite site{ast_, target};
  CallContext calling = context(site);
  if (target->kind == ExprKind::kNamespaceTarget) {
    const auto* attribute = static_cast<const NamespaceTarget*>(target);
    Value storage;
    const Value& base = eval_ref(attribute->base, frame, storage);
    at_ = target;
    if (!base.is_object() || !base.as_object().set_attribute(calling, attribute->attribute, value)) {
      Error error("TM2003", fmt::format("cannot assign to an attribute of '{}'", type_name(base)));
      throw error.hint("only a namespace() can be changed so; a dict by {% do d.update({…}) %}");
    }
    return;
  }
  const ExprList targets = static_cast<const ListExpr*>(target)->items;
  at_ = target;
  const std::vector<Value> items = to_vector(calling, value);
  if (items.size() != targets.size()) {
    value_error(fmt::format("cannot unpack {} value{} into {} names", items.size(), items.size() == 1 ? "" : "s", targets.size()));
  }
  for (size_t i = 0; i < items.size(); ++i) assign(targets[i], items[i], frame);
}

Flow Interpreter::exec_set_block(const SetBlockStatement& s, Frame& frame) {
  const OwnFrame inner(*this, *s.scope, Ref<Frame>(&frame));
  Sink captured;
  const Flow flow = exec(s.body, *inner, captured);
  if (flow != Flow::kNormal) return flow;
  budget_.bytes(captured.text.size());
  Value value(std::move(captured.text));
  if (s.filter != nullptr) value = eval_filter(*s.filter, *inner, &value);
  assign(s.target, value, frame);
  return Flow::kNormal;
}

Flow Interpreter::exec_call_block(const CallBlockStatement& s, Frame& frame, Sink& out) {
  const Value caller(make_ref<Macro>(nullptr, *ast_, *s.caller, Ref<Frame>(&frame)));
  const Value result = eval_call(*s.call, frame, &caller);
  if (out.pieces != nullptr) {
    out.pieces->push_back(result);
  } else {
    write(out, result, s.call);
  }
  return Flow::kNormal;
}

Flow Interpreter::exec_filter_block(const FilterBlockStatement& s, Frame& frame, Sink& out) {
  const OwnFrame inner(*this, *s.scope, Ref<Frame>(&frame));
  Sink captured;
  const Flow flow = exec(s.body, *inner, captured);
  if (flow != Flow::kNormal) return flow;
  const Value body(std::move(captured.text));
  const Value result = eval_filter(*s.filter, *inner, &body);
  if (out.pieces != nullptr) {
    out.pieces->push_back(result);
  } else {
    write(out, result, s.filter);
  }
  return Flow::kNormal;
}

Flow Interpreter::exec_with(const WithStatement& s, Frame& frame, Sink& out) {
  const OwnFrame inner(*this, *s.scope, Ref<Frame>(&frame));
  for (size_t i = 0; i < s.targets.size(); ++i) assign(s.targets[i], eval(s.values[i], frame), *inner);
  return exec(s.body, *inner, out);
}

}  // namespace tidemark::jinja
