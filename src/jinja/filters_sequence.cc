// Filters on sequences as a whole: order, size, parts, sums.
#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/builtin_objects.h"
#include "jinja/builtins.h"
#include "jinja/environment.h"
#include "jinja/fail.h"
#include "jinja/methods.h"
#include "jinja/numbers.h"
#include "jinja/operators.h"
#include "jinja/sorting.h"
#include "jinja/text_split.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

namespace {

Value no_item(const CallContext& context, std::string message) { return Value::undefined("item", std::move(message), context.render().options().undefined); }

Value length_filter(CallContext&, const Args& args) {
  check_arguments("length", args, 1, {""});
  const auto size = length(args[0]);
  if (!size) type_error(fmt::format("object of type '{}' has no length", type_name(args[0])));
  return *size;
}

Value first(CallContext& context, const Args& args) {
  check_arguments("first", args, 1, {"seq"});
  Value item;
  return iterate(context, args[0])->next(context, item) ? item : no_item(context, "no first item, sequence was empty");
}

// The items from the last to the first, of what Python's reversed() takes; nullopt for sets, generators and the like.
std::optional<std::vector<Value>> backwards(CallContext& context, const Value& v) {
  const bool reversible = v.is_list() || v.is_tuple() || v.is_string() || v.is_dict() || v.is_undefined() ||
                          (v.is_object() && (v.as_object().is_sequence() || v.object_as<DictView>() != nullptr || v.as_object().is_mapping()));
  if (!reversible) return std::nullopt;
  std::vector<Value> items = to_vector(context, v);
  std::reverse(items.begin(), items.end());
  return items;
}

Value last(CallContext& context, const Args& args) {
  check_arguments("last", args, 1, {"seq"});
  const auto items = backwards(context, args[0]);
  if (!items) type_error(fmt::format("'{}' object is not reversible", type_name(args[0])));
  return items->empty() ? no_item(context, "no last item, sequence was empty") : items->front();
}

Value reverse(CallContext& context, const Args& args) {
  check_arguments("reverse", args, 1, {"value"});
  const Value& v = args[0];
  if (v.is_string()) {
    std::string out;
    const std::string& text = v.as_string();
    for (size_t at = text.size(); at > 0;) {
      const size_t end = at;
      previous_code_point(text, at);
      out.append(text, at, end - at);
    }
    return out;
  }
  if (v.is_list()) return make_ref<Generator>(iterate_list_backwards(Ref<List>(&v.as_list())), "list_reverseiterator");
  if (auto items = backwards(context, v)) return make_ref<Generator>(iterate_values(*std::move(items)), "reversed");
  std::vector<Value> items = to_vector(context, v);
  std::reverse(items.begin(), items.end());
  return Value::list(std::move(items));
}

Value list(CallContext& context, const Args& args) {
  check_arguments("list", args, 1, {"value"});
  return Value::list(to_vector(context, args[0]));
}

Value join(CallContext& context, const Args& args) {
  check_arguments("join", args, 1, {"value", "d", "attribute"});
  const Value* attribute = argument(args, 2, "attribute");
  const AttributePath path = attribute == nullptr || attribute->is_none() ? AttributePath() : AttributePath(*attribute);
  const Value* given = argument(args, 1, "d");
  const std::string separator = given == nullptr ? "" : to_text(*given);
  std::string out;
  bool first_item = true;
  const Ref<Iterator> source = iterate(context, args[0]);
  for (Value item; source->next(context, item);) {
    const size_t before = out.size();
    if (!std::exchange(first_item, false)) out += separator;
    const Value v = path.of(context, item);
    v.is_string() ? out += v.as_string() : out += to_text(v);
    grow_text(before, out.size() - before);
    charge_steps(1);
  }
  return out;
}

// The keys by which items are ordered: for a path, a list of one or, with commas, of several values.
std::vector<Value> sort_keys(CallContext& context, const std::vector<Value>& items, const Value* attribute, bool case_sensitive) {
  std::vector<AttributePath> paths;
  if (attribute != nullptr && attribute->is_string()) {
    for (const std::string_view part : split_at(attribute->as_string(), ",", -1, false)) paths.emplace_back(Value(part));
  } else {
    paths.push_back(attribute == nullptr || attribute->is_none() ? AttributePath() : AttributePath(*attribute));
  }
  std::vector<Value> keys;
  keys.reserve(items.size());
  for (const Value& item : items) {
    std::vector<Value> key;
    for (const AttributePath& path : paths) {
      Value v = path.of(context, item);
      key.push_back(case_sensitive ? std::move(v) : without_case(v));
    }
    keys.push_back(Value::list(std::move(key)));
  }
  return keys;
}

Value sort(CallContext& context, const Args& args) {
  check_arguments("sort", args, 1, {"value", "reverse", "case_sensitive", "attribute"});
  std::vector<Value> items = to_vector(context, args[0]);
  std::vector<Value> keys = sort_keys(context, items, argument(args, 3, "attribute"), flag(args, 2, "case_sensitive", false));
  return Value::list(sorted(std::move(items), std::move(keys), flag(args, 1, "reverse", false)));
}

Value dictsort(CallContext& context, const Args& args) {
  check_arguments("dictsort", args, 1, {"value", "case_sensitive", "by", "reverse"});
  const Value* by_given = argument(args, 2, "by");
  const std::string by = by_given == nullptr ? "key" : to_text(*by_given);
  if (by != "key" && by != "value") value_error("dictsort sorts by 'key' or by 'value'");
  const Value& v = args[0];
  if (v.is_undefined()) undefined_error(v);
  if (!v.is_dict() && !(v.is_object() && v.as_object().is_mapping())) type_error(fmt::format("dictsort needs a dict, not '{}'", type_name(v)));
  std::vector<Value> items = to_vector(context, call_method(context, v, "items", {}));
  const bool case_sensitive = flag(args, 1, "case_sensitive", false);
  std::vector<Value> keys;
  for (const Value& pair : items) {
    const Value& key = pair.as_tuple().items[by == "key" ? 0 : 1];
    keys.push_back(case_sensitive ? key : without_case(key));
  }
  return Value::list(sorted(std::move(items), std::move(keys), flag(args, 3, "reverse", false)));
}

template <bool kLargest>
Value extreme(CallContext& context, const Args& args) {
  check_arguments(kLargest ? "max" : "min", args, 1, {"value", "case_sensitive", "attribute"});
  const Value* attribute = argument(args, 2, "attribute");
  const AttributePath path = attribute == nullptr || attribute->is_none() ? AttributePath() : AttributePath(*attribute);
  const bool case_sensitive = flag(args, 1, "case_sensitive", false);
  const Ref<Iterator> source = iterate(context, args[0]);
  std::optional<Value> best;
  Value best_key;
  for (Value item; source->next(context, item);) {
    charge_steps(1);
    Value key = path.of(context, item);
    if (!case_sensitive) key = without_case(key);
    if (best && !(kLargest ? less(best_key, key) : less(key, best_key))) continue;
    best = item;
    best_key = std::move(key);
  }
  return best ? *std::move(best) : no_item(context, "no aggregated item, sequence was empty");
}

Value sum(CallContext& context, const Args& args) {
  check_arguments("sum", args, 1, {"iterable", "attribute", "start"});
  const Value* attribute = argument(args, 1, "attribute");
  const AttributePath path = attribute == nullptr || attribute->is_none() ? AttributePath() : AttributePath(*attribute);
  const Value* start = argument(args, 2, "start");
  Value total = start == nullptr ? Value(0) : *start;
  if (total.is_string()) type_error("sum cannot add strings: use join");
  const Ref<Iterator> source = iterate(context, args[0]);
  for (Value item; source->next(context, item);) {
    charge_steps(1);
    total = arithmetic(Operator::kAdd, total, path.of(context, item));
  }
  return total;
}

Value random(CallContext& context, const Args& args) {
  check_arguments("random", args, 1, {"seq"});
  const Value& v = args[0];
  const auto size = length(v);
  if (!size) type_error(fmt::format("object of type '{}' has no length", type_name(v)));
  if (*size == 0) return no_item(context, "no random item, sequence was empty");
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return get_item(context, v, Value(std::uniform_int_distribution<int64_t>(0, *size - 1)(generator)));
}

Value generated(std::vector<Value> items) { return make_ref<Generator>(iterate_values(std::move(items))); }

Value slice(CallContext& context, const Args& args) {
  check_arguments("slice", args, 2, {"value", "slices", "fill_with"});
  const std::vector<Value> items = to_vector(context, args[0]);
  const int64_t slices = integer(args, 1, "slices", 1);
  if (slices == 0) value_error("integer division or modulo by zero");
  const Value* fill = argument(args, 2, "fill_with");
  if (slices > 0) check_items(static_cast<uint64_t>(slices));
  std::vector<Value> out;
  const auto size = static_cast<int64_t>(items.size());
  for (int64_t i = 0, begin = 0; i < slices; ++i) {
    const bool extra = i < size % slices;
    const int64_t end = begin + size / slices + (extra ? 1 : 0);
    std::vector<Value> part(items.begin() + begin, items.begin() + end);
    if (fill != nullptr && !fill->is_none() && !extra) part.push_back(*fill);
    out.push_back(Value::list(std::move(part)));
    begin = end;
  }
  return generated(std::move(out));
}

Value batch(CallContext& context, const Args& args) {
  check_arguments("batch", args, 2, {"value", "linecount", "fill_with"});
  const int64_t count = integer(args, 1, "linecount", 1);
  const Value* fill = argument(args, 2, "fill_with");
  std::vector<Value> out;
  std::vector<Value> part;
  for (Value& item : to_vector(context, args[0])) {
    if (static_cast<int64_t>(part.size()) == count) {
      out.push_back(Value::list(std::exchange(part, {})));
    }
    part.push_back(std::move(item));
  }
  if (!part.empty()) {
    if (fill != nullptr && !fill->is_none() && static_cast<int64_t>(part.size()) < count) {
      check_items(static_cast<uint64_t>(count));
      part.resize(static_cast<size_t>(count), *fill);
    }
    out.push_back(Value::list(std::move(part)));
  }
  return generated(std::move(out));
}

Value items(CallContext& context, const Args& args) {
  check_arguments("items", args, 1, {"value"});
  const Value& v = args[0];
  if (v.is_undefined()) return generated({});
  if (!v.is_dict() && !(v.is_object() && v.as_object().is_mapping())) type_error("item pairs can be got from a mapping only");
  return make_ref<Generator>(iterate(context, call_method(context, v, "items", {})));
}

// One group of groupby: a pair whose parts have names.
class Group : public Object {
 public:
  Group(Value grouper, Value list) : pair_(Value::tuple({std::move(grouper), std::move(list)})) {}
  std::string_view type_name() const override { return "_GroupTuple"; }
  std::optional<Value> get_attribute(CallContext&, std::string_view name) override {
    if (name == "grouper") return pair_.as_tuple().items[0];
    if (name == "list") return pair_.as_tuple().items[1];
    return std::nullopt;
  }
  std::optional<Value> get_item(CallContext& context, const Value& key) override {
    if (!key.is_int()) return std::nullopt;
    return jinja::get_item(context, pair_, key);
  }
  Ref<Iterator> iterate(CallContext& context) override { return jinja::iterate(context, pair_); }
  std::optional<int64_t> length() const override { return 2; }
  bool is_sequence() const override { return true; }
  std::string repr() const override { return to_repr(pair_); }
  bool equals(const Value& other) const override {
    const auto* group = other.object_as<Group>();
    return equal(pair_, group != nullptr ? group->pair_ : other);
  }
  bool holds(const void* container) const override { return value_holds(pair_, container); }

