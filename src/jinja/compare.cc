// Equality, order, hashes and truth of values.
#include <functional>

#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/fail.h"
#include "jinja/numbers.h"
#include "jinja/object.h"
#include "jinja/operators.h"

namespace tidemark::jinja {

namespace {

void refuse_strict(const Value& v) {
  if (v.is_undefined() && v.as_undefined() != nullptr && v.as_undefined()->kind == UndefinedKind::kStrict) undefined_error(v);
}

bool equal_items(const std::vector<Value>& a, const std::vector<Value>& b) {
  if (a.size() != b.size()) return false;
  const NestingGuard guard;
  charge_steps(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    if (!(a[i].identity() != nullptr && a[i].identity() == b[i].identity()) && !equal(a[i], b[i])) return false;
  }
  return true;
}

bool equal_dicts(const Dict& a, const Dict& b) {
  if (a.size() != b.size()) return false;
  const NestingGuard guard;
  charge_steps(a.size());
  for (const Dict::Entry& entry : a.entries()) {
    if (!entry.live) continue;
    const Value* other = b.find(entry.key);
    if (other == nullptr || !equal(entry.value, *other)) return false;
  }
  return true;
}

bool subset(const Set& a, const Set& b) {
  charge_steps(a.items.size());
  for (const Dict::Entry& entry : a.items.entries()) {
    if (entry.live && b.items.find(entry.key) == nullptr) return false;
  }
  return true;
}

}  // namespace

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    bool unordered = false;
    return compare_numbers(a, b, unordered) == 0;
  }
  if (a.is_undefined() || b.is_undefined()) {
    refuse_strict(a);
    refuse_strict(b);
    return a.is_undefined() && b.is_undefined();
  }
  if (a.is_object()) return a.as_object().equals(b);
  if (b.is_object()) return b.as_object().equals(a);
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Value::Kind::kString:
      return a.as_string() == b.as_string();
    case Value::Kind::kList:
      return equal_items(a.as_list().items, b.as_list().items);
    case Value::Kind::kTuple:
      return equal_items(a.as_tuple().items, b.as_tuple().items);
    case Value::Kind::kDict:
      return equal_dicts(a.as_dict(), b.as_dict());
    case Value::Kind::kSet:
      return a.as_set().items.size() == b.as_set().items.size() && subset(a.as_set(), b.as_set());
    default:
      return true;  // none
  }
}

namespace {

bool holds(Operator op, int order) {
  switch (op) {
    case Operator::kLt:
      return order < 0;
    case Operator::kLe:
      return order <= 0;
    case Operator::kGt:
      return order > 0;
    default:
      return order >= 0;
  }
}

bool compare_items(Operator op, const std::vector<Value>& a, const std::vector<Value>& b) {
  const NestingGuard guard;
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    charge_steps(1);
    if (!equal(a[i], b[i])) return compare(op, a[i], b[i]);
  }
  return holds(op, a.size() < b.size() ? -1 : (a.size() > b.size() ? 1 : 0));
}

bool compare_sets(Operator op, const Set& a, const Set& b) {
  if (op == Operator::kGt || op == Operator::kGe) return compare_sets(op == Operator::kGt ? Operator::kLt : Operator::kLe, b, a);
  return subset(a, b) && (op == Operator::kLe || a.items.size() < b.items.size());
}

std::optional<bool> ask_objects(Operator op, const Value& a, const Value& b) {
  const bool swapped = op == Operator::kGt || op == Operator::kLe;
  const Value& left = swapped ? b : a;  // a > b is b < a; a <= b is not b < a; a >= b is not a < b
  const Value& right = swapped ? a : b;
  std::optional<bool> is_less;
  if (left.is_object()) is_less = left.as_object().less(right);
  if (!is_less) return std::nullopt;
  return op == Operator::kLt || op == Operator::kGt ? *is_less : !*is_less;
}

}  // namespace

bool compare(Operator op, const Value& a, const Value& b) {
  if (op == Operator::kEq) return equal(a, b);
  if (op == Operator::kNe) return !equal(a, b);
  if (a.is_number() && b.is_number()) {
    bool unordered = false;
    const int order = compare_numbers(a, b, unordered);
    return !unordered && holds(op, order);
  }
  if (a.is_undefined()) undefined_error(a);
  if (b.is_undefined()) undefined_error(b);
  if (a.is_string() && b.is_string()) return holds(op, a.as_string().compare(b.as_string()));
  if (a.is_list() && b.is_list()) return compare_items(op, a.as_list().items, b.as_list().items);
  if (a.is_tuple() && b.is_tuple()) return compare_items(op, a.as_tuple().items, b.as_tuple().items);
  if (a.is_set() && b.is_set()) return compare_sets(op, a.as_set(), b.as_set());
  if (const auto answer = ask_objects(op, a, b)) return *answer;
  type_error(fmt::format("'{}' not supported between '{}' and '{}'", spelling(op), type_name(a), type_name(b)));
}

bool less(const Value& a, const Value& b) { return compare(Operator::kLt, a, b); }

uint64_t hash(const Value& v) {
  switch (v.kind()) {
    case Value::Kind::kBool:
    case Value::Kind::kInt:
    case Value::Kind::kFloat:
      return hash_number(v);
    case Value::Kind::kString:
      return std::hash<std::string_view>{}(v.as_string());
    case Value::Kind::kNone:
      return 0x6E6F6E65;
    case Value::Kind::kUndefined:
      refuse_strict(v);
      return 0x756E6465;
    case Value::Kind::kTuple: {
      const NestingGuard guard;
      uint64_t combined = 0x345678;
      for (const Value& item : v.as_tuple().items) combined = (combined ^ hash(item)) * 0x100000001B3ULL;
      return combined;
    }
    case Value::Kind::kObject:
      if (const auto own = v.as_object().hash()) return *own;
      break;
    default:
      break;
  }
  type_error(fmt::format("unhashable type: '{}'", type_name(v)));
}

bool truthy(const Value& v) {
  switch (v.kind()) {
    case Value::Kind::kUndefined:
      refuse_strict(v);
      return false;
    case Value::Kind::kNone:
      return false;
    case Value::Kind::kBool:
      return v.as_bool();
    case Value::Kind::kInt:
      return v.as_int() != 0;
    case Value::Kind::kFloat:
      return v.as_float() != 0;
    case Value::Kind::kString:
      return !v.as_string().empty();
    case Value::Kind::kList:
      return !v.as_list().items.empty();
    case Value::Kind::kTuple:
      return !v.as_tuple().items.empty();
    case Value::Kind::kDict:
      return v.as_dict().size() != 0;
    case Value::Kind::kSet:
      return v.as_set().items.size() != 0;
    case Value::Kind::kObject:
      return v.as_object().truthy();
  }
  return false;
}

}  // namespace tidemark::jinja
