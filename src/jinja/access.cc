// Attributes, items, slices, calls and iteration of any value.
#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/builtin_objects.h"
#include "jinja/environment.h"
#include "jinja/fail.h"
#include "jinja/methods.h"
#include "jinja/numbers.h"
#include "jinja/slice.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

namespace {

UndefinedKind undefined_kind(const CallContext& context) { return context.render().options().undefined; }

bool passes_on(const Value& v) {
  return v.as_undefined() != nullptr && (v.as_undefined()->kind == UndefinedKind::kChainable || v.as_undefined()->kind == UndefinedKind::kLenient);
}

// Attributes of numbers that Python has; templates hardly use them.
std::optional<Value> number_attribute(const Value& v, std::string_view name) {
  if (v.is_bool() && (name == "real" || name == "numerator")) return int64_t{v.as_bool()};
  if (name == "real" || (name == "numerator" && !v.is_float())) return v;
  if (name == "imag") return v.is_float() ? Value(0.0) : Value(0);
  if (name == "denominator" && !v.is_float()) return Value(1);
  return std::nullopt;
}

std::optional<Value> own_attribute(CallContext& context, const Value& v, std::string_view name) {
  if (v.is_object()) return name.starts_with('_') ? std::nullopt : v.as_object().get_attribute(context, name);
  if (const Method method = find_method(v, name); method != nullptr) return make_ref<BoundMethod>(v, method, std::string(name));
  return v.is_number() ? number_attribute(v, name) : std::nullopt;
}

std::optional<Value> item_of_sequence(const std::vector<Value>& items, const Value& key) {
  if (!key.is_int() && !key.is_bool()) return std::nullopt;
  int64_t i = number_as_int(key);
  if (i < 0) i += static_cast<int64_t>(items.size());
  if (i < 0 || i >= static_cast<int64_t>(items.size())) return std::nullopt;
  return items[static_cast<size_t>(i)];
}

std::optional<Value> item_of_text(const std::string& text, const Value& key) {
  if (!key.is_int() && !key.is_bool()) return std::nullopt;
  int64_t i = number_as_int(key);
  const auto size = static_cast<int64_t>(code_points(text));
  charge_steps(text.size() / 64);
  if (i < 0) i += size;
  if (i < 0 || i >= size) return std::nullopt;
  return Value(code_point_range(text, static_cast<size_t>(i), static_cast<size_t>(i) + 1));
}

std::optional<Value> own_item(CallContext& context, const Value& v, const Value& key) {
  switch (v.kind()) {
    case Value::Kind::kDict: {
      if (key.is_list() || key.is_dict() || key.is_set()) return std::nullopt;
      const Value* found = v.as_dict().find(key);
      return found == nullptr ? std::nullopt : std::optional<Value>(*found);
    }
    case Value::Kind::kList:
      return item_of_sequence(v.as_list().items, key);
    case Value::Kind::kTuple:
      return item_of_sequence(v.as_tuple().items, key);
    case Value::Kind::kString:
      return item_of_text(v.as_string(), key);
    case Value::Kind::kObject:
      return v.as_object().get_item(context, key);
    default:
      return std::nullopt;
  }
}

}  // namespace

Value get_attribute(CallContext& context, const Value& v, std::string_view name) {
  if (v.is_undefined()) {
    if (passes_on(v)) return v;
    undefined_error(v);
  }
  if (auto found = own_attribute(context, v, name)) return *std::move(found);
  if (v.is_dict()) {
    if (const Value* found = v.as_dict().find(name); found != nullptr) return *found;
  } else if (v.is_object()) {
    if (auto found = v.as_object().get_item(context, Value(name))) return *std::move(found);
  }
  return undefined_member(v, Value(name), undefined_kind(context));
}

Value get_item(CallContext& context, const Value& v, const Value& key) {
  if (v.is_undefined()) {
    if (passes_on(v)) return v;
    undefined_error(v);
  }
  if (const auto* slice = key.object_as<Slice>(); slice != nullptr) return slice_of(context, v, *slice);
  if (auto found = own_item(context, v, key)) return *std::move(found);
  if (key.is_string()) {
    if (auto found = own_attribute(context, v, key.as_string())) return *std::move(found);
  }
  return undefined_member(v, key, undefined_kind(context));
}

bool is_callable(const Value& v) {
  if (v.is_object()) return v.as_object().callable();
  return v.is_undefined() && v.as_undefined() != nullptr && v.as_undefined()->kind == UndefinedKind::kLenient;
}

Value call(CallContext& context, const Value& callee, std::span<const Value> positional, std::span<const Keyword> keywords) {
  if (callee.is_object()) {
    check_stack();
    return callee.as_object().call(context, Args{positional, keywords});
  }
  if (callee.is_undefined()) {
    if (callee.as_undefined() != nullptr && callee.as_undefined()->kind == UndefinedKind::kLenient) return callee;
    undefined_error(callee);
  }
  type_error(fmt::format("'{}' object is not callable", type_name(callee)));
}

