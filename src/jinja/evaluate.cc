// Evaluation of expressions.

#include <fmt/format.h>

#include "jinja/fail.h"
#include "jinja/interpreter.h"
#include "jinja/macro.h"
#include "jinja/slice.h"

namespace tidemark::jinja {

const Value& Interpreter::read(const NameExpr& name, Frame& frame, Value& temporary) {
  Frame* at = frame.up(name.up);
  uint32_t slot = name.slot;
  while (true) {
    Value& v = (*at)[slot];
    if (!v.is_missing()) return v;
    const Slot& known = at->scope().slots[slot];
    if (known.load == Load::kAlias) {
      slot = known.alias_slot;
      at = at->up(known.alias_up);
      continue;
    }
    if (known.load == Load::kResolve || at->only_globals) {
      at_ = &name;
      if (auto found = render_.globals().find(name.name, ast_->origin.get())) {
        v = found->is_missing() ? Value::undefined(std::string(name.name), {}, render_.options().undefined) : *std::move(found);
        return v;
      }
      if (const Value* global = render_.environment().global(name.name); global != nullptr) return *global;
    }
    temporary = Value::undefined(std::string(name.name), {}, render_.options().undefined);
    return temporary;
  }
}

const Value& Interpreter::eval_ref(const Expr* e, Frame& frame, Value& temporary) {
  if (e->kind == ExprKind::kConst) return *static_cast<const ConstExpr*>(e)->value;
  if (e->kind == ExprKind::kName) {
    budget_.step();
    return read(*static_cast<const NameExpr*>(e), frame, temporary);
  }
  temporary = eval(e, frame);
  return temporary;
}

Value Interpreter::eval(const Expr* e, Frame& frame) {
  budget_.step();
  Value temporary;
  switch (e->kind) {
    case ExprKind::kData:
      return Value(static_cast<const DataExpr*>(e)->text);
    case ExprKind::kConst:
      return *static_cast<const ConstExpr*>(e)->value;
    case ExprKind::kName:
      return read(*static_cast<const NameExpr*>(e), frame, temporary);
    case ExprKind::kList:
    case ExprKind::kTuple:
      return eval_items(e, frame);
    case ExprKind::kDict:
      return eval_dict(*static_cast<const DictExpr*>(e), frame);
    case ExprKind::kNegate:
    case ExprKind::kPlus: {
      const Value& operand = eval_ref(static_cast<const UnaryExpr*>(e)->operand, frame, temporary);
      at_ = e;
      return e->kind == ExprKind::kNegate ? negate(operand) : plus(operand);
    }
    case ExprKind::kNot: {
      const Value& operand = eval_ref(static_cast<const UnaryExpr*>(e)->operand, frame, temporary);
      at_ = e;
      return !truthy(operand);
    }
    case ExprKind::kBinary:
      return eval_binary(*static_cast<const BinaryExpr*>(e), frame);
    case ExprKind::kAnd:
    case ExprKind::kOr: {
      const auto* logic = static_cast<const BinaryExpr*>(e);
      Value left = eval(logic->left, frame);
      at_ = logic->left;
      return truthy(left) == (e->kind == ExprKind::kAnd) ? eval(logic->right, frame) : left;
    }
    case ExprKind::kCompare:
      return eval_compare(*static_cast<const CompareExpr*>(e), frame);
    case ExprKind::kConcat:
      return eval_concat(*static_cast<const ListExpr*>(e), frame);
    case ExprKind::kConditional:
      return eval_conditional(*static_cast<const ConditionalExpr*>(e), frame);
    case ExprKind::kAttribute: {
      const auto* attribute = static_cast<const AttributeExpr*>(e);
      const Value& base = eval_ref(attribute->base, frame, temporary);
      at_ = e;
      const CallSite site{ast_, e};
      CallContext calling = context(site);
      return get_attribute(calling, base, attribute->name);
    }
    case ExprKind::kItem:
      return eval_item(*static_cast<const ItemExpr*>(e), frame);
    case ExprKind::kSlice:
      return eval_slice(*static_cast<const SliceExpr*>(e), frame);
    case ExprKind::kCall:
      return eval_call(*static_cast<const CallExpr*>(e), frame, nullptr);
    case ExprKind::kFilter:
      return eval_filter(*static_cast<const FilterExpr*>(e), frame, nullptr);
    case ExprKind::kTest:
      return eval_test(*static_cast<const FilterExpr*>(e), frame);
    case ExprKind::kNamespaceTarget:
      break;
  }
  throw Error("TM9001", "an expression cannot be evaluated").at(ast_->span(e->offset, e->length));
}

Value Interpreter::eval_items(const Expr* e, Frame& frame) {
  std::vector<Value> items;
  const ExprList sources = static_cast<const ListExpr*>(e)->items;
  items.reserve(sources.size());
  for (const Expr* item : sources) items.push_back(eval(item, frame));
  budget_.bytes(items.size() * sizeof(Value) + 64);
  return e->kind == ExprKind::kList ? Value::list(std::move(items)) : Value::tuple(std::move(items));
}

Value Interpreter::eval_dict(const DictExpr& e, Frame& frame) {
  Ref<Dict> dict = make_ref<Dict>();
  for (size_t i = 0; i < e.keys.size(); ++i) {
    Value temporary;
    const Value& key = eval_ref(e.keys[i], frame, temporary);
    Value value = eval(e.values[i], frame);
    at_ = e.keys[i];
    dict->set(key, std::move(value));
  }
  budget_.bytes(e.keys.size() * sizeof(Dict::Entry) + 64);
  return {std::move(dict)};
}

Value Interpreter::eval_binary(const BinaryExpr& e, Frame& frame) {
  Value left_storage;
  Value right_storage;
  const Value& left = eval_ref(e.left, frame, left_storage);
  const Value& right = eval_ref(e.right, frame, right_storage);
  at_ = &e;
  return arithmetic(e.op, left, right);
}

bool Interpreter::compare_one(Operator op, const Value& a, const Value& b) {
  if (op != Operator::kIn && op != Operator::kNotIn) return compare(op, a, b);
  const CallSite site{ast_, at_};
  CallContext calling = context(site);
  return contains(calling, b, a) == (op == Operator::kIn);
}

Value Interpreter::eval_compare(const CompareExpr& e, Frame& frame) {
  Value left_storage;
  const Value* left = &eval_ref(e.first, frame, left_storage);
  for (size_t i = 0; i < e.operators.size(); ++i) {
    Value right_storage;
    const Value& right = eval_ref(e.others[i], frame, right_storage);
    at_ = &e;
    if (!compare_one(e.operators[i], *left, right)) return false;
    if (i + 1 == e.operators.size()) break;
    left_storage = right;
    left = &left_storage;
  }
  return true;
}

Value Interpreter::eval_concat(const ListExpr& e, Frame& frame) {
  std::string out;
  for (const Expr* item : e.items) {
    Value temporary;
    const Value& v = eval_ref(item, frame, temporary);
    at_ = item;
    v.is_string() ? out += v.as_string() : out += to_text(v);
  }
  at_ = &e;
  budget_.bytes(out.size());
  budget_.steps(out.size() / 1024);
  return out;
}

Value Interpreter::eval_conditional(const ConditionalExpr& e, Frame& frame) {
  Value temporary;
  const Value& test = eval_ref(e.test, frame, temporary);
  at_ = e.test;
  if (truthy(test)) return eval(e.then, frame);
  if (e.otherwise != nullptr) return eval(e.otherwise, frame);
  return Value::undefined("", "the inline if evaluated to false and has no else", render_.options().undefined);
}

Value Interpreter::eval_slice(const SliceExpr& e, Frame& frame) {
  const auto part = [&](const Expr* bound) { return bound == nullptr ? Value(nullptr) : eval(bound, frame); };
  Value start = part(e.start);
  Value stop = part(e.stop);
  return make_ref<Slice>(std::move(start), std::move(stop), part(e.step));
}

Value Interpreter::eval_item(const ItemExpr& e, Frame& frame) {
  Value base_storage;
  Value key_storage;
  const Value& base = eval_ref(e.base, frame, base_storage);
  const Value& key = eval_ref(e.key, frame, key_storage);
  at_ = &e;
  const CallSite site{ast_, &e};
  CallContext calling = context(site);
  return get_item(calling, base, key);
}

void Interpreter::gather(const Arguments& arguments, Frame& frame, Gathered& out) {
  for (const Expr* e : arguments.positional) out.positional.push_back(eval(e, frame));
  if (arguments.star != nullptr) {
    const Value items = eval(arguments.star, frame);
    at_ = arguments.star;
    const CallSite site{ast_, at_};
    CallContext calling = context(site);
    for (Value& item : to_vector(calling, items)) out.positional.push_back(std::move(item));
  }
  for (size_t i = 0; i < arguments.names.size(); ++i) out.keywords.push_back({arguments.names[i], eval(arguments.values[i], frame)});
  if (arguments.star_star == nullptr) return;
  const Value mapping = eval(arguments.star_star, frame);
  at_ = arguments.star_star;
  if (mapping.is_undefined()) undefined_error(mapping);
  if (!mapping.is_dict()) type_error(fmt::format("what follows ** must be a dict, not '{}'", type_name(mapping)));
  for (const Dict::Entry& entry : mapping.as_dict().entries()) {
    if (!entry.live) continue;
    if (!entry.key.is_string()) type_error("the names of keyword arguments must be strings");
    for (const Keyword& given : out.keywords.view()) {
      if (given.name == entry.key.as_string()) argument_error(fmt::format("argument '{}' is given twice", given.name));
    }
    out.kept.push_back(entry.key);
    out.keywords.push_back({out.kept.back().as_string(), entry.value});
  }
}

Value Interpreter::eval_call(const CallExpr& e, Frame& frame, const Value* caller) {
  const CallSite site{ast_, &e};
  CallContext calling = context(site);
  Value storage;
  Gathered gathered;
  if (e.callee->kind == ExprKind::kAttribute) {
    const auto* attribute = static_cast<const AttributeExpr*>(e.callee);
    const Value& base = eval_ref(attribute->base, frame, storage);
    at_ = attribute;
    if (base.is_undefined()) storage = get_attribute(calling, base, attribute->name);  // fails before arguments are evaluated
    gather(e.arguments, frame, gathered);
    if (caller != nullptr) gathered.keywords.push_back({"caller", *caller});
    at_ = &e;
    return call_method(calling, base, attribute->name, gathered.args());
  }
  const Value& callee = eval_ref(e.callee, frame, storage);
  at_ = e.callee;
  if (callee.is_undefined() && !is_callable(callee)) undefined_error(callee);
  gather(e.arguments, frame, gathered);
  if (caller != nullptr) gathered.keywords.push_back({"caller", *caller});
  at_ = &e;
  return jinja::call(calling, callee, gathered.positional.view(), gathered.keywords.view());
}

Value Interpreter::eval_filter(const FilterExpr& e, Frame& frame, const Value* body) {
  Gathered gathered;
  if (e.base != nullptr && (body == nullptr || e.base->kind != ExprKind::kFilter)) {
    gathered.positional.push_back(eval(e.base, frame));
  } else if (e.base != nullptr) {
    gathered.positional.push_back(eval_filter(*static_cast<const FilterExpr*>(e.base), frame, body));
  } else {
    gathered.positional.push_back(*body);
  }
  gather(e.arguments, frame, gathered);
  at_ = &e;
  if (e.function == nullptr) throw Error("TM2005", fmt::format("there is no filter '{}'", e.name));
  const CallSite site{ast_, &e};
  CallContext calling = context(site);
  return (*e.function)(calling, gathered.args());
}

bool Interpreter::eval_test(const FilterExpr& e, Frame& frame) {
  Gathered gathered;
  gathered.positional.push_back(eval(e.base, frame));
  gather(e.arguments, frame, gathered);
  at_ = &e;
  if (e.function == nullptr) throw Error("TM2005", fmt::format("there is no test '{}'", e.name));
  const CallSite site{ast_, &e};
  CallContext calling = context(site);
  return truthy((*e.function)(calling, gathered.args()));
}

}  // namespace tidemark::jinja
