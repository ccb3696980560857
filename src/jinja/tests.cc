// The tests of `is`.
#include <fmt/format.h>

#include "jinja/builtins.h"
#include "jinja/fail.h"
#include "jinja/methods.h"
#include "jinja/numbers.h"
#include "jinja/operators.h"
#include "jinja/text_split.h"

namespace tidemark::jinja {

namespace {

void alone(const Args& args) { check_arguments("the test", args, 1, {""}); }

Value is_defined(CallContext&, const Args& args) {
  alone(args);
  return !args[0].is_undefined();
}
Value is_undefined(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_undefined();
}
Value is_none(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_none();
}
Value is_boolean(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_bool();
}
Value is_true(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_bool() && args[0].as_bool();
}
Value is_false(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_bool() && !args[0].as_bool();
}
Value is_integer(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_int();
}
Value is_float(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_float();
}
Value is_number(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_number();
}
Value is_string(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_string();
}
Value is_mapping(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_dict() || (args[0].is_object() && args[0].as_object().is_mapping());
}

// What has a length and items.
Value is_sequence(CallContext&, const Args& args) {
  alone(args);
  const Value& v = args[0];
  if (v.is_object()) return v.as_object().is_sequence() || v.as_object().is_mapping();
  if (v.is_undefined()) return v.as_undefined() == nullptr || v.as_undefined()->kind != UndefinedKind::kStrict;
  return v.is_string() || v.is_list() || v.is_tuple() || v.is_dict();
}

Value is_iterable(CallContext& context, const Args& args) {
  alone(args);
  const Value& v = args[0];
  if (v.is_object()) return static_cast<bool>(v.as_object().iterate(context));
  if (v.is_undefined()) return static_cast<bool>(iterate(context, v));
  return !v.is_none() && !v.is_number();
}

Value callable_test(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_undefined() || is_callable(args[0]);  // Undefined has a __call__ in jinja2
}

Value is_escaped(CallContext&, const Args& args) {
  alone(args);
  return args[0].is_string() && args[0].mark() == Mark::kMarkup;
}

Value is_lower(CallContext&, const Args& args) {
  alone(args);
  return has_case(to_text(args[0]), false);
}
Value is_upper(CallContext&, const Args& args) {
  alone(args);
  return has_case(to_text(args[0]), true);
}

bool rest_is(const Value& v, const Value& divisor, int64_t wanted) { return equal(arithmetic(Operator::kMod, v, divisor), Value(wanted)); }

Value is_odd(CallContext&, const Args& args) {
  alone(args);
  return rest_is(args[0], Value(2), 1);
}
Value is_even(CallContext&, const Args& args) {
  alone(args);
  return rest_is(args[0], Value(2), 0);
}
Value is_divisible(CallContext&, const Args& args) {
  check_arguments("the test divisibleby", args, 2, {"value", "num"});
  return rest_is(args[0], *argument(args, 1, "num"), 0);
}

Value is_same(CallContext&, const Args& args) {
  check_arguments("the test sameas", args, 2, {"value", "other"});
  const Value& other = *argument(args, 1, "other");
  const Value& v = args[0];
  if (v.identity() != nullptr || other.identity() != nullptr) {
    // Equal short strings are one object in Python more often than not.
    return v.identity() == other.identity() || (v.is_string() && other.is_string() && equal(v, other));
  }
  return v.kind() == other.kind() && equal(v, other);
}

template <Operator kOperator>
Value compares(CallContext&, const Args& args) {
  check_arguments("the test", args, 2, {"", ""});
  return compare(kOperator, args[0], args[1]);
}

Value is_in(CallContext& context, const Args& args) {
  check_arguments("the test in", args, 2, {"value", "seq"});
  return contains(context, *argument(args, 1, "seq"), args[0]);
}

Value is_filter(CallContext& context, const Args& args) {
  alone(args);
  return args[0].is_string() && context.render().environment().filter(args[0].as_string()) != nullptr;
}
Value is_test(CallContext& context, const Args& args) {
  alone(args);
  return args[0].is_string() && context.render().environment().test(args[0].as_string()) != nullptr;
}

constexpr Builtin kTests[] = {{"defined", is_defined},
                              {"undefined", is_undefined},
                              {"none", is_none},
                              {"boolean", is_boolean},
                              {"true", is_true},
                              {"false", is_false},
                              {"integer", is_integer},
                              {"float", is_float},
                              {"number", is_number},
                              {"string", is_string},
                              {"mapping", is_mapping},
                              {"sequence", is_sequence},
                              {"iterable", is_iterable},
                              {"callable", callable_test},
                              {"escaped", is_escaped},
                              {"lower", is_lower},
                              {"upper", is_upper},
                              {"odd", is_odd},
                              {"even", is_even},
                              {"divisibleby", is_divisible},
                              {"sameas", is_same},
                              {"eq", compares<Operator::kEq>},
                              {"equalto", compares<Operator::kEq>},
                              {"==", compares<Operator::kEq>},
                              {"ne", compares<Operator::kNe>},
                              {"!=", compares<Operator::kNe>},
                              {"lt", compares<Operator::kLt>},
                              {"lessthan", compares<Operator::kLt>},
                              {"<", compares<Operator::kLt>},
                              {"le", compares<Operator::kLe>},
                              {"<=", compares<Operator::kLe>},
                              {"gt", compares<Operator::kGt>},
                              {"greaterthan", compares<Operator::kGt>},
                              {">", compares<Operator::kGt>},
                              {"ge", compares<Operator::kGe>},
                              {">=", compares<Operator::kGe>},
                              {"in", is_in},
                              {"filter", is_filter},
                              {"test", is_test}};

}  // namespace

std::span<const Builtin> builtin_tests() { return kTests; }

}  // namespace tidemark::jinja
