// Macros, callers and the loop variable as values.
#pragma once
#include "jinja/ast.h"
#include "jinja/frame.h"
#include "jinja/object.h"

namespace tidemark::jinja {

class Macro : public Object {
 public:
  Macro(TemplatePtr keep, const Ast& ast, const MacroNode& node, Ref<Frame> closure)
      : keep_(std::move(keep)), ast_(ast), node_(node), closure_(std::move(closure)) {}
  std::string_view type_name() const override { return "Macro"; }
  bool callable() const override { return true; }
  Value call(CallContext& context, const Args& args) override;
  std::optional<Value> get_attribute(CallContext& context, std::string_view name) override;  // name, arguments, caller, catch_kwargs, …
  std::string repr() const override;

 private:
  TemplatePtr keep_;
  const Ast& ast_;
  const MacroNode& node_;
  Ref<Frame> closure_;  // null: sees the globals only
};

// `loop` within a for loop. Of no use when the loop has ended.
class Loop : public Object {
 public:
  Loop(const ForStatement& statement, Value iterable, Ref<Iterator> source, Frame& outer, int64_t depth0)
      : statement_(&statement), iterable_(std::move(iterable)), source_(std::move(source)), outer_(&outer), depth0_(depth0) {}
  std::string_view type_name() const override { return "LoopContext"; }
  std::optional<Value> get_attribute(CallContext& context, std::string_view name) override;
  Value call_method(CallContext& context, std::string_view name, const Args& args) override;
  bool callable() const override { return true; }
  Value call(CallContext& context, const Args& args) override;  // of a recursive loop
  std::string repr() const override;
  std::vector<std::string> attribute_names() const override;

  bool next(CallContext& context, Value& out);
  void end();

 private:
  int64_t count(CallContext& context);
  bool peek(CallContext& context);
  Value cycle(const Args& args) const;
  Value changed(const Args& args);

  const ForStatement* statement_;
  Value iterable_;
  Ref<Iterator> source_;  // null when the loop has ended
  Frame* outer_;
  int64_t depth0_;
  int64_t index0_ = -1;
  std::optional<int64_t> length_;
  std::optional<Value> after_;
  Value current_;
  Value before_;
  std::optional<Value> last_changed_;
};

// The function that make_return_function() gives.
class ReturnFunction : public Object {
 public:
  std::string_view type_name() const override { return "function"; }
  bool callable() const override { return true; }
  Value call(CallContext& context, const Args& args) override;
  std::string repr() const override { return "<function return>"; }
  static Value value_of(const Args& args);
};

}  // namespace tidemark::jinja
