// Values that the host makes: objects with attributes, items and methods, and functions written in C++.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_span.h"
#include "jinja/value.h"

namespace tidemark::jinja {

class Environment;
class Render;
struct CallSite;

// The host's own tag on a template and on all macros that it defines (package, path, …): derive from it.
struct Origin {
  virtual ~Origin() = default;
};
using OriginPtr = std::shared_ptr<const Origin>;

struct Keyword {
  std::string_view name;  // alive during the call
  Value value;
};

// Arguments of one call, alive during the call.
struct Args {
  std::span<const Value> positional;
  std::span<const Keyword> keywords;

  size_t size() const { return positional.size(); }
  const Value& operator[](size_t i) const { return positional[i]; }
  const Value* keyword(std::string_view name) const;  // null where not given
};

// Who calls: the render in progress and the place of the call.
class CallContext {
 public:
  CallContext(Render& render, const CallSite* site) : render_(render), site_(site) {}
  Render& render() const { return render_; }
  SourceSpan span() const;       // of the whole call expression; without a source where C++ calls
  const Origin* origin() const;  // of the template that the call is written in; may be null
  const CallSite* site() const { return site_; }

 private:
  Render& render_;
  const CallSite* site_;
};

class Iterator : public RefCounted {
 public:
  virtual bool next(CallContext& context, Value& out) = 0;               // false at the end
  virtual bool holds(const void* /*container*/) const { return false; }  // as Object::holds
};

// An object of the host. Override what it has; all else is an error or undefined, as in Python.
class Object : public RefCounted {
 public:
  virtual std::string_view type_name() const = 0;
  // x.name; nullopt: no such attribute (then x['name'] is tried).
  virtual std::optional<Value> get_attribute(CallContext& context, std::string_view name);
  // x[key]; nullopt: no such item (then the attribute of that name is tried).
  virtual std::optional<Value> get_item(CallContext& context, const Value& key);
  // x.name = value, in `set`; false: not allowed. Only namespaces allow it by default.
  virtual bool set_attribute(CallContext& context, std::string_view name, const Value& value);
  virtual bool callable() const { return false; }
  virtual Value call(CallContext& context, const Args& args);
  // x.name(...): by default the attribute, called. Override to spare making a bound method.
  virtual Value call_method(CallContext& context, std::string_view name, const Args& args);
  virtual Ref<Iterator> iterate(CallContext& context);  // null: not iterable
  virtual std::optional<int64_t> length() const { return std::nullopt; }
  virtual bool truthy() const;                                                    // false where length() is 0
  virtual std::optional<bool> contains(CallContext& context, const Value& item);  // nullopt: search by iterating
  virtual std::string text() const { return repr(); }
  virtual std::string repr() const;  // "<type_name>"
  virtual bool equals(const Value& other) const { return other.identity() == this; }
  virtual std::optional<uint64_t> hash() const;                // of its identity; nullopt: not hashable
  virtual std::optional<bool> less(const Value& other) const;  // nullopt: no order with `other`
  // x + y and the like ("+", "-", "*", "/", "//", "%", "**"), also with the object on the right (`reflected`); nullopt: not supported.
  virtual std::optional<Value> operate(std::string_view op, const Value& other, bool reflected) const;
  virtual bool is_mapping() const { return false; }                        // what `is mapping` says; get_attribute has keys/items then
  virtual bool is_sequence() const { return false; }                       // what `is sequence` says
  virtual bool holds(const void* /*container*/) const { return false; }    // whether a value in it is `container`, or holds it
  virtual std::vector<std::string> attribute_names() const { return {}; }  // for "did you mean"
};

// Arguments bound to the parameters of a Signature, in their order.
class Bound {
 public:
  const Value& operator[](size_t i) const { return values[i]; }
  bool given(size_t i) const { return was_given[i]; }  // false: the default
  std::vector<Value> values;
  std::vector<bool> was_given;
  std::vector<Value> varargs;                         // where the signature ends in *args
  std::vector<std::pair<std::string, Value>> kwargs;  // where it ends in **kwargs
};

// Parameters as Python writes them: "name, default=none, *args, **kwargs"; defaults are literals.
// Binding throws TM2004 for missing, doubled, unknown and too many arguments, naming them.
class Signature {
 public:
  explicit Signature(std::string_view text);
  Bound bind(std::string_view function, const Args& args) const;
  std::vector<std::string> names() const;

 private:
  struct Parameter {
    std::string name;
    std::optional<Value> fallback;
  };
  std::vector<Parameter> parameters_;
  bool varargs_ = false;
  bool kwargs_ = false;
};

using RawFunction = std::function<Value(CallContext&, const Args&)>;
using BoundFunction = std::function<Value(CallContext&, const Bound&)>;

// A callable value from a C++ function that looks at its arguments itself.
Value make_function(std::string name, RawFunction function);
// The same with its arguments bound to `signature` first.
Value make_function(std::string name, std::string_view signature, BoundFunction function);

// The function behind dbt's return(x): ends the macro that it is called from, which then gives x (any type).
// Called as the whole of a `{{ … }}` or `{% do … %}` it costs no exception. Outside of a macro: TM2003.
Value make_return_function();
// The same from C++: does not come back.
[[noreturn]] void return_from_macro(CallContext& context, Value value);

// Attributes, items, calls and iteration of any value, with Python's (Jinja's) rules.
Value get_attribute(CallContext& context, const Value& v, std::string_view name);  // v.name; undefined where there is none
Value get_item(CallContext& context, const Value& v, const Value& key);            // v[key]; undefined where there is none
bool is_callable(const Value& v);
Value call(CallContext& context, const Value& callee, std::span<const Value> positional = {}, std::span<const Keyword> keywords = {});
Value call_method(CallContext& context, const Value& v, std::string_view name, const Args& args);
Ref<Iterator> iterate(CallContext& context, const Value& v);         // TM2003 where not iterable
std::vector<Value> to_vector(CallContext& context, const Value& v);  // list(v); TM2003 where not iterable
bool contains(CallContext& context, const Value& container, const Value& item);

template <class T>
T* Value::object_as() const noexcept {
  return is_object() ? dynamic_cast<T*>(&as_object()) : nullptr;
}
inline Object& Value::as_object() const noexcept { return *static_cast<Object*>(data_.ref); }

}  // namespace tidemark::jinja
