#include "jinja/methods.h"

#include <algorithm>

#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/builtin_objects.h"
#include "jinja/fail.h"
#include "jinja/numbers.h"

namespace tidemark::jinja {

void check_arguments(std::string_view function, const Args& args, size_t required, std::initializer_list<std::string_view> names) {
  if (args.size() > names.size()) {
    argument_error(fmt::format("{}() takes at most {} argument{}, got {}", function, names.size(), names.size() == 1 ? "" : "s", args.size()));
  }
  for (const Keyword& keyword : args.keywords) {
    const auto* found = std::find(names.begin(), names.end(), keyword.name);
    if (found == names.end() || keyword.name.empty()) argument_error(fmt::format("{}() takes no keyword argument '{}'", function, keyword.name));
    if (static_cast<size_t>(found - names.begin()) < args.size()) {
      argument_error(fmt::format("{}() got two values for argument '{}'", function, keyword.name));
    }
  }
  for (size_t i = args.size(); i < required; ++i) {
    const std::string_view name = names.begin()[i];
    if (name.empty() || args.keyword(name) == nullptr) {
      if (name.empty()) argument_error(fmt::format("{}() takes at least {} argument{}, got {}", function, required, required == 1 ? "" : "s", args.size()));
      argument_error(fmt::format("{}() misses argument '{}'", function, name));
    }
  }
}

const Value* argument(const Args& args, size_t i, std::string_view name) {
  if (i < args.size()) return &args[i];
  return name.empty() ? nullptr : args.keyword(name);
}

bool flag(const Args& args, size_t i, std::string_view name, bool fallback) {
  const Value* v = argument(args, i, name);
  return v == nullptr ? fallback : truthy(*v);
}

int64_t integer(const Args& args, size_t i, std::string_view name, int64_t fallback) {
  const Value* v = argument(args, i, name);
  return v == nullptr ? fallback : v->expect_int(name.empty() ? "an argument" : name);
}

size_t clamp_index(int64_t index, size_t size) noexcept {
  const auto bound = static_cast<int64_t>(size);
  if (index < 0) index += bound;
  return static_cast<size_t>(std::clamp<int64_t>(index, 0, bound));
}

bool value_holds(const Value& value, const void* container) {
  if (value.identity() == container && container != nullptr) return true;
  const auto any = [&](const std::vector<Value>& items) {
    const NestingGuard guard;
    charge_steps(items.size());
    return std::any_of(items.begin(), items.end(), [&](const Value& item) { return value_holds(item, container); });
  };
  switch (value.kind()) {
    case Value::Kind::kList:
      return any(value.as_list().items);
    case Value::Kind::kTuple:
      return any(value.as_tuple().items);
    case Value::Kind::kDict: {
      const NestingGuard guard;
      const std::vector<Dict::Entry>& entries = value.as_dict().entries();
      charge_steps(entries.size());
      return std::any_of(entries.begin(), entries.end(),
                         [&](const Dict::Entry& entry) { return entry.live && (value_holds(entry.key, container) || value_holds(entry.value, container)); });
    }
    case Value::Kind::kObject: {
      const NestingGuard guard;
      return value.as_object().holds(container);
    }
    case Value::Kind::kUndefined: {
      const auto* member = dynamic_cast<const MissingMember*>(value.as_undefined());
      return member != nullptr && value_holds(member->owner, container);
    }
    default:
      return false;
  }
}

Value storable(const void* container, const Value& value) {
  if (value.is_undefined() && value.as_undefined() != nullptr) {  // without its owner, which may be the container
    const Undefined& u = *value.as_undefined();
    return Value::undefined(u.name, u.hint, u.kind);
  }
  if (value.kind() >= Value::Kind::kList && value_holds(value, container)) value_error("a collection cannot hold itself");
  return value;
}

Method find_method(const Value& self, std::string_view name) noexcept {
  switch (self.kind()) {
    case Value::Kind::kString:
      return find_text_method(name);
    case Value::Kind::kList:
      return find_list_method(name);
    case Value::Kind::kTuple:
      return find_tuple_method(name);
    case Value::Kind::kDict:
      return find_dict_method(name);
    case Value::Kind::kSet:
      return find_set_method(name);
    case Value::Kind::kBool:
    case Value::Kind::kInt:
    case Value::Kind::kFloat:
      return find_number_method(self, name);
    default:
      return nullptr;
  }
}

std::vector<std::string> method_names(const Value& self) {
  switch (self.kind()) {
    case Value::Kind::kString:
      return text_method_names();
    case Value::Kind::kList:
      return list_method_names();
    case Value::Kind::kTuple:
      return {"count", "index"};
    case Value::Kind::kDict:
      return dict_method_names();
    case Value::Kind::kSet:
      return set_method_names();
    default:
      return {};
  }
}

namespace {

Value bit_length(CallContext&, const Value& self, const Args& args) {
  check_arguments("bit_length", args, 0, {});
  const int64_t i = number_as_int(self);
  uint64_t magnitude = i < 0 ? 0 - static_cast<uint64_t>(i) : static_cast<uint64_t>(i);
  int bits = 0;
  for (; magnitude != 0; magnitude >>= 1U) ++bits;
  return bits;
}

Value is_integer(CallContext&, const Value& self, const Args& args) {
  check_arguments("is_integer", args, 0, {});
  const double d = self.as_float();
  return d - d == 0 && static_cast<double>(static_cast<long double>(d)) == d && __builtin_trunc(d) == d;
}

}  // namespace

Method find_number_method(const Value& self, std::string_view name) noexcept {
  if (self.is_float()) return name == "is_integer" ? is_integer : nullptr;
  return name == "bit_length" ? bit_length : nullptr;
}

}  // namespace tidemark::jinja
