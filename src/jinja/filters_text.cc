// Filters on texts.
#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/builtins.h"
#include "jinja/fail.h"
#include "jinja/methods.h"
#include "jinja/operators.h"
#include "jinja/text_split.h"
#include "jinja/unicode.h"
#include "jinja/word_wrap.h"

namespace tidemark::jinja {

namespace {

Value made(std::string text) {
  charge_bytes(text.size());
  return {std::move(text)};
}

Value upper_filter(CallContext&, const Args& args) {
  check_arguments("upper", args, 1, {"s"});
  return made(upper(to_text(args[0])));
}
Value lower_filter(CallContext&, const Args& args) {
  check_arguments("lower", args, 1, {"s"});
  return made(lower(to_text(args[0])));
}
Value capitalize(CallContext&, const Args& args) {
  check_arguments("capitalize", args, 1, {"s"});
  return made(capitalized(to_text(args[0])));
}

// Unlike str.title: words begin behind blanks and - ( { [ < only.
Value title(CallContext&, const Args& args) {
  check_arguments("title", args, 1, {"s"});
  const std::string text = to_text(args[0]);
  std::string out;
  bool first = true;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    const bool separator = is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
    if (separator) {
      append_utf8(out, c);
    } else if (first) {
      append_upper(out, c);
    } else {
      append_lower(out, c);
    }
    first = separator;
  }
  return made(std::move(out));
}

Value trim(CallContext&, const Args& args) {
  check_arguments("trim", args, 1, {"value", "chars"});
  const std::string text = to_text(args[0]);
  const Value* characters = argument(args, 1, "chars");
  if (characters == nullptr || characters->is_none()) return made(std::string(strip_left(strip_right(text))));
  return made(std::string(strip_characters(text, characters->expect_string("chars"), true, true)));
}

Value replace(CallContext&, const Args& args) {
  check_arguments("replace", args, 3, {"s", "old", "new", "count"});
  const Value* most = argument(args, 3, "count");
  return made(replace_text(to_text(args[0]), to_text(*argument(args, 1, "old")), to_text(*argument(args, 2, "new")),
                           most == nullptr || most->is_none() ? -1 : most->expect_int("count")));
}

Value center(CallContext&, const Args& args) {
  check_arguments("center", args, 1, {"value", "width"});
  return made(justified(to_text(args[0]), integer(args, 1, "width", 80), " ", '^'));
}

Value string(CallContext&, const Args& args) {
  check_arguments("string", args, 1, {"s"});
  return args[0].is_string() ? args[0] : made(to_text(args[0]));
}

Value format(CallContext&, const Args& args) {
  const std::string text = to_text(args[0]);
  if (args.size() > 1 && !args.keywords.empty()) value_error("format takes either positional or keyword arguments");
  if (args.keywords.empty()) {
    return made(percent_format(text, Value::tuple({args.positional.begin() + 1, args.positional.end()})));
  }
  Ref<Dict> named = make_ref<Dict>();
  for (const Keyword& keyword : args.keywords) named->set(keyword.name, keyword.value);
  return made(percent_format(text, Value(std::move(named))));
}

Value indent(CallContext&, const Args& args) {
  check_arguments("indent", args, 1, {"s", "width", "first", "blank"});
  if (args[0].is_undefined()) undefined_error(args[0]);
  std::string text = args[0].expect_string("the value that indent is applied to");
  const Value* width = argument(args, 1, "width");
  std::string indention(4, ' ');
  if (width != nullptr && width->is_string()) indention = width->as_string();
  if (width != nullptr && !width->is_string()) indention = justified("", width->expect_int("width"), " ", '<');
  const bool blank = flag(args, 3, "blank", false);
  text += '\n';
  std::string out = flag(args, 2, "first", false) ? indention : "";
  bool first = true;
  for (const std::string_view line : split_lines(text, false)) {
    grow_text(out.size(), line.size() + indention.size() + 1);
    if (!first) {
      out += '\n';
      if (blank || !line.empty()) out += indention;
    }
    first = false;
    out += line;
  }
  return out;
}

Value truncate(CallContext&, const Args& args) {
  check_arguments("truncate", args, 1, {"s", "length", "killwords", "end", "leeway"});
  const int64_t most = integer(args, 1, "length", 255);
  const Value* end_given = argument(args, 3, "end");
  const std::string end = end_given == nullptr ? "..." : end_given->expect_string("end");
  const Value* leeway_given = argument(args, 4, "leeway");
  const int64_t leeway = leeway_given == nullptr || leeway_given->is_none() ? 5 : leeway_given->expect_int("leeway");
  const auto end_size = static_cast<int64_t>(code_points(end));
  if (most < end_size) value_error(fmt::format("expected length >= {}, got {}", end_size, most));
  if (leeway < 0) value_error(fmt::format("expected leeway >= 0, got {}", leeway));
  const auto size = length(args[0]);
  if (!size) type_error(fmt::format("object of type '{}' has no length", type_name(args[0])));
  if (*size - most <= leeway) return args[0];
  const std::string& text = args[0].expect_string("the value that truncate is applied to");
  std::string kept(code_point_range(text, 0, static_cast<size_t>(most - end_size)));
  if (!flag(args, 2, "killwords", false)) kept = kept.substr(0, kept.rfind(' '));
  return made(kept + end);
}

Value wordwrap(CallContext&, const Args& args) {
  check_arguments("wordwrap", args, 1, {"s", "width", "break_long_words", "wrapstring", "break_on_hyphens"});
  if (args[0].is_undefined()) undefined_error(args[0]);
  const std::string& text = args[0].expect_string("the value that wordwrap is applied to");
  const int64_t width = integer(args, 1, "width", 79);
  if (width <= 0) value_error(fmt::format("invalid width {} (must be > 0)", width));
  const Value* given = argument(args, 3, "wrapstring");
  const std::string separator = given == nullptr || given->is_none() ? "\n" : given->expect_string("wrapstring");
  std::string out;
  bool first = true;
  for (const std::string_view paragraph : split_lines(text, false)) {
    if (!first) out += separator;
    first = false;
    bool first_line = true;
    for (const std::string& line :
         wrap_words(paragraph, static_cast<size_t>(width), flag(args, 2, "break_long_words", true), flag(args, 4, "break_on_hyphens", true))) {
      if (!first_line) out += separator;
      first_line = false;
      out += line;
      grow_text(out.size(), line.size() + separator.size());
    }
  }
  return out;
}

Value wordcount(CallContext&, const Args& args) {
  check_arguments("wordcount", args, 1, {"s"});
  const std::string text = to_text(args[0]);
  int64_t words = 0;
  bool inside = false;
  for (size_t at = 0; at < text.size();) {
    const bool word = is_word(next_code_point(text, at));
    if (word && !inside) ++words;
    inside = word;
  }
  return words;
}

template <Mark kMark>
Value mark(CallContext&, const Args& args) {
  check_arguments("as_text", args, 1, {"value"});
  return Value::marked(to_text(args[0]), kMark);
}

Value is_list(CallContext&, const Args& args) {
  check_arguments("is_list", args, 1, {"value"});
  return args[0].is_list();
}

constexpr Builtin kFilters[] = {{"upper", upper_filter},
                                {"lower", lower_filter},
                                {"capitalize", capitalize},
                                {"title", title},
                                {"trim", trim},
                                {"replace", replace},
                                {"center", center},
                                {"string", string},
                                {"format", format},
                                {"indent", indent},
                                {"truncate", truncate},
                                {"wordwrap", wordwrap},
                                {"wordcount", wordcount},
                                // Marks for native rendering; in a text they change nothing.
                                {"as_text", mark<Mark::kText>},
                                {"as_native", mark<Mark::kNative>},
                                {"as_bool", mark<Mark::kBool>},
                                {"as_number", mark<Mark::kNumber>},
                                {"is_list", is_list}};

}  // namespace

std::span<const Builtin> text_filters() { return kFilters; }

}  // namespace tidemark::jinja
