// Methods of list, tuple and dict.
#include <algorithm>

#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/builtin_objects.h"
#include "jinja/fail.h"
#include "jinja/methods.h"
#include "jinja/sorting.h"

namespace tidemark::jinja {

namespace {

Value append(CallContext&, const Value& self, const Args& args) {
  check_arguments("append", args, 1, {""});
  List& list = self.as_list();
  check_growth(list.items.size());
  list.items.push_back(storable(&list, args[0]));
  return nullptr;
}

Value clear_list(CallContext&, const Value& self, const Args& args) {
  check_arguments("clear", args, 0, {});
  const std::vector<Value> dropped = std::move(self.as_list().items);
  self.as_list().items.clear();
  return nullptr;
}

Value copy_list(CallContext&, const Value& self, const Args& args) {
  check_arguments("copy", args, 0, {});
  check_items(self.as_list().items.size());
  return Value::list(self.as_list().items);
}

Value count_item(const std::vector<Value>& items, const Args& args) {
  check_arguments("count", args, 1, {""});
  charge_steps(items.size());
  return static_cast<int64_t>(std::count_if(items.begin(), items.end(), [&](const Value& item) { return equal(item, args[0]); }));
}

Value index_of(const std::vector<Value>& items, const Args& args, std::string_view type) {
  check_arguments("index", args, 1, {"", "", ""});
  charge_steps(items.size());
  const size_t begin = args.size() > 1 ? clamp_index(args[1].expect_int("the start"), items.size()) : 0;
  const size_t end = args.size() > 2 ? clamp_index(args[2].expect_int("the end"), items.size()) : items.size();
  for (size_t i = begin; i < end; ++i) {
    if (equal(items[i], args[0])) return i;
  }
  value_error(fmt::format("{} is not in the {}", to_repr(args[0]), type));
}

Value count_list(CallContext&, const Value& self, const Args& args) { return count_item(self.as_list().items, args); }
Value index_list(CallContext&, const Value& self, const Args& args) { return index_of(self.as_list().items, args, "list"); }
Value count_tuple(CallContext&, const Value& self, const Args& args) { return count_item(self.as_tuple().items, args); }
Value index_tuple(CallContext&, const Value& self, const Args& args) { return index_of(self.as_tuple().items, args, "tuple"); }

Value extend(CallContext& context, const Value& self, const Args& args) {
  check_arguments("extend", args, 1, {""});
  std::vector<Value> added = to_vector(context, args[0]);
  std::vector<Value>& items = self.as_list().items;
  for (Value& item : added) item = storable(&self.as_list(), item);
  check_items(items.size() + added.size());
  items.insert(items.end(), added.begin(), added.end());
  return nullptr;
}

Value insert(CallContext&, const Value& self, const Args& args) {
  check_arguments("insert", args, 2, {"", ""});
  std::vector<Value>& items = self.as_list().items;
  charge_steps(items.size() / 16);
  items.insert(items.begin() + static_cast<ptrdiff_t>(clamp_index(args[0].expect_int("the position"), items.size())), storable(&self.as_list(), args[1]));
  return nullptr;
}

Value pop_list(CallContext&, const Value& self, const Args& args) {
  check_arguments("pop", args, 0, {""});
  std::vector<Value>& items = self.as_list().items;
  if (items.empty()) value_error("pop from empty list");
  int64_t at = args.size() > 0 ? args[0].expect_int("the position") : -1;
  if (at < 0) at += static_cast<int64_t>(items.size());
  if (at < 0 || at >= static_cast<int64_t>(items.size())) value_error("pop index out of range");
  charge_steps((items.size() - static_cast<size_t>(at)) / 16);
  Value taken = items[static_cast<size_t>(at)];
  items.erase(items.begin() + at);
  return taken;
}

Value remove_item(CallContext&, const Value& self, const Args& args) {
  check_arguments("remove", args, 1, {""});
  std::vector<Value>& items = self.as_list().items;
  charge_steps(items.size());
  const auto found = std::find_if(items.begin(), items.end(), [&](const Value& item) { return equal(item, args[0]); });
  if (found == items.end()) value_error(fmt::format("{} is not in the list", to_repr(args[0])));
  const Value dropped = *found;
  items.erase(found);
  return nullptr;
}

Value reverse(CallContext&, const Value& self, const Args& args) {
  check_arguments("reverse", args, 0, {});
  charge_steps(self.as_list().items.size() / 4);
  std::reverse(self.as_list().items.begin(), self.as_list().items.end());
  return nullptr;
}

Value sort_list(CallContext& context, const Value& self, const Args& args) {
  if (args.size() > 0) argument_error("sort() takes no positional arguments");
  check_arguments("sort", args, 0, {"key", "reverse"});
  const Value* key = args.keyword("key");
  std::vector<Value> items = self.as_list().items;
  std::vector<Value> keys;
  if (key != nullptr && !key->is_none()) {
    for (const Value& item : items) keys.push_back(call(context, *key, {&item, 1}));
  }
  const Value* backwards = args.keyword("reverse");
  self.as_list().items = sorted(std::move(items), std::move(keys), backwards != nullptr && truthy(*backwards));
  return nullptr;
}

Value clear_dict(CallContext&, const Value& self, const Args& args) {
  check_arguments("clear", args, 0, {});
  self.as_dict().clear();
  return nullptr;
}

Value copy_dict(CallContext&, const Value& self, const Args& args) {
  check_arguments("copy", args, 0, {});
  Ref<Dict> copy = make_ref<Dict>();
  check_items(self.as_dict().size());
  for (const Dict::Entry& entry : self.as_dict().entries()) {
    if (entry.live) copy->set(entry.key, entry.value);
  }
  return {std::move(copy)};
}

Value get(CallContext&, const Value& self, const Args& args) {
  check_arguments("get", args, 1, {"", ""});
  const Value* found = self.as_dict().find(args[0]);
  if (found != nullptr) return *found;
  return args.size() > 1 ? args[1] : Value(nullptr);
}

template <DictView::Part kPart>
Value view(CallContext&, const Value& self, const Args& args) {
  check_arguments("items", args, 0, {});
  return make_ref<DictView>(Ref<Dict>(&self.as_dict()), kPart);
}

Value pop_dict(CallContext&, const Value& self, const Args& args) {
  check_arguments("pop", args, 1, {"", ""});
  Dict& dict = self.as_dict();
  if (const Value* found = dict.find(args[0]); found != nullptr) {
    Value taken = *found;
    dict.erase(args[0]);
    return taken;
  }
  if (args.size() < 2) value_error(fmt::format("the dict has no key {}", to_repr(args[0])));
  return args[1];
}

Value popitem(CallContext&, const Value& self, const Args& args) {
  check_arguments("popitem", args, 0, {});
  Dict& dict = self.as_dict();
  std::vector<Dict::Entry>& entries = dict.entries();
  size_t last = entries.size();
  while (last > 0 && !entries[last - 1].live) --last;
  if (last == 0) value_error("popitem(): dictionary is empty");
  Value pair = Value::tuple({entries[last - 1].key, entries[last - 1].value});
  dict.erase(pair.as_tuple().items[0]);
  return pair;
}

Value setdefault(CallContext&, const Value& self, const Args& args) {
  check_arguments("setdefault", args, 1, {"", ""});
  Dict& dict = self.as_dict();
  if (const Value* found = dict.find(args[0]); found != nullptr) return *found;
  Value value = args.size() > 1 ? storable(&dict, args[1]) : Value(nullptr);
  dict.set(args[0], value);
  return value;
}

Value update(CallContext& context, const Value& self, const Args& args) {
  if (args.size() > 1) argument_error(fmt::format("update() takes at most 1 argument, got {}", args.size()));
  if (args.size() == 1) update_dict(context, self.as_dict(), args[0]);
  for (const Keyword& keyword : args.keywords) {
    self.as_dict().set(keyword.name, storable(&self.as_dict(), keyword.value));
  }
  return nullptr;
}

constexpr MethodRow kListMethods[] = {{"append", append},      {"clear", clear_list}, {"copy", copy_list}, {"count", count_list},
                                      {"extend", extend},      {"index", index_list}, {"insert", insert},  {"pop", pop_list},
                                      {"remove", remove_item}, {"reverse", reverse},  {"sort", sort_list}};
constexpr MethodRow kTupleMethods[] = {{"count", count_tuple}, {"index", index_tuple}};
constexpr MethodRow kDictMethods[] = {{"clear", clear_dict},
                                      {"copy", copy_dict},
                                      {"get", get},
                                      {"items", view<DictView::Part::kItems>},
                                      {"keys", view<DictView::Part::kKeys>},
                                      {"pop", pop_dict},
                                      {"popitem", popitem},
                                      {"setdefault", setdefault},
                                      {"update", update},
                                      {"values", view<DictView::Part::kValues>}};

template <size_t kSize>
Method find_row(const MethodRow (&rows)[kSize], std::string_view name) noexcept {
  for (const MethodRow& row : rows) {
    if (row.name == name) return row.method;
  }
  return nullptr;
}

template <size_t kSize>
std::vector<std::string> row_names(const MethodRow (&rows)[kSize]) {
  std::vector<std::string> names;
  for (const MethodRow& row : rows) names.emplace_back(row.name);
  return names;
}

}  // namespace

void update_dict(CallContext& context, Dict& dict, const Value& from) {
  const auto put = [&](const Value& key, const Value& value) { dict.set(key, storable(&dict, value)); };
  if (from.is_dict()) {
    check_items(dict.size() + from.as_dict().size());
    const Ref<Dict> source(&from.as_dict());
    for (size_t i = 0; i < source->entries().size(); ++i) {
      const Dict::Entry entry = source->entries()[i];
      if (entry.live) put(entry.key, entry.value);
    }
    return;
  }
  if (from.is_object() && from.as_object().is_mapping()) {
    for (const Value& key : to_vector(context, from)) put(key, get_item(context, from, key));
    return;
  }
  if (from.is_number() || from.is_none()) type_error(fmt::format("'{}' object is not iterable", type_name(from)));
  for (const Value& pair : to_vector(context, from)) {
    const std::vector<Value> both = to_vector(context, pair);
    if (both.size() != 2) value_error(fmt::format("a pair of key and value is needed, got {} items", both.size()));
    put(both[0], both[1]);
  }
}

Method find_list_method(std::string_view name) noexcept { return find_row(kListMethods, name); }
Method find_tuple_method(std::string_view name) noexcept { return find_row(kTupleMethods, name); }
Method find_dict_method(std::string_view name) noexcept { return find_row(kDictMethods, name); }

std::vector<std::string> list_method_names() { return row_names(kListMethods); }
std::vector<std::string> dict_method_names() { return row_names(kDictMethods); }

}  // namespace tidemark::jinja
