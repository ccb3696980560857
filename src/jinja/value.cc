#include "jinja/value.h"

#include <vector>

#include <fmt/format.h>

#include "jinja/fail.h"
#include "jinja/object.h"

namespace tidemark::jinja {

namespace {

// Objects whose count fell to zero while another one is being destroyed, to be destroyed after it.
struct Graveyard {
  bool busy = false;
  int depth = 0;
  std::vector<const RefCounted*> waiting;
};
thread_local Graveyard graveyard;
constexpr int kMaxNestedDestructors = 50;

}  // namespace

void RefCounted::destroy(const RefCounted* object) noexcept {
  Graveyard& yard = graveyard;
  if (yard.depth >= kMaxNestedDestructors) {
    yard.waiting.push_back(object);
    return;
  }
  ++yard.depth;
  delete object;
  --yard.depth;
  if (yard.depth > 0 || yard.busy) return;
  yard.busy = true;
  while (!yard.waiting.empty()) {
    const RefCounted* next = yard.waiting.back();
    yard.waiting.pop_back();
    ++yard.depth;
    delete next;
    --yard.depth;
  }
  yard.busy = false;
}

Value Value::list(std::vector<Value> items) { return {make_ref<List>(std::move(items))}; }
Value Value::tuple(std::vector<Value> items) { return {make_ref<Tuple>(std::move(items))}; }
Value Value::dict() { return {make_ref<Dict>()}; }

Value Value::dict(std::initializer_list<std::pair<std::string_view, Value>> items) {
  Ref<Dict> made = make_ref<Dict>();
  for (const auto& [key, value] : items) made->set(key, value);
  return {std::move(made)};
}

Value Value::strings(const std::vector<std::string>& items) {
  std::vector<Value> values;
  values.reserve(items.size());
  for (const std::string& item : items) values.emplace_back(item);
  return list(std::move(values));
}

namespace {

[[noreturn]] void wrong_type(std::string_view what, std::string_view wanted, const Value& got) {
  if (got.is_undefined()) undefined_error(got);
  type_error(fmt::format("{} must be {}, not '{}'", what, wanted, type_name(got)));
}

}  // namespace

const std::string& Value::expect_string(std::string_view what) const {
  if (!is_string()) wrong_type(what, "a string", *this);
  return as_string();
}

int64_t Value::expect_int(std::string_view what) const {
  if (is_bool()) return as_bool() ? 1 : 0;
  if (!is_int()) wrong_type(what, "an integer", *this);
  return as_int();
}

bool Value::expect_bool(std::string_view what) const {
  if (!is_bool()) wrong_type(what, "true or false", *this);
  return as_bool();
}

List& Value::expect_list(std::string_view what) const {
  if (!is_list()) wrong_type(what, "a list", *this);
  return as_list();
}

Dict& Value::expect_dict(std::string_view what) const {
  if (!is_dict()) wrong_type(what, "a dict", *this);
  return as_dict();
}

}  // namespace tidemark::jinja