 private:
  Value pair_;
};

Value groupby(CallContext& context, const Args& args) {
  check_arguments("groupby", args, 2, {"value", "attribute", "default", "case_sensitive"});
  const AttributePath path(*argument(args, 1, "attribute"));
  const Value* fallback = argument(args, 2, "default");
  if (fallback != nullptr && fallback->is_none()) fallback = nullptr;
  const bool case_sensitive = flag(args, 3, "case_sensitive", false);
  const auto key_of = [&](const Value& item) {
    Value key = path.of(context, item, fallback);
    return case_sensitive ? key : without_case(key);
  };
  std::vector<Value> members = to_vector(context, args[0]);
  std::vector<Value> keys;
  for (const Value& item : members) keys.push_back(key_of(item));
  members = sorted(std::move(members), std::move(keys), false);
  std::vector<Value> groups;
  for (size_t begin = 0; begin < members.size();) {
    const Value key = key_of(members[begin]);
    size_t end = begin + 1;
    while (end < members.size() && equal(key_of(members[end]), key)) ++end;
    // The name is that of the first item, in its own case.
    groups.push_back(make_ref<Group>(path.of(context, members[begin], fallback),
                                     Value::list({members.begin() + static_cast<ptrdiff_t>(begin), members.begin() + static_cast<ptrdiff_t>(end)})));
    begin = end;
  }
  return Value::list(std::move(groups));
}

constexpr Builtin kFilters[] = {{"length", length_filter}, {"count", length_filter}, {"first", first},       {"last", last},
                                {"reverse", reverse},      {"list", list},           {"join", join},         {"sort", sort},
                                {"dictsort", dictsort},    {"min", extreme<false>},  {"max", extreme<true>}, {"sum", sum},
                                {"random", random},        {"slice", slice},         {"batch", batch},       {"items", items},
                                {"groupby", groupby}};

}  // namespace

std::span<const Builtin> sequence_filters() { return kFilters; }

AttributePath::AttributePath(const Value& attribute) {
  if (!attribute.is_string()) {
    parts_.push_back(attribute);
    return;
  }
  for (const std::string_view part : split_at(attribute.as_string(), ".", -1, false)) {
    const bool digits = !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    parts_.push_back(digits ? Value(parse_int(part, 10).value_or(0)) : Value(part));
  }
}

Value AttributePath::of(CallContext& context, const Value& item, const Value* fallback) const {
  Value v = item;
  for (const Value& part : parts_) {
    v = get_item(context, v, part);
    if (fallback != nullptr && v.is_undefined()) v = *fallback;
  }
  return v;
}

Value without_case(const Value& v) { return v.is_string() ? Value(lower(v.as_string())) : v; }

}  // namespace tidemark::jinja
