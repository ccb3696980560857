// The filters, tests and globals that every environment has.
#pragma once
#include <span>
#include <string_view>

#include "jinja/environment.h"

namespace tidemark::jinja {

struct Builtin {
  std::string_view name;
  Value (*function)(CallContext& context, const Args& args);
};

std::span<const Builtin> text_filters();
std::span<const Builtin> number_filters();
std::span<const Builtin> sequence_filters();
std::span<const Builtin> selection_filters();
std::span<const Builtin> html_filters();
std::span<const Builtin> builtin_tests();
void add_builtin_globals(Environment& environment);

// The value that "a.b.0" (or an index) leads to from `item`, as jinja2's attribute arguments.
class AttributePath {
 public:
  AttributePath() = default;
  explicit AttributePath(const Value& attribute);
  Value of(CallContext& context, const Value& item, const Value* fallback = nullptr) const;

 private:
  std::vector<Value> parts_;
};

// Strings lowered, where a comparison ignores case; other values as they are.
Value without_case(const Value& v);

}  // namespace tidemark::jinja
