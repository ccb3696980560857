// map, select, reject and unique: generators that work when they are asked for items.
#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/builtin_objects.h"
#include "jinja/builtins.h"
#include "jinja/environment.h"
#include "jinja/fail.h"
#include "jinja/methods.h"

namespace tidemark::jinja {

namespace {

// Arguments that a generator keeps for its filter or test: those after the first `skip`.
struct KeptArguments {
  KeptArguments(const Args& args, size_t skip) {
    for (size_t i = skip; i < args.size(); ++i) positional.push_back(args[i]);
    for (const Keyword& keyword : args.keywords) named.emplace_back(std::string(keyword.name), keyword.value);
  }

  Value apply(CallContext& context, const RawFunction& function, const Value& item) const {
    std::vector<Value> all{item};
    all.insert(all.end(), positional.begin(), positional.end());
    std::vector<Keyword> keywords;
    for (const auto& [name, value] : named) keywords.push_back({name, value});
    return function(context, Args{all, keywords});
  }

  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

// The common part: the source is iterated from the first item that is asked for.
class Selection : public Iterator {
 public:
  explicit Selection(Value source) : source_(std::move(source)) {}
  bool next(CallContext& context, Value& out) override {
    check_stack();
    if (!items_) {
      if (!truthy(source_)) source_ = Value::list();
      items_ = iterate(context, source_);
    }
    for (Value item; items_->next(context, item);) {
      charge_steps(1);
      if (take(context, item, out)) return true;
    }
    return false;
  }
  bool holds(const void* container) const override { return value_holds(source_, container); }

 protected:
  virtual bool take(CallContext& context, const Value& item, Value& out) = 0;

 private:
  Value source_;
  Ref<Iterator> items_;
};

const RawFunction& filter_named(const CallContext& context, const Value& name) {
  const RawFunction* found = context.render().environment().filter(name.expect_string("the name of a filter"));
  if (found != nullptr) return *found;
  Error error("TM2005", fmt::format("there is no filter '{}'", name.as_string()));
  const std::string near = nearest_name(name.as_string(), context.render().environment().filter_names());
  if (!near.empty()) error.hint(fmt::format("did you mean '{}'?", near));
  throw error;
}

const RawFunction& test_named(const CallContext& context, const Value& name) {
  const RawFunction* found = context.render().environment().test(name.expect_string("the name of a test"));
  if (found != nullptr) return *found;
  Error error("TM2005", fmt::format("there is no test '{}'", name.as_string()));
  const std::string near = nearest_name(name.as_string(), context.render().environment().test_names());
  if (!near.empty()) error.hint(fmt::format("did you mean '{}'?", near));
  throw error;
}

class MapFilter : public Selection {
 public:
  MapFilter(const Args& args) : Selection(args[0]), name_(args[1]), arguments_(args, 2) {}

 protected:
  bool take(CallContext& context, const Value& item, Value& out) override {
    out = arguments_.apply(context, filter_named(context, name_), item);
    return true;
  }

 private:
  Value name_;
  KeptArguments arguments_;
};

class MapAttribute : public Selection {
 public:
  MapAttribute(Value source, const Value& attribute, std::optional<Value> fallback)
      : Selection(std::move(source)), path_(attribute), fallback_(std::move(fallback)) {}

 protected:
  bool take(CallContext& context, const Value& item, Value& out) override {
    out = path_.of(context, item, fallback_ ? &*fallback_ : nullptr);
    return true;
  }

 private:
  AttributePath path_;
  std::optional<Value> fallback_;
};

Value generator(Ref<Iterator> source) { return make_ref<Generator>(std::move(source)); }

Value map(CallContext&, const Args& args) {
  if (args.size() > 1) return generator(make_ref<MapFilter>(args));
  const Value* attribute = args.keyword("attribute");
  if (attribute == nullptr) value_error("map needs the name of a filter, or attribute=");
  std::optional<Value> fallback;
  for (const Keyword& keyword : args.keywords) {
    if (keyword.name == "default") {
      if (!keyword.value.is_none()) fallback = keyword.value;
    } else if (keyword.name != "attribute") {
      value_error(fmt::format("map() takes no keyword argument '{}' together with attribute", keyword.name));
    }
  }
  return generator(make_ref<MapAttribute>(args[0], *attribute, std::move(fallback)));
}

class Select : public Selection {
 public:
  // The arguments are the value, the attribute where `by_attribute`, the name of a test, and its arguments.
  Select(const Args& args, bool by_attribute, bool wanted)
      : Selection(args[0]), wanted_(wanted), path_(by_attribute ? AttributePath(args[1]) : AttributePath()), arguments_(args, by_attribute ? 3 : 2) {
    const size_t at = by_attribute ? 2 : 1;
    if (args.size() > at) test_ = args[at];
  }

 protected:
  bool take(CallContext& context, const Value& item, Value& out) override {
    const Value tested = path_.of(context, item);
    const bool holds = test_ ? truthy(arguments_.apply(context, test_named(context, *test_), tested)) : truthy(tested);
    if (holds == wanted_) out = item;
    return holds == wanted_;
  }

 private:
  bool wanted_;
  AttributePath path_;
  std::optional<Value> test_;
  KeptArguments arguments_;
};

template <bool kByAttribute, bool kWanted>
Value select(CallContext&, const Args& args) {
  if (kByAttribute && args.size() < 2) value_error("the name of an attribute is missing");
  return generator(make_ref<Select>(args, kByAttribute, kWanted));
}

class Unique : public Iterator {
 public:
  Unique(Ref<Iterator> items, bool case_sensitive, AttributePath path) : items_(std::move(items)), case_sensitive_(case_sensitive), path_(std::move(path)) {}
  bool next(CallContext& context, Value& out) override {
    for (Value item; items_->next(context, item);) {
      charge_steps(1);
      Value key = path_.of(context, item);
      if (!case_sensitive_) key = without_case(key);
      if (seen_.find(key) != nullptr) continue;
      check_growth(seen_.size());
      seen_.set(key, nullptr);
      out = std::move(item);
      return true;
    }
    return false;
  }
  bool holds(const void* container) const override { return items_->holds(container); }

 private:
  Ref<Iterator> items_;
  bool case_sensitive_;
  AttributePath path_;
  Dict seen_;
};

Value unique(CallContext& context, const Args& args) {
  check_arguments("unique", args, 1, {"value", "case_sensitive", "attribute"});
  const Value* attribute = argument(args, 2, "attribute");
  AttributePath path = attribute == nullptr || attribute->is_none() ? AttributePath() : AttributePath(*attribute);
  return generator(make_ref<Unique>(iterate(context, args[0]), flag(args, 1, "case_sensitive", false), std::move(path)));
}

Value attr(CallContext& context, const Args& args) {
  check_arguments("attr", args, 2, {"obj", "name"});
  const Value& name = *argument(args, 1, "name");
  const std::string& text = name.expect_string("the name of an attribute");
  const Value& v = args[0];
  if (v.is_undefined()) return get_attribute(context, v, text);
  // Unlike `x.name`, items of that name do not count.
  if (v.is_dict() && find_method(v, text) == nullptr) return undefined_member(v, name, context.render().options().undefined);
  return get_attribute(context, v, text);
}

constexpr Builtin kFilters[] = {{"map", map},
                                {"select", select<false, true>},
                                {"reject", select<false, false>},
                                {"selectattr", select<true, true>},
                                {"rejectattr", select<true, false>},
                                {"unique", unique},
                                {"attr", attr}};

}  // namespace

std::span<const Builtin> selection_filters() { return kFilters; }

}  // namespace tidemark::jinja
