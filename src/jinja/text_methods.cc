// Methods of str.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/fail.h"
#include "jinja/format_spec.h"
#include "jinja/methods.h"
#include "jinja/text_split.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

namespace {

const std::string& text_argument(const Args& args, size_t i, std::string_view what) { return args[i].expect_string(what); }

Value made(std::string text) {
  charge_bytes(text.size());
  return {std::move(text)};
}

// The part of a text that optional start and end arguments (from `first` on) select, and its offset in code points.
struct Part {
  std::string_view text;
  size_t offset = 0;
  bool empty_range = false;  // start lies behind end: nothing is found, not even ''
};

Part part_of(const std::string& text, const Args& args, size_t first) {
  if (args.size() <= first) return {text, 0, false};
  const size_t size = code_points(text);
  const auto bound = [&](size_t i, int64_t fallback) { return args.size() > i && !args[i].is_none() ? args[i].expect_int("a position") : fallback; };
  const int64_t start = bound(first, 0);
  const size_t begin = clamp_index(start, size);
  const size_t end = clamp_index(bound(first + 1, static_cast<int64_t>(size)), size);
  if (end < begin || start > static_cast<int64_t>(size)) return {{}, begin, true};
  return {code_point_range(text, begin, end), begin, false};
}

int64_t search(const Value& self, const Args& args, std::string_view function, bool last) {
  check_arguments(function, args, 1, {"", "", ""});
  const std::string& needle = text_argument(args, 0, "the text to find");
  const Part part = part_of(self.as_string(), args, 1);
  if (part.empty_range) return -1;
  const size_t at = last ? part.text.rfind(needle) : part.text.find(needle);
  if (at == std::string_view::npos) return -1;
  return static_cast<int64_t>(part.offset + code_points(part.text.substr(0, at)));
}

Value find(CallContext&, const Value& self, const Args& args) { return search(self, args, "find", false); }
Value rfind(CallContext&, const Value& self, const Args& args) { return search(self, args, "rfind", true); }

Value index(CallContext&, const Value& self, const Args& args) {
  const int64_t at = search(self, args, "index", false);
  if (at < 0) value_error("substring not found");
  return at;
}

Value rindex(CallContext&, const Value& self, const Args& args) {
  const int64_t at = search(self, args, "rindex", true);
  if (at < 0) value_error("substring not found");
  return at;
}

Value count(CallContext&, const Value& self, const Args& args) {
  check_arguments("count", args, 1, {"", "", ""});
  const std::string& needle = text_argument(args, 0, "the text to count");
  const Part part = part_of(self.as_string(), args, 1);
  if (part.empty_range) return 0;
  if (needle.empty()) return code_points(part.text) + 1;
  int64_t found = 0;
  for (size_t at = part.text.find(needle); at != std::string_view::npos; at = part.text.find(needle, at + needle.size())) ++found;
  return found;
}

template <class Test>
Value affix(const Value& self, const Args& args, std::string_view function, const Test& test) {
  check_arguments(function, args, 1, {"", "", ""});
  const Part part = part_of(self.as_string(), args, 1);
  if (part.empty_range) return false;
  if (args[0].is_tuple()) {
    const std::vector<Value>& items = args[0].as_tuple().items;
    return std::any_of(items.begin(), items.end(), [&](const Value& item) { return test(part.text, item.expect_string("an item of the tuple")); });
  }
  return test(part.text, text_argument(args, 0, "the argument of " + std::string(function)));
}

Value startswith(CallContext&, const Value& self, const Args& args) {
  return affix(self, args, "startswith", [](std::string_view text, std::string_view other) { return text.starts_with(other); });
}
Value endswith(CallContext&, const Value& self, const Args& args) {
  return affix(self, args, "endswith", [](std::string_view text, std::string_view other) { return text.ends_with(other); });
}

Value replace(CallContext&, const Value& self, const Args& args) {
  check_arguments("replace", args, 2, {"", "", "count"});
  return made(
      replace_text(self.as_string(), text_argument(args, 0, "the text to replace"), text_argument(args, 1, "the replacement"), integer(args, 2, "count", -1)));
}

template <bool kLeft, bool kRight>
Value strip(CallContext&, const Value& self, const Args& args) {
  check_arguments("strip", args, 0, {""});
  if (args.size() == 0 || args[0].is_none()) {
    std::string_view text = self.as_string();
    if (kLeft) text = strip_left(text);
    if (kRight) text = strip_right(text);
    return made(std::string(text));
  }
  return made(std::string(strip_characters(self.as_string(), text_argument(args, 0, "the characters to strip"), kLeft, kRight)));
}

template <bool kFromRight>
Value split(CallContext&, const Value& self, const Args& args) {
  check_arguments("split", args, 0, {"sep", "maxsplit"});
  const Value* separator = argument(args, 0, "sep");
  const int64_t most = integer(args, 1, "maxsplit", -1);
  const std::string& text = self.as_string();
  const bool on_blanks = separator == nullptr || separator->is_none();
  if (!on_blanks && separator->expect_string("the separator").empty()) value_error("empty separator");
  std::vector<std::string_view> parts = on_blanks ? split_blanks(text, most, kFromRight) : split_at(text, separator->as_string(), most, kFromRight);
  check_items(parts.size());
  std::vector<Value> items;
  items.reserve(parts.size());
  for (const std::string_view part : parts) items.emplace_back(made(std::string(part)));
  return Value::list(std::move(items));
}

Value splitlines(CallContext&, const Value& self, const Args& args) {
  check_arguments("splitlines", args, 0, {"keepends"});
  std::vector<Value> items;
  for (const std::string_view line : split_lines(self.as_string(), flag(args, 0, "keepends", false))) items.emplace_back(made(std::string(line)));
  check_items(items.size());
  return Value::list(std::move(items));
}

template <bool kLast>
Value partition(CallContext&, const Value& self, const Args& args) {
  check_arguments("partition", args, 1, {""});
  const std::string& separator = text_argument(args, 0, "the separator");
  if (separator.empty()) value_error("empty separator");
  const std::string& text = self.as_string();
  const size_t at = kLast ? text.rfind(separator) : text.find(separator);
  if (at == std::string::npos) return kLast ? Value::tuple({"", "", text}) : Value::tuple({text, "", ""});
  return Value::tuple({text.substr(0, at), separator, text.substr(at + separator.size())});
}

Value join(CallContext& context, const Value& self, const Args& args) {
  check_arguments("join", args, 1, {""});
  std::string out;
  bool first = true;
  size_t position = 0;
  for (const Value& item : to_vector(context, args[0])) {
    if (!item.is_string()) {
      if (item.is_undefined()) undefined_error(item);
      type_error(fmt::format("sequence item {}: expected str instance, {} found", position, type_name(item)));
    }
    if (!first) out += self.as_string();
    first = false;
    out += item.as_string();
    grow_text(out.size(), item.as_string().size() + self.as_string().size());
    ++position;
  }
  return out;
}

Value upper_method(CallContext&, const Value& self, const Args& args) {
  check_arguments("upper", args, 0, {});
  return made(upper(self.as_string()));
}
Value lower_method(CallContext&, const Value& self, const Args& args) {
  check_arguments("lower", args, 0, {});
  return made(lower(self.as_string()));
}
// Of the letters that fold to more than their lower case, the one that is in use.
Value casefold(CallContext&, const Value& self, const Args& args) {
  check_arguments("casefold", args, 0, {});
  std::string out;
  const std::string text = lower(self.as_string());
  for (size_t offset = 0; offset < text.size();) {
    const char32_t c = next_code_point(text, offset);
    c == 0xDF ? static_cast<void>(out += "ss") : append_utf8(out, c);
  }
  return made(std::move(out));
}
Value capitalize(CallContext&, const Value& self, const Args& args) {
  check_arguments("capitalize", args, 0, {});
  return made(capitalized(self.as_string()));
}
Value title(CallContext&, const Value& self, const Args& args) {
  check_arguments("title", args, 0, {});
  return made(title_case(self.as_string()));
}
Value swapcase(CallContext&, const Value& self, const Args& args) {
  check_arguments("swapcase", args, 0, {});
  return made(swapped_case(self.as_string()));
}

template <char kAlign>
Value justify(CallContext&, const Value& self, const Args& args) {
  check_arguments("justify", args, 1, {"", ""});
  const Value* fill = argument(args, 1);
  if (fill != nullptr && code_points(fill->expect_string("the fill character")) != 1) type_error("the fill character must be exactly one character long");
  return made(justified(self.as_string(), args[0].expect_int("the width"), fill == nullptr ? " " : fill->as_string(), kAlign));
}

Value zfill(CallContext&, const Value& self, const Args& args) {
  check_arguments("zfill", args, 1, {""});
  const std::string& text = self.as_string();
  const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+');
  const std::string digits = justified(sign ? text.substr(1) : text, args[0].expect_int("the width") - (sign ? 1 : 0), "0", '>');
  return made(sign ? text[0] + digits : digits);
}

Value expandtabs(CallContext&, const Value& self, const Args& args) {
  check_arguments("expandtabs", args, 0, {"tabsize"});
  return made(expanded_tabs(self.as_string(), integer(args, 0, "tabsize", 8)));
}

Value removeprefix(CallContext&, const Value& self, const Args& args) {
  check_arguments("removeprefix", args, 1, {""});
  const std::string& prefix = text_argument(args, 0, "the prefix");
  return self.as_string().starts_with(prefix) ? made(self.as_string().substr(prefix.size())) : Value(self.as_string());
}
Value removesuffix(CallContext&, const Value& self, const Args& args) {
  check_arguments("removesuffix", args, 1, {""});
  const std::string& suffix = text_argument(args, 0, "the suffix");
  const std::string& text = self.as_string();
  return text.ends_with(suffix) ? made(text.substr(0, text.size() - suffix.size())) : Value(text);
}

Value format(CallContext& context, const Value& self, const Args& args) { return made(str_format(context, self.as_string(), args)); }
Value format_map(CallContext& context, const Value& self, const Args& args) {
  check_arguments("format_map", args, 1, {""});
  return made(str_format_map(context, self.as_string(), args[0]));
}

template <bool (*kTest)(char32_t) noexcept>
Value all_are(CallContext&, const Value& self, const Args& args) {
  check_arguments("isalpha", args, 0, {});
  const std::string& text = self.as_string();
  for (size_t at = 0; at < text.size();) {
    if (!kTest(next_code_point(text, at))) return false;
  }
  return !text.empty();
}

template <bool kUpper>
Value cased(CallContext&, const Value& self, const Args& args) {
  check_arguments("isupper", args, 0, {});
  return has_case(self.as_string(), kUpper);
}
Value istitle(CallContext&, const Value& self, const Args& args) {
  check_arguments("istitle", args, 0, {});
  return is_title(self.as_string());
}
Value isascii(CallContext&, const Value& self, const Args& args) {
  check_arguments("isascii", args, 0, {});
  return is_ascii(self.as_string());
}
Value isprintable(CallContext& context, const Value& self, const Args& args) {
  return self.as_string().empty() ? Value(true) : all_are<is_printable>(context, self, args);
}
Value isidentifier(CallContext& context, const Value& self, const Args& args) {
  const std::string& text = self.as_string();
  size_t at = 0;
  return !text.empty() && !is_digit(next_code_point(text, at)) && all_are<is_word>(context, self, args).as_bool();
}

const std::unordered_map<std::string_view, Method>& table() {
  static const std::unordered_map<std::string_view, Method> methods = {
      {"capitalize", capitalize},
      {"casefold", casefold},
      {"center", justify<'^'>},
      {"count", count},
      {"endswith", endswith},
      {"expandtabs", expandtabs},
      {"find", find},
      {"format", format},
      {"format_map", format_map},
      {"index", index},
      {"isalnum", all_are<is_alnum>},
      {"isalpha", all_are<is_alpha>},
      {"isascii", isascii},
      {"isdecimal", all_are<is_decimal>},
      {"isdigit", all_are<is_digit>},
      {"isidentifier", isidentifier},
      {"islower", cased<false>},
      {"isnumeric", all_are<is_numeric>},
      {"isprintable", isprintable},
      {"isspace", all_are<is_space>},
      {"istitle", istitle},
      {"isupper", cased<true>},
      {"join", join},
      {"ljust", justify<'<'>},
      {"lower", lower_method},
      {"lstrip", strip<true, false>},
      {"partition", partition<false>},
      {"removeprefix", removeprefix},
      {"removesuffix", removesuffix},
      {"replace", replace},
      {"rfind", rfind},
      {"rindex", rindex},
      {"rjust", justify<'>'>},
      {"rpartition", partition<true>},
      {"rsplit", split<true>},
      {"rstrip", strip<false, true>},
      {"split", split<false>},
      {"splitlines", splitlines},
      {"startswith", startswith},
      {"strip", strip<true, true>},
      {"swapcase", swapcase},
      {"title", title},
      {"upper", upper_method},
      {"zfill", zfill},
  };
  return methods;
}

}  // namespace

Method find_text_method(std::string_view name) noexcept {
  const auto found = table().find(name);
  return found == table().end() ? nullptr : found->second;
}

std::vector<std::string> text_method_names() {
  std::vector<std::string> names;
  for (const auto& [name, method] : table()) names.emplace_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tidemark::jinja
