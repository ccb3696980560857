// Methods of set.
#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/fail.h"
#include "jinja/methods.h"

namespace tidemark::jinja {

namespace {

Ref<Set> as_set(CallContext& context, const Value& v) {
  if (v.is_set()) return Ref<Set>(&v.as_set());
  Ref<Set> made = make_ref<Set>();
  for (const Value& item : to_vector(context, v)) made->items.set(item, nullptr);
  return made;
}

Ref<Set> copy_of(const Set& set) {
  check_items(set.items.size());
  Ref<Set> made = make_ref<Set>();
  for (const Dict::Entry& entry : set.items.entries()) {
    if (entry.live) made->items.set(entry.key, nullptr);
  }
  return made;
}

template <class Keep>
Ref<Set> filtered(const Set& set, const Keep& keep) {
  Ref<Set> made = make_ref<Set>();
  charge_steps(set.items.size());
  for (const Dict::Entry& entry : set.items.entries()) {
    if (entry.live && keep(entry.key)) made->items.set(entry.key, nullptr);
  }
  return made;
}

void add_all(Set& into, const Set& from) {
  for (const Dict::Entry& entry : from.items.entries()) {
    if (entry.live) into.items.set(entry.key, nullptr);
  }
}

Value add(CallContext&, const Value& self, const Args& args) {
  check_arguments("add", args, 1, {""});
  self.as_set().items.set(args[0], nullptr);
  return nullptr;
}

Value clear(CallContext&, const Value& self, const Args& args) {
  check_arguments("clear", args, 0, {});
  self.as_set().items.clear();
  return nullptr;
}

Value copy(CallContext&, const Value& self, const Args& args) {
  check_arguments("copy", args, 0, {});
  return copy_of(self.as_set());
}

Value discard(CallContext&, const Value& self, const Args& args) {
  check_arguments("discard", args, 1, {""});
  self.as_set().items.erase(args[0]);
  return nullptr;
}

Value remove(CallContext&, const Value& self, const Args& args) {
  check_arguments("remove", args, 1, {""});
  if (!self.as_set().items.erase(args[0])) value_error(fmt::format("{} is not in the set", to_repr(args[0])));
  return nullptr;
}

Value pop(CallContext&, const Value& self, const Args& args) {
  check_arguments("pop", args, 0, {});
  Dict& items = self.as_set().items;
  for (const Dict::Entry& entry : items.entries()) {
    if (!entry.live) continue;
    Value taken = entry.key;
    items.erase(taken);
    return taken;
  }
  value_error("pop from an empty set");
}

Ref<Set> united(CallContext& context, const Set& self, const Args& args) {
  Ref<Set> made = copy_of(self);
  for (const Value& other : args.positional) add_all(*made, *as_set(context, other));
  return made;
}

Ref<Set> intersected(CallContext& context, const Set& self, const Args& args) {
  Ref<Set> made = copy_of(self);
  for (const Value& other : args.positional) {
    const Ref<Set> kept = as_set(context, other);
    made = filtered(*made, [&](const Value& item) { return kept->items.find(item) != nullptr; });
  }
  return made;
}

Ref<Set> subtracted(CallContext& context, const Set& self, const Args& args) {
  Ref<Set> made = copy_of(self);
  for (const Value& other : args.positional) {
    const Ref<Set> dropped = as_set(context, other);
    made = filtered(*made, [&](const Value& item) { return dropped->items.find(item) == nullptr; });
  }
  return made;
}

Ref<Set> symmetric(CallContext& context, const Set& self, const Args& args) {
  check_arguments("symmetric_difference", args, 1, {""});
  const Ref<Set> other = as_set(context, args[0]);
  Ref<Set> made = filtered(self, [&](const Value& item) { return other->items.find(item) == nullptr; });
  add_all(*made, *filtered(*other, [&](const Value& item) { return self.items.find(item) == nullptr; }));
  return made;
}

using Combine = Ref<Set> (*)(CallContext&, const Set&, const Args&);

template <Combine kCombine>
Value combined(CallContext& context, const Value& self, const Args& args) {
  return kCombine(context, self.as_set(), args);
}

template <Combine kCombine>
Value combined_in_place(CallContext& context, const Value& self, const Args& args) {
  const Ref<Set> made = kCombine(context, self.as_set(), args);
  self.as_set().items.clear();
  add_all(self.as_set(), *made);
  return nullptr;
}

bool within(const Set& a, const Set& b) {
  charge_steps(a.items.size());
  for (const Dict::Entry& entry : a.items.entries()) {
    if (entry.live && b.items.find(entry.key) == nullptr) return false;
  }
  return true;
}

Value issubset(CallContext& context, const Value& self, const Args& args) {
  check_arguments("issubset", args, 1, {""});
  return within(self.as_set(), *as_set(context, args[0]));
}

Value issuperset(CallContext& context, const Value& self, const Args& args) {
  check_arguments("issuperset", args, 1, {""});
  return within(*as_set(context, args[0]), self.as_set());
}

Value isdisjoint(CallContext& context, const Value& self, const Args& args) {
  check_arguments("isdisjoint", args, 1, {""});
  return intersected(context, self.as_set(), args)->items.size() == 0;
}

constexpr MethodRow kMethods[] = {{"add", add},
                                  {"clear", clear},
                                  {"copy", copy},
                                  {"difference", combined<subtracted>},
                                  {"difference_update", combined_in_place<subtracted>},
                                  {"discard", discard},
                                  {"intersection", combined<intersected>},
                                  {"intersection_update", combined_in_place<intersected>},
                                  {"isdisjoint", isdisjoint},
                                  {"issubset", issubset},
                                  {"issuperset", issuperset},
                                  {"pop", pop},
                                  {"remove", remove},
                                  {"symmetric_difference", combined<symmetric>},
                                  {"symmetric_difference_update", combined_in_place<symmetric>},
                                  {"union", combined<united>},
                                  {"update", combined_in_place<united>}};

}  // namespace

Method find_set_method(std::string_view name) noexcept {
  for (const MethodRow& row : kMethods) {
    if (row.name == name) return row.method;
  }
  return nullptr;
}

std::vector<std::string> set_method_names() {
  std::vector<std::string> names;
  for (const MethodRow& row : kMethods) names.emplace_back(row.name);
  return names;
}

}  // namespace tidemark::jinja
