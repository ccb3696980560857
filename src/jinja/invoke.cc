// Calls of macros, frames, and the places of errors.
#include <algorithm>

#include <fmt/format.h>

#include "jinja/fail.h"
#include "jinja/interpreter.h"
#include "jinja/macro.h"
#include "jinja/methods.h"

namespace tidemark::jinja {

namespace {

constexpr size_t kMaxSpans = 8;  // places of one error: its own and those of the calls around it

uintptr_t stack_address() {
  const char here = 0;
  return reinterpret_cast<uintptr_t>(&here);
}

}  // namespace

Interpreter::Activation::Activation(Interpreter& interpreter) : previous_(Budget::current()), previous_floor_(Budget::stack_floor()) {
  Budget::current() = &interpreter.budget_;
  // Renders within a render share the stack that the outermost one may use.
  if (previous_floor_ == 0) {
    const uintptr_t here = stack_address();
    const size_t room = interpreter.budget_.limits().stack_bytes;
    Budget::stack_floor() = here > room ? here - room : 1;
  }
}

Interpreter::Activation::~Activation() {
  Budget::current() = previous_;
  Budget::stack_floor() = previous_floor_;
}

Interpreter::Interpreter(Render& render, const Limits& limits) : render_(render), budget_(limits) {}

Interpreter::~Interpreter() {
  for (const Ref<Frame>& frame : kept_) frame->clear();
}

std::string Interpreter::suggestion(const Value& undefined) {
  const Undefined* u = undefined.as_undefined();
  if (u == nullptr || u->name.empty()) return {};
  std::vector<std::string> names;
  if (const auto* member = dynamic_cast<const MissingMember*>(u); member != nullptr) {
    if (member->owner.is_object()) {
      names = member->owner.as_object().attribute_names();
    } else {
      names = method_names(member->owner);
      if (member->owner.is_dict()) {
        for (const Dict::Entry& entry : member->owner.as_dict().entries()) {
          if (entry.live && entry.key.is_string()) names.push_back(entry.key.as_string());
        }
      }
    }
  } else if (!u->hint.empty()) {
    return {};
  } else {
    names = render_.globals().names();
    for (std::string& name : render_.environment().global_names()) names.push_back(std::move(name));
    for (const Scope& scope : ast_->scopes) {
      for (const Slot& slot : scope.slots) {
        if (slot.load != Load::kResolve) names.emplace_back(slot.name);
      }
    }
  }
  std::erase(names, u->name);
  const std::string near = nearest_name(u->name, names);
  return near.empty() ? std::string() : fmt::format("did you mean '{}'?", near);
}

void Interpreter::locate(Error& error) {
  if (ast_ == nullptr) return;
  if (error.spans().empty() && at_ != nullptr) error.at(ast_->span(at_->offset, at_->length));
  if (!error.hint().empty()) return;
  if (const auto* use = dynamic_cast<const UndefinedUse*>(&error); use != nullptr) {
    const std::string hint = suggestion(use->what_was_used());
    if (!hint.empty()) error.hint(hint);
  }
}

void Interpreter::run_template(const Ast& ast, Sink& out) {
  const Activation activation(*this);
  const Position position(*this);
  check_stack();
  ast_ = &ast;
  at_ = nullptr;
  const OwnFrame frame(*this, *ast.root, nullptr);
  struct OutsideOfMacros {
    int& depth;
    int saved = std::exchange(depth, 0);
    ~OutsideOfMacros() { depth = saved; }
  } const outside{macro_depth_};
  try {
    exec(ast.body, *frame, out);
  } catch (Error& error) {
    locate(error);
    throw;
  } catch (MacroReturn&) {
    Error error("TM2003", "return() outside of a macro");
    locate(error);
    throw error;
  }
}

std::string Interpreter::render(const Ast& ast) {
  Sink out;
  run_template(ast, out);
  return std::move(out.text);
}

std::vector<Value> Interpreter::render_pieces(const Ast& ast) {
  std::vector<Value> pieces;
  Sink out;
  out.pieces = &pieces;
  run_template(ast, out);
  return pieces;
}

Value Interpreter::evaluate(const Ast& ast) {
  const Activation activation(*this);
  const Position position(*this);
  check_stack();
  ast_ = &ast;
  at_ = nullptr;
  const OwnFrame frame(*this, *ast.root, nullptr);
  try {
    return eval(ast.expression, *frame);
  } catch (Error& error) {
    locate(error);
    throw;
  }
}

Value Interpreter::call(const Value& callee, std::span<const Value> positional, std::span<const Keyword> keywords) {
  const Activation activation(*this);
  const Position position(*this);
  const CallSite site{ast_, at_};
  CallContext calling(render_, ast_ == nullptr || at_ == nullptr ? nullptr : &site);
  try {
    return jinja::call(calling, callee, positional, keywords);
  } catch (MacroReturn&) {
    if (macro_depth_ > 0) throw;
    throw Error("TM2003", "return() outside of a macro");
  }
}

void Interpreter::wrong_arguments(const MacroNode& macro, std::string message) {
  Error error("TM2004", std::move(message));
  const LineColumn at = ast_->span(macro.offset, macro.length).start();
  throw error.hint(fmt::format("declared at {}:{}:{}", ast_->source->name, at.line, at.column));
}

void Interpreter::bind_special(const MacroNode& macro, Frame& frame, const Args& args, const std::vector<bool>& used) {
  const size_t count = macro.parameters.size();
  size_t rest = 0;
  for (size_t i = 0; i < args.keywords.size(); ++i) {
    if (!used[i]) ++rest;
  }
  Ref<Dict> kwargs = macro.takes_kwargs ? make_ref<Dict>() : nullptr;
  for (size_t i = 0; rest > 0 && i < args.keywords.size(); ++i) {
    if (used[i]) continue;
    const Keyword& keyword = args.keywords[i];
    if (macro.takes_kwargs) {
      kwargs->set(keyword.name, keyword.value);
      continue;
    }
    if (keyword.name == "caller") {
      wrong_arguments(macro, fmt::format("macro '{}' does not use a caller: it cannot be the macro of a call block", macro.name));
    }
    std::vector<std::string> names;
    for (const NameExpr* parameter : macro.parameters) names.emplace_back(parameter->name);
    const std::string near = nearest_name(keyword.name, names);
    wrong_arguments(macro,
                    fmt::format("macro '{}' takes no argument '{}'{}", macro.name, keyword.name, near.empty() ? "" : fmt::format(": is '{}' meant?", near)));
  }
  if (macro.takes_kwargs) frame[macro.kwargs_slot] = Value(std::move(kwargs));
  if (macro.takes_varargs) {
    std::vector<Value> varargs;
    for (size_t i = count; i < args.size(); ++i) varargs.push_back(args[i]);
    frame[macro.varargs_slot] = Value::tuple(std::move(varargs));
  } else if (args.size() > count) {
    const std::string_view what = macro.is_caller ? "the body of this call block" : "macro";
    const std::string name = macro.is_caller ? "" : fmt::format(" '{}'", macro.name);
    wrong_arguments(macro, fmt::format("{}{} takes {} argument{}, got {}", what, name, count, count == 1 ? "" : "s", args.size() + args.keywords.size()));
  }
}

void Interpreter::bind_parameters(const MacroNode& macro, Frame& frame, const Args& args) {
  std::vector<bool> used(args.keywords.size(), false);
  const size_t count = macro.parameters.size();
  const auto take = [&](std::string_view name) -> const Value* {
    for (size_t i = 0; i < args.keywords.size(); ++i) {
      if (used[i] || args.keywords[i].name != name) continue;
      used[i] = true;
      return &args.keywords[i].value;
    }
    return nullptr;
  };
  const auto put = [&](uint32_t slot, const Value& v) {
    frame[slot] = v.is_missing() ? Value::undefined("", "an undefined value was passed", render_.options().undefined) : v;
  };
  for (size_t i = 0; i < count; ++i) {
    if (i < args.size()) {
      put(macro.parameters[i]->slot, args[i]);
    } else if (const Value* given = take(macro.parameters[i]->name); given != nullptr) {
      put(macro.parameters[i]->slot, *given);
    }
  }
  if (macro.takes_caller) {
    const Value* caller = take("caller");
    frame[macro.caller_slot] = caller == nullptr || caller->is_none() ? Value::undefined("caller", "no caller defined", render_.options().undefined) : *caller;
  }
  bind_special(macro, frame, args, used);
}

Value Interpreter::invoke(const Ast& ast, const MacroNode& macro, const Ref<Frame>& closure, CallContext& context, const Args& args) {
  const Activation activation(*this);
  const Position position(*this);
  check_stack();
  if (macro_depth_ >= budget_.limits().macro_depth) {
    limit_error(fmt::format("macros call each other more than {} levels deep", budget_.limits().macro_depth),
                "a macro that calls itself needs a condition that ends it");
  }
  ast_ = &ast;
  at_ = nullptr;
  const OwnFrame frame(*this, *macro.scope, closure);
  Sink out;
  ++macro_depth_;
  struct Leave {
    int& depth;
    ~Leave() { --depth; }
  } const leave{macro_depth_};
  try {
    bind_parameters(macro, *frame, args);
    const size_t first_default = macro.parameters.size() - macro.defaults.size();
    for (size_t i = 0; i < macro.parameters.size(); ++i) {
      const NameExpr& parameter = *macro.parameters[i];
      if (!(*frame)[parameter.slot].is_missing()) continue;
      (*frame)[parameter.slot] =
          i >= first_default
              ? eval(macro.defaults[i - first_default], *frame)
              : Value::undefined(std::string(parameter.name), fmt::format("parameter '{}' was not provided", parameter.name), render_.options().undefined);
    }
    const Flow flow = exec(macro.body, *frame, out);
    if (flow == Flow::kReturn && macro.is_caller) throw MacroReturn{std::move(returned_)};
    if (flow == Flow::kReturn) return std::exchange(returned_, Value());
    budget_.bytes(out.text.size());
    return {std::move(out.text)};
  } catch (MacroReturn& returned) {
    if (macro.is_caller) throw;
    return std::move(returned.value);
  } catch (Error& error) {
    // Wrong arguments are the caller's fault: then the place of the call comes first, and the caller adds it.
    if (at_ != nullptr || !error.spans().empty()) {
      locate(error);
      if (context.site() != nullptr && error.spans().size() < kMaxSpans) error.at(context.span());
    }
    throw;
  }
}

}  // namespace tidemark::jinja
