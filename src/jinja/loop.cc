// For loops and the loop variable.
#include <fmt/format.h>

#include "jinja/fail.h"
#include "jinja/interpreter.h"
#include "jinja/macro.h"

namespace tidemark::jinja {

namespace {

// The items of a loop that pass its condition, tested as they are asked for.
class Filtered : public Iterator {
 public:
  Filtered(Interpreter& interpreter, const ForStatement& loop, Ref<Frame> outer, Ref<Iterator> source)
      : interpreter_(interpreter), loop_(loop), outer_(std::move(outer)), source_(std::move(source)) {}
  bool next(CallContext& context, Value& out) override {
    while (source_->next(context, out)) {
      if (interpreter_.test_item(loop_, outer_, out)) return true;
    }
    return false;
  }

 private:
  Interpreter& interpreter_;
  const ForStatement& loop_;
  Ref<Frame> outer_;
  Ref<Iterator> source_;
};

}  // namespace

bool Interpreter::test_item(const ForStatement& loop, const Ref<Frame>& outer, const Value& item) {
  const OwnFrame frame(*this, *loop.test_scope, outer);
  assign(loop.test_target, item, *frame);
  const Value v = eval(loop.test, *frame);
  at_ = loop.test;
  return truthy(v);
}

Flow Interpreter::exec_for(const ForStatement& s, Frame& frame, Sink& out) {
  Value storage;
  const Value& iterable = eval_ref(s.iterable, frame, storage);
  if (!s.recursive) return run_loop(s, iterable, Ref<Frame>(&frame), 0, out);
  Sink captured;
  const Flow flow = run_loop(s, iterable, Ref<Frame>(&frame), 0, captured);
  if (out.pieces != nullptr) {
    out.pieces->emplace_back(std::move(captured.text));
  } else {
    write(out, captured.text);
  }
  return flow;
}

Flow Interpreter::run_loop(const ForStatement& s, const Value& iterable, const Ref<Frame>& outer, int64_t depth, Sink& out) {
  at_ = s.iterable;
  const CallSite site{ast_, s.iterable};
  CallContext calling = context(site);
  Ref<Iterator> source = iterate(calling, iterable);
  if (s.test != nullptr) source = make_ref<Filtered>(*this, s, outer, std::move(source));
  Ref<Loop> loop;
  if (s.extended) {
    // A condition hides the length of what is iterated.
    loop = make_ref<Loop>(s, s.test == nullptr ? iterable : Value(), source, *outer, depth);
  }
  struct EndLoop {
    Ref<Loop>& loop;
    ~EndLoop() {
      if (loop) loop->end();
    }
  } const end_loop{loop};
  bool any = false;
  bool completed = false;  // a round came to its end; until then jinja2 takes the loop for empty
  OwnFrame frame(*this, *s.scope, outer);
  Value item;
  Flow flow = Flow::kNormal;
  while (true) {
    at_ = s.iterable;
    if (!(loop ? loop->next(calling, item) : source->next(calling, item))) break;
    budget_.step();
    if (std::exchange(any, true)) frame.renew();
    if (loop) (*frame)[s.loop_slot] = loop;
    assign(s.target, item, *frame);
    flow = exec(s.body, *frame, out);
    if (flow == Flow::kReturn || flow == Flow::kBreak) break;
    if (flow == Flow::kNormal) completed = true;
  }
  if (flow == Flow::kReturn) return flow;
  if (completed || !s.has_else) return Flow::kNormal;
  const OwnFrame otherwise(*this, *s.else_scope, outer);
  return exec(s.otherwise, *otherwise, out);
}

std::string Interpreter::render_loop(const ForStatement& loop, const Value& iterable, const Ref<Frame>& outer, int64_t depth, CallContext& context) {
  check_stack();
  if (macro_depth_ >= budget_.limits().macro_depth) limit_error("a recursive loop goes too deep");
  const Position position(*this);
  ast_ = context.site() != nullptr ? context.site()->ast : ast_;
  ++macro_depth_;
  Sink out;
  try {
    const Flow flow = run_loop(loop, iterable, outer, depth, out);
    if (flow == Flow::kReturn) throw MacroReturn{std::move(returned_)};
  } catch (...) {
    --macro_depth_;
    throw;
  }
  --macro_depth_;
  return std::move(out.text);
}

bool Loop::next(CallContext& context, Value& out) {
  Value item;
  if (after_) {
    item = *std::move(after_);
    after_.reset();
  } else if (!source_->next(context, item)) {
    return false;
  }
  ++index0_;
  before_ = std::move(current_);
  current_ = item;
  out = std::move(item);
  return true;
}

void Loop::end() {
  source_ = nullptr;
  outer_ = nullptr;
  iterable_ = Value();
  after_.reset();
  current_ = Value();
  before_ = Value();
  last_changed_.reset();
}

bool Loop::peek(CallContext& context) {
  if (after_) return true;
  if (!source_) return false;
  Value item;
  if (!source_->next(context, item)) return false;
  after_ = std::move(item);
  return true;
}

int64_t Loop::count(CallContext& context) {
  if (length_) return *length_;
  if (!iterable_.is_missing()) length_ = jinja::length(iterable_);
  if (!length_ && source_) {
    // Takes the rest of the items, as jinja2 does with generators.
    std::vector<Value> rest;
    for (Value item; source_->next(context, item);) rest.push_back(std::move(item));
    length_ = static_cast<int64_t>(rest.size()) + index0_ + 1 + (after_ ? 1 : 0);
    source_ = jinja::iterate(context, Value::list(std::move(rest)));
  }
  return length_.value_or(index0_ + 1);
}

std::optional<Value> Loop::get_attribute(CallContext& context, std::string_view name) {
  const UndefinedKind kind = context.render().options().undefined;
  if (name == "index") return Value(index0_ + 1);
  if (name == "index0") return Value(index0_);
  if (name == "first") return Value(index0_ == 0);
  if (name == "last") return Value(!peek(context));
  if (name == "length") return Value(count(context));
  if (name == "revindex") return Value(count(context) - index0_);
  if (name == "revindex0") return Value(count(context) - index0_ - 1);
  if (name == "depth") return Value(depth0_ + 1);
  if (name == "depth0") return Value(depth0_);
  if (name == "previtem") return index0_ == 0 ? Value::undefined("previtem", "there is no previous item", kind) : before_;
  if (name == "nextitem") return peek(context) ? *after_ : Value::undefined("nextitem", "there is no next item", kind);
  const Ref<Loop> self(this);
  if (name == "cycle") return make_function("cycle", [self](CallContext&, const Args& args) { return self->cycle(args); });
  if (name == "changed") return make_function("changed", [self](CallContext&, const Args& args) { return self->changed(args); });
  return std::nullopt;
}

std::vector<std::string> Loop::attribute_names() const {
  return {"index", "index0", "first", "last", "length", "revindex", "revindex0", "depth", "depth0", "previtem", "nextitem", "cycle", "changed"};
}

Value Loop::call_method(CallContext& context, std::string_view name, const Args& args) {
  if (name == "cycle") return cycle(args);
  if (name == "changed") return changed(args);
  return Object::call_method(context, name, args);
}

Value Loop::cycle(const Args& args) const {
  if (args.size() == 0) type_error("no items for cycling given");
  return args[static_cast<size_t>(index0_) % args.size()];
}

Value Loop::changed(const Args& args) {
  Value now = Value::tuple({args.positional.begin(), args.positional.end()});
  if (last_changed_ && equal(*last_changed_, now)) return false;
  last_changed_ = std::move(now);
  return true;
}

Value Loop::call(CallContext& context, const Args& args) {
  if (!statement_->recursive) type_error("the loop must have the 'recursive' marker to be called");
  if (outer_ == nullptr) type_error("the loop has ended");
  if (args.size() != 1 || !args.keywords.empty()) argument_error("a recursive loop is called with the items to loop over");
  return context.render().interpreter().render_loop(*statement_, args[0], Ref<Frame>(outer_), depth0_ + 1, context);
}

std::string Loop::repr() const { return fmt::format("<LoopContext {}/{}>", index0_ + 1, length_.value_or(jinja::length(iterable_).value_or(0))); }

}  // namespace tidemark::jinja
