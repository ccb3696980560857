// Executes parsed templates.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "jinja/ast.h"
#include "jinja/budget.h"
#include "jinja/environment.h"
#include "jinja/frame.h"
#include "jinja/inline_vector.h"

namespace tidemark::jinja {

// The place of a call; lives as long as the call.
struct CallSite {
  const Ast* ast;
  const Expr* node;
};

// What return() ends a macro with, where it is not the whole of a statement.
struct MacroReturn {
  Value value;
};

// Receives what a template puts out: text, or pieces for a native render.
struct Sink {
  std::string text;
  std::vector<Value>* pieces = nullptr;
};

enum class Flow : uint8_t { kNormal, kBreak, kContinue, kReturn };

class Interpreter {
 public:
  Interpreter(Render& render, const Limits& limits);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  std::string render(const Ast& ast);
  std::vector<Value> render_pieces(const Ast& ast);
  Value evaluate(const Ast& ast);
  // Executes a macro with `closure` as its outer frame; a caller's return() ends the macro that called it.
  Value invoke(const Ast& ast, const MacroNode& macro, const Ref<Frame>& closure, CallContext& context, const Args& args);
  // The body of a recursive loop over other items.
  std::string render_loop(const ForStatement& loop, const Value& iterable, const Ref<Frame>& outer, int64_t depth, CallContext& context);
  Value call(const Value& callee, std::span<const Value> positional, std::span<const Keyword> keywords);
  bool test_item(const ForStatement& loop, const Ref<Frame>& outer, const Value& item);

  Render& owner() { return render_; }
  int macro_depth() const { return macro_depth_; }
  const Ast* current_ast() const { return ast_; }
  // While the interpreter works on a thread: its budget and stack limit apply there.
  class Activation;

 private:
  friend class Position;
  friend class OwnFrame;
  struct Gathered {
    InlineVector<Value, 4> positional;
    InlineVector<Keyword, 4> keywords;
    std::vector<Value> kept;  // keys of **kwargs, whose text the names are views into
    Args args() const { return {positional.view(), keywords.view()}; }
  };

  // ---- expressions (evaluate.cc)
  Value eval(const Expr* e, Frame& frame);
  // The same without copying a variable or constant; `temporary` holds any other value.
  const Value& eval_ref(const Expr* e, Frame& frame, Value& temporary);
  const Value& read(const NameExpr& name, Frame& frame, Value& temporary);
  Value eval_items(const Expr* e, Frame& frame);
  Value eval_dict(const DictExpr& e, Frame& frame);
  Value eval_binary(const BinaryExpr& e, Frame& frame);
  Value eval_compare(const CompareExpr& e, Frame& frame);
  Value eval_concat(const ListExpr& e, Frame& frame);
  Value eval_conditional(const ConditionalExpr& e, Frame& frame);
  Value eval_slice(const SliceExpr& e, Frame& frame);
  Value eval_item(const ItemExpr& e, Frame& frame);
  Value eval_call(const CallExpr& e, Frame& frame, const Value* caller);
  Value eval_filter(const FilterExpr& e, Frame& frame, const Value* body);
  bool eval_test(const FilterExpr& e, Frame& frame);
  void gather(const Arguments& arguments, Frame& frame, Gathered& out);
  bool compare_one(Operator op, const Value& a, const Value& b);

  // ---- statements (execute.cc)
  Flow exec(Body body, Frame& frame, Sink& out);
  Flow exec_one(const Statement* s, Frame& frame, Sink& out);
  Flow exec_output(const OutputStatement& s, Frame& frame, Sink& out);
  Flow exec_if(const IfStatement& s, Frame& frame, Sink& out);
  Flow exec_for(const ForStatement& s, Frame& frame, Sink& out);
  Flow run_loop(const ForStatement& s, const Value& iterable, const Ref<Frame>& outer, int64_t depth, Sink& out);
  Flow exec_set_block(const SetBlockStatement& s, Frame& frame);
  Flow exec_call_block(const CallBlockStatement& s, Frame& frame, Sink& out);
  Flow exec_filter_block(const FilterBlockStatement& s, Frame& frame, Sink& out);
  Flow exec_with(const WithStatement& s, Frame& frame, Sink& out);
  void assign(const Expr* target, const Value& value, Frame& frame);
  void write(Sink& out, const Value& v, const Expr* e);
  void write(Sink& out, std::string_view text);
  void write_pieces(const OutputStatement& s, Frame& frame, Sink& out);
  // True where `e` is a call of the function return(); its value is in returned_ then.
  bool take_return(const Expr* e, Frame& frame);

  // ---- macros and frames (invoke.cc)
  void bind_parameters(const MacroNode& macro, Frame& frame, const Args& args);
  void bind_special(const MacroNode& macro, Frame& frame, const Args& args, const std::vector<bool>& used);
  [[noreturn]] void wrong_arguments(const MacroNode& macro, std::string message);
  // Runs the body of a template in a frame of its own; return() outside of macros is an error.
  void run_template(const Ast& ast, Sink& out);
  void locate(Error& error);
  std::string suggestion(const Value& undefined);

  CallContext context(const CallSite& site) { return {render_, &site}; }

  Render& render_;
  Budget budget_;
  const Ast* ast_ = nullptr;  // being executed
  const Expr* at_ = nullptr;  // whose operation is in progress: where an error without a place belongs
  int macro_depth_ = 0;
  Value returned_;
  std::vector<Ref<Frame>> kept_;  // frames that macros hold: emptied at the end, as they may hold those macros
};

class Interpreter::Activation {
 public:
  explicit Activation(Interpreter& interpreter);
  ~Activation();

 private:
  Budget* previous_;
  uintptr_t previous_floor_;
};

// A frame while its scope is executed. Where macros still hold it afterwards, it is kept to be emptied at the end.
class OwnFrame {
 public:
  OwnFrame(Interpreter& interpreter, const Scope& scope, Ref<Frame> outer) : interpreter_(interpreter), frame_(make_ref<Frame>(scope, std::move(outer))) {}
  OwnFrame(const OwnFrame&) = delete;
  OwnFrame& operator=(const OwnFrame&) = delete;
  ~OwnFrame() {
    if (frame_->references() > 1) interpreter_.kept_.push_back(std::move(frame_));
  }
  Frame& operator*() const { return *frame_; }
  // Empty again, for the next round of a loop.
  void renew() {
    if (frame_->references() == 1) {
      frame_->clear();
    } else {
      Ref<Frame> fresh = make_ref<Frame>(frame_->scope(), Ref<Frame>(frame_->outer()));
      interpreter_.kept_.push_back(std::exchange(frame_, std::move(fresh)));
    }
  }

 private:
  Interpreter& interpreter_;
  Ref<Frame> frame_;
};

// Saves what is being executed, and restores it.
class Position {
 public:
  explicit Position(Interpreter& interpreter) : interpreter_(interpreter), ast_(interpreter.ast_), at_(interpreter.at_) {}
  ~Position() {
    interpreter_.ast_ = ast_;
    interpreter_.at_ = at_;
  }

 private:
  Interpreter& interpreter_;
  const Ast* ast_;
  const Expr* at_;
};

}  // namespace tidemark::jinja
