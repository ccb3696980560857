#include "jinja/macro.h"

#include <fmt/format.h>

#include "jinja/fail.h"
#include "jinja/interpreter.h"

namespace tidemark::jinja {

Value Macro::call(CallContext& context, const Args& args) {
  // The macro stays alive while it runs, even where it is assigned anew meanwhile.
  const Ref<Macro> self(this);
  Ref<Frame> closure = closure_;
  if (!closure && !ast_.detached) {
    closure = make_ref<Frame>(*ast_.root, nullptr);
    closure->only_globals = true;
  } else if (!closure) {
    closure = make_ref<Frame>(*ast_.root, nullptr);
  }
  return context.render().interpreter().invoke(ast_, node_, closure, context, args);
}

std::optional<Value> Macro::get_attribute(CallContext&, std::string_view name) {
  if (name == "name") return Value(node_.is_caller ? Value(nullptr) : Value(node_.name));
  if (name == "arguments") {
    std::vector<Value> names;
    for (const NameExpr* parameter : node_.parameters) names.emplace_back(parameter->name);
    return Value::tuple(std::move(names));
  }
  if (name == "caller") return Value(node_.takes_caller || node_.explicit_caller);
  if (name == "catch_kwargs") return Value(node_.takes_kwargs);
  if (name == "catch_varargs") return Value(node_.takes_varargs);
  return std::nullopt;
}

std::string Macro::repr() const { return node_.is_caller ? "<Macro anonymous>" : fmt::format("<Macro '{}'>", node_.name); }

Value ReturnFunction::value_of(const Args& args) {
  if (args.size() > 1 || !args.keywords.empty()) {
    if (args.size() == 0 && args.keywords.size() == 1 && args.keywords[0].name == "data") return args.keywords[0].value;
    argument_error(fmt::format("return() takes at most 1 argument, got {}", args.size() + args.keywords.size()));
  }
  return args.size() == 0 ? Value(nullptr) : args[0];
}

Value ReturnFunction::call(CallContext& context, const Args& args) { return_from_macro(context, value_of(args)); }

Value make_return_function() { return make_ref<ReturnFunction>(); }

void return_from_macro(CallContext& context, Value value) {
  if (context.render().macro_depth() == 0) type_error("return() outside of a macro");
  throw MacroReturn{std::move(value)};
}

Value make_macro(TemplatePtr t, const Definition& definition) {
  const Ast& ast = t->ast();
  const MacroNode& node = *ast.macros.at(definition.index);
  return make_ref<Macro>(std::move(t), ast, node, nullptr);
}

SourceSpan CallContext::span() const { return site_ == nullptr ? SourceSpan{} : site_->ast->span(site_->node->offset, site_->node->length); }
const Origin* CallContext::origin() const { return site_ == nullptr ? nullptr : site_->ast->origin.get(); }

}  // namespace tidemark::jinja
