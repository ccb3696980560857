#include "jinja/fail.h"

#include <fmt/format.h>

namespace tidemark::jinja {

void type_error(std::string message) { throw Error("TM2003", std::move(message)); }
void argument_error(std::string message) { throw Error("TM2004", std::move(message)); }
void value_error(std::string message) { throw Error("TM2006", std::move(message)); }

void limit_error(std::string message, std::string hint) {
  Error error("TM2007", std::move(message));
  if (!hint.empty()) error.hint(std::move(hint));
  throw error;
}

namespace {

std::string undefined_message(const Value& v) {
  const Undefined* u = v.as_undefined();
  if (u == nullptr) return "an undefined value is used";
  return u->hint.empty() ? fmt::format("'{}' is undefined", u->name) : u->hint;
}

}  // namespace

UndefinedUse::UndefinedUse(Value undefined) : Error("TM2002", undefined_message(undefined)), undefined_(std::move(undefined)) {}

void undefined_error(const Value& undefined) { throw UndefinedUse(undefined); }

Value undefined_member(const Value& owner, const Value& key, UndefinedKind kind) {
  std::string type = owner.is_none() ? std::string("None") : std::string(type_name(owner)) + " object";
  if (key.is_string()) {
    std::string hint = fmt::format("'{}' has no attribute '{}'", type, key.as_string());
    return Value(Ref<Undefined>(make_ref<MissingMember>(kind, key.as_string(), std::move(hint), owner)));
  }
  std::string text = to_repr(key);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  std::string hint = fmt::format("{} has no element {}", type, text);
  return Value(Ref<Undefined>(make_ref<MissingMember>(kind, std::move(text), std::move(hint), owner)));
}

}  // namespace tidemark::jinja
