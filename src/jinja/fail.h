// Errors as the language raises them, without a place: the interpreter adds the span of what is being evaluated.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "jinja/value.h"

namespace tidemark::jinja {

[[noreturn]] void type_error(std::string message);                          // TM2003
[[noreturn]] void argument_error(std::string message);                      // TM2004
[[noreturn]] void value_error(std::string message);                         // TM2006
[[noreturn]] void limit_error(std::string message, std::string hint = {});  // TM2007
[[noreturn]] void undefined_error(const Value& undefined);                  // TM2002, an UndefinedUse

// A use of an undefined value; keeps it, so that the interpreter can say which name was probably meant.
class UndefinedUse : public Error {
 public:
  explicit UndefinedUse(Value undefined);
  const Value& what_was_used() const { return undefined_; }

 private:
  Value undefined_;
};

// An undefined value that came from looking up `name` in `owner`.
struct MissingMember : Undefined {
  MissingMember(UndefinedKind kind_, std::string name_, std::string hint_, Value owner_)
      : Undefined(kind_, std::move(name_), std::move(hint_)), owner(std::move(owner_)) {}
  Value owner;
};

// "'dict object' has no attribute 'x'", as an undefined value.
Value undefined_member(const Value& owner, const Value& key, UndefinedKind kind);

}  // namespace tidemark::jinja
