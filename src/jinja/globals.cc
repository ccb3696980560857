// range, dict, namespace, cycler and joiner.
#include <fmt/format.h>

#include "jinja/builtin_objects.h"
#include "jinja/builtins.h"
#include "jinja/fail.h"
#include "jinja/methods.h"

namespace tidemark::jinja {

namespace {

Value make_range(CallContext&, const Args& args) {
  check_arguments("range", args, 1, {"", "", ""});
  const int64_t first = args[0].expect_int("an argument of range()");
  if (args.size() == 1) return make_ref<Range>(0, first, 1);
  const int64_t stop = args[1].expect_int("an argument of range()");
  return make_ref<Range>(first, stop, args.size() == 3 ? args[2].expect_int("an argument of range()") : 1);
}

void fill(CallContext& context, Dict& dict, const Args& args, std::string_view function) {
  if (args.size() > 1) argument_error(fmt::format("{}() takes at most 1 positional argument, got {}", function, args.size()));
  if (args.size() == 1) update_dict(context, dict, args[0]);
  for (const Keyword& keyword : args.keywords) dict.set(keyword.name, keyword.value);
}

Value make_dict(CallContext& context, const Args& args) {
  Ref<Dict> dict = make_ref<Dict>();
  fill(context, *dict, args, "dict");
  return {std::move(dict)};
}

Value make_namespace(CallContext& context, const Args& args) {
  Ref<Namespace> made = make_ref<Namespace>();
  fill(context, made->attributes(), args, "namespace");
  return made;
}

class Cycler : public Object {
 public:
  explicit Cycler(std::vector<Value> items) : items_(std::move(items)) {}
  std::string_view type_name() const override { return "Cycler"; }
  std::optional<Value> get_attribute(CallContext&, std::string_view name) override {
    const Ref<Cycler> self(this);
    if (name == "current") return items_[at_];
    if (name == "next") return make_function("next", [self](CallContext&, const Args&) { return self->next(); });
    if (name == "reset") return make_function("reset", [self](CallContext&, const Args&) { return self->reset(); });
    return std::nullopt;
  }
  bool holds(const void* container) const override {
    for (const Value& item : items_) {
      if (value_holds(item, container)) return true;
    }
    return false;
  }

 private:
  Value next() {
    Value now = items_[at_];
    at_ = (at_ + 1) % items_.size();
    return now;
  }
  Value reset() {
    at_ = 0;
    return nullptr;
  }
  std::vector<Value> items_;
  size_t at_ = 0;
};

Value make_cycler(CallContext&, const Args& args) {
  if (args.size() == 0) type_error("cycler() needs at least one item");
  if (!args.keywords.empty()) argument_error("cycler() takes no keyword arguments");
  return make_ref<Cycler>(std::vector<Value>(args.positional.begin(), args.positional.end()));
}

class Joiner : public Object {
 public:
  explicit Joiner(Value separator) : separator_(std::move(separator)) {}
  std::string_view type_name() const override { return "Joiner"; }
  bool callable() const override { return true; }
  Value call(CallContext&, const Args& args) override {
    check_arguments("joiner", args, 0, {});
    return std::exchange(used_, true) ? separator_ : Value("");
  }
  std::optional<Value> get_attribute(CallContext&, std::string_view name) override {
    if (name == "sep") return separator_;
    if (name == "used") return Value(used_);
    return std::nullopt;
  }

 private:
  Value separator_;
  bool used_ = false;
};

Value make_joiner(CallContext&, const Args& args) {
  check_arguments("joiner", args, 0, {"sep"});
  const Value* separator = argument(args, 0, "sep");
  return make_ref<Joiner>(separator == nullptr ? Value(", ") : *separator);
}

}  // namespace

void add_builtin_globals(Environment& environment) {
  environment.set_global("range", make_function("range", make_range));
  environment.set_global("dict", make_function("dict", make_dict));
  environment.set_global("namespace", make_function("namespace", make_namespace));
  environment.set_global("cycler", make_function("cycler", make_cycler));
  environment.set_global("joiner", make_function("joiner", make_joiner));
}

}  // namespace tidemark::jinja
