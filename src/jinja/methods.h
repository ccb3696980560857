// Python's methods of the built-in types, and what functions written in C++ need to read their arguments.
#pragma once
#include <initializer_list>
#include <string_view>
#include <vector>

#include "jinja/object.h"
#include "jinja/value.h"

namespace tidemark::jinja {

using Method = Value (*)(CallContext& context, const Value& self, const Args& args);

// The method of a built-in type; null where it has none of that name (always for objects of the host).
Method find_method(const Value& self, std::string_view name) noexcept;
Method find_text_method(std::string_view name) noexcept;
Method find_list_method(std::string_view name) noexcept;
Method find_tuple_method(std::string_view name) noexcept;
Method find_dict_method(std::string_view name) noexcept;
Method find_set_method(std::string_view name) noexcept;
Method find_number_method(const Value& self, std::string_view name) noexcept;
std::vector<std::string> method_names(const Value& self);
std::vector<std::string> text_method_names();
std::vector<std::string> list_method_names();
std::vector<std::string> dict_method_names();
std::vector<std::string> set_method_names();
// dict.update(from): a mapping or pairs.
void update_dict(CallContext& context, Dict& dict, const Value& from);

// One row of a table of methods, functions or filters: parameters are checked before `body` runs.
struct MethodRow {
  std::string_view name;
  Method method;
};

// Throws TM2004 unless the positional and keyword arguments together fit: at least `required` of the parameters are
// given, none twice, and no keyword is unknown. `names` are the parameters in order; an unnamed one is "".
void check_arguments(std::string_view function, const Args& args, size_t required, std::initializer_list<std::string_view> names);
// Argument `i`, by position or name; null where not given.
const Value* argument(const Args& args, size_t i, std::string_view name = {});
bool flag(const Args& args, size_t i, std::string_view name, bool fallback);           // by truth
int64_t integer(const Args& args, size_t i, std::string_view name, int64_t fallback);  // TM2003 unless an int
// As a slice bound of Python: negative counts from the end, clamped to 0 … size.
size_t clamp_index(int64_t index, size_t size) noexcept;

// Whether `value` is `container` (an identity) or holds it, however deep.
bool value_holds(const Value& value, const void* container);
// `value` as it may be stored in `container`. Throws TM2006 where it holds that: values that hold themselves are not supported.
Value storable(const void* container, const Value& value);

}  // namespace tidemark::jinja