Value call_method(CallContext& context, const Value& v, std::string_view name, const Args& args) {
  if (v.is_object() && !name.starts_with('_')) return v.as_object().call_method(context, name, args);
  if (const Method method = find_method(v, name); method != nullptr) return method(context, v, args);
  return call(context, get_attribute(context, v, name), args.positional, args.keywords);
}

namespace {

class ListIterator : public Iterator {
 public:
  explicit ListIterator(Ref<List> list) : list_(std::move(list)) {}
  bool next(CallContext&, Value& out) override {
    if (at_ >= list_->items.size()) return false;
    out = list_->items[at_++];
    return true;
  }
  bool holds(const void* container) const override { return value_holds(Value(list_), container); }

 private:
  Ref<List> list_;
  size_t at_ = 0;
};

class TupleIterator : public Iterator {
 public:
  explicit TupleIterator(Ref<Tuple> tuple) : tuple_(std::move(tuple)) {}
  bool next(CallContext&, Value& out) override {
    if (at_ >= tuple_->items.size()) return false;
    out = tuple_->items[at_++];
    return true;
  }
  bool holds(const void* container) const override { return value_holds(Value(tuple_), container); }

 private:
  Ref<Tuple> tuple_;
  size_t at_ = 0;
};

class TextIterator : public Iterator {
 public:
  explicit TextIterator(Value text) : text_(std::move(text)) {}
  bool next(CallContext&, Value& out) override {
    const std::string& text = text_.as_string();
    if (at_ >= text.size()) return false;
    const size_t start = at_;
    next_code_point(text, at_);
    out = Value(std::string_view(text).substr(start, at_ - start));
    return true;
  }

 private:
  Value text_;
  size_t at_ = 0;
};

class SetIterator : public Iterator {
 public:
  explicit SetIterator(Ref<Set> set) : set_(std::move(set)), changes_(set_->items.changes()) {}
  bool next(CallContext&, Value& out) override {
    if (set_->items.changes() != changes_) value_error("the set changed its size during iteration");
    const std::vector<Dict::Entry>& entries = set_->items.entries();
    while (at_ < entries.size() && !entries[at_].live) ++at_;
    if (at_ >= entries.size()) return false;
    out = entries[at_++].key;
    return true;
  }

 private:
  Ref<Set> set_;
  uint64_t changes_;
  size_t at_ = 0;
};

}  // namespace

Ref<Iterator> iterate(CallContext& context, const Value& v) {
  switch (v.kind()) {
    case Value::Kind::kList:
      return make_ref<ListIterator>(Ref<List>(&v.as_list()));
    case Value::Kind::kTuple:
      return make_ref<TupleIterator>(Ref<Tuple>(&v.as_tuple()));
    case Value::Kind::kString:
      return make_ref<TextIterator>(v);
    case Value::Kind::kDict:
      return DictView(Ref<Dict>(&v.as_dict()), DictView::Part::kKeys).iterate(context);
    case Value::Kind::kSet:
      return make_ref<SetIterator>(Ref<Set>(&v.as_set()));
    case Value::Kind::kObject:
      if (Ref<Iterator> made = v.as_object().iterate(context)) return made;
      break;
    case Value::Kind::kUndefined:
      if (v.as_undefined() != nullptr && v.as_undefined()->kind == UndefinedKind::kStrict) undefined_error(v);
      return iterate_values({});
    default:
      break;
  }
  type_error(fmt::format("'{}' object is not iterable", type_name(v)));
}

std::vector<Value> to_vector(CallContext& context, const Value& v) {
  std::vector<Value> out;
  if (v.is_list() || v.is_tuple()) {
    out = v.is_list() ? v.as_list().items : v.as_tuple().items;
    check_items(out.size());
    return out;
  }
  const Ref<Iterator> source = iterate(context, v);
  Value item;
  while (source->next(context, item)) {
    check_growth(out.size());
    charge_steps(1);
    out.push_back(std::move(item));
  }
  return out;
}

bool contains(CallContext& context, const Value& container, const Value& item) {
  switch (container.kind()) {
    case Value::Kind::kString:
      if (item.is_undefined()) undefined_error(item);
      if (!item.is_string()) type_error(fmt::format("'in <string>' requires a string on the left, not '{}'", type_name(item)));
      charge_steps(container.as_string().size() / 64);
      return container.as_string().find(item.as_string()) != std::string::npos;
    case Value::Kind::kDict:
      return container.as_dict().find(item) != nullptr;
    case Value::Kind::kSet:
      return container.as_set().items.find(item) != nullptr;
    case Value::Kind::kObject:
      if (const auto answer = container.as_object().contains(context, item)) return *answer;
      break;
    case Value::Kind::kNone:
    case Value::Kind::kBool:
    case Value::Kind::kInt:
    case Value::Kind::kFloat:
      type_error(fmt::format("'in' is not possible: '{}' is not iterable", type_name(container)));
    default:
      break;
  }
  const Ref<Iterator> source = iterate(context, container);
  Value other;
  while (source->next(context, other)) {
    charge_steps(1);
    if ((other.identity() != nullptr && other.identity() == item.identity()) || equal(other, item)) return true;
  }
  return false;
}

}  // namespace tidemark::jinja
