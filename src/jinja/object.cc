#include "jinja/object.h"

#include <algorithm>

#include <fmt/format.h>

#include "jinja/fail.h"

namespace tidemark::jinja {

const Value* Args::keyword(std::string_view name) const {
  for (const Keyword& keyword : keywords) {
    if (keyword.name == name) return &keyword.value;
  }
  return nullptr;
}

std::optional<Value> Object::get_attribute(CallContext&, std::string_view) { return std::nullopt; }
std::optional<Value> Object::get_item(CallContext&, const Value&) { return std::nullopt; }
bool Object::set_attribute(CallContext&, std::string_view, const Value&) { return false; }
Value Object::call(CallContext&, const Args&) { type_error(fmt::format("'{}' object is not callable", type_name())); }

Value Object::call_method(CallContext& context, std::string_view name, const Args& args) {
  Ref<Object> self(this);
  return jinja::call(context, jinja::get_attribute(context, Value(std::move(self)), name), args.positional, args.keywords);
}

Ref<Iterator> Object::iterate(CallContext&) { return nullptr; }

bool Object::truthy() const {
  const auto size = length();
  return !size || *size != 0;
}

std::optional<bool> Object::contains(CallContext&, const Value&) { return std::nullopt; }
std::string Object::repr() const { return fmt::format("<{}>", type_name()); }
std::optional<uint64_t> Object::hash() const { return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(this)) / 16; }
std::optional<bool> Object::less(const Value&) const { return std::nullopt; }
std::optional<Value> Object::operate(std::string_view, const Value&, bool) const { return std::nullopt; }

namespace {

class Function : public Object {
 public:
  Function(std::string name, RawFunction body) : name_(std::move(name)), body_(std::move(body)) {}
  std::string_view type_name() const override { return "function"; }
  bool callable() const override { return true; }
  Value call(CallContext& context, const Args& args) override { return body_(context, args); }
  std::string repr() const override { return fmt::format("<function {}>", name_); }

 private:
  std::string name_;
  RawFunction body_;
};

}  // namespace

Value make_function(std::string name, RawFunction function) { return make_ref<Function>(std::move(name), std::move(function)); }

Value make_function(std::string name, std::string_view signature, BoundFunction function) {
  return make_ref<Function>(name, [name, bound_by = Signature(signature), body = std::move(function)](CallContext& context, const Args& args) {
    return body(context, bound_by.bind(name, args));
  });
}

}  // namespace tidemark::jinja
