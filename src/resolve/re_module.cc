// {{ modules.re }} on Boost.Regex, whose Perl syntax is Python's in all that templates use. Positions are in bytes.
#include <boost/regex.hpp>

#include "base/error.h"
#include "base/strings.h"
#include "resolve/members.h"
#include "resolve/modules.h"

namespace tidemark::resolve {

namespace {

using jinja::Args;
using jinja::Bound;
using jinja::CallContext;
using jinja::Value;

// Python's flag bits.
constexpr int64_t kIgnoreCase = 2;
constexpr int64_t kMultiline = 8;
constexpr int64_t kDotAll = 16;
constexpr int64_t kVerbose = 64;

struct Pattern {
  std::string text;
  boost::regex regex;
  std::vector<std::string> names;  // of the named groups
};
using PatternPtr = std::shared_ptr<const Pattern>;

// (?P<name> … ) and (?P=name) in Boost's spelling.
std::string translate(const std::string& text, std::vector<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      out += text[i];
      ++i;
      out += text[i] == 'Z' ? 'z' : text[i];
    } else if (text.compare(i, 4, "(?P<") == 0) {
      const size_t end = text.find('>', i);
      if (end != std::string::npos) names.push_back(text.substr(i + 4, end - i - 4));
      out += "(?<";
      i += 3;
    } else if (text.compare(i, 4, "(?P=") == 0) {
      const size_t end = std::min(text.find(')', i), text.size());
      out += "\\k<" + text.substr(i + 4, end - i - 4) + ">";
      i = end;
    } else {
      out += text[i];
    }
  }
  return out;
}

PatternPtr compile(const std::string& text, int64_t flags) {
  auto pattern = std::make_shared<Pattern>();
  pattern->text = text;
  boost::regex::flag_type syntax = boost::regex::perl;
  if ((flags & kIgnoreCase) != 0) syntax |= boost::regex::icase;
  if ((flags & kVerbose) != 0) syntax |= boost::regex::mod_x;
  if ((flags & kMultiline) == 0) syntax |= boost::regex::no_mod_m;
  if ((flags & kDotAll) != 0) {
    syntax |= boost::regex::mod_s;
  } else {
    syntax |= boost::regex::no_mod_s;
  }
  try {
    pattern->regex.assign(translate(text, pattern->names), syntax);
  } catch (const boost::regex_error& fault) {
    throw Error("TM2104", fmt::format("regular expression '{}': {}", text, fault.what()));
  }
  return pattern;
}

using Found = boost::match_results<std::string::const_iterator>;

Value group_value(const Found& found, int i) { return found[i].matched ? Value(found[i].str()) : Value::none(); }

int group_index(const Pattern& pattern, const Found& found, const Value& which) {
  int index = -1;
  if (which.is_int()) index = static_cast<int>(std::clamp<int64_t>(which.as_int(), -1, 1'000'000));
  if (which.is_string()) {
    // A named group's number: the first sub-expression of that name.
    for (int i = 1; i < static_cast<int>(found.size()); ++i) {
      if (found[which.as_string()].matched && found.position(which.as_string()) == found.position(i) && found.length(which.as_string()) == found.length(i))
        index = i;
      if (index > 0) break;
    }
    const bool named = std::find(pattern.names.begin(), pattern.names.end(), which.as_string()) != pattern.names.end();
    if (index < 0 && named) return -2;  // there, and did not take part
  }
  if (index < 0 || index >= static_cast<int>(found.size()))
    throw Error("TM2104", fmt::format("the regular expression '{}' has no group {}", pattern.text, jinja::to_repr(which)));
  return index;
}

class MatchObject : public jinja::Object {
 public:
  MatchObject(PatternPtr pattern, std::shared_ptr<const std::string> text, Found found)
      : pattern_(std::move(pattern)), text_(std::move(text)), found_(std::move(found)) {}
  std::string_view type_name() const override { return "Match"; }
  bool truthy() const override { return true; }
  std::optional<Value> get_item(CallContext&, const Value& key) override { return group(key); }

  std::optional<Value> get_attribute(CallContext&, std::string_view name) override {
    if (name == "string") return Value(*text_);
    const jinja::Ref<MatchObject> self(this);
    if (name == "group") {
      return jinja::make_function("group", [self](CallContext&, const Args& args) {
        if (args.size() == 0) return self->group(Value(0));
        if (args.size() == 1) return self->group(args[0]);
        std::vector<Value> groups;
        for (const Value& which : args.positional) groups.push_back(self->group(which));
        return Value::tuple(std::move(groups));
      });
    }
    if (name == "groups") {
      return jinja::make_function("groups", [self](CallContext&, const Args&) {
        std::vector<Value> groups;
        for (int i = 1; i < static_cast<int>(self->found_.size()); ++i) groups.push_back(group_value(self->found_, i));
        return Value::tuple(std::move(groups));
      });
    }
    if (name == "groupdict") {
      return jinja::make_function("groupdict", [self](CallContext&, const Args&) {
        Value out = Value::dict();
        for (const std::string& group : self->pattern_->names) out.as_dict().set(std::string_view(group), self->group(Value(group)));
        return out;
      });
    }
    if (name == "start" || name == "end" || name == "span") {
      return jinja::make_function(std::string(name), "group=0", [self, which = std::string(name)](CallContext&, const Bound& bound) {
        const int i = group_index(*self->pattern_, self->found_, bound[0]);
        const int64_t start = i >= 0 && self->found_[i].matched ? self->found_.position(i) : -1;
        const int64_t end = start < 0 ? -1 : start + self->found_.length(i);
        if (which == "span") return Value::tuple({Value(start), Value(end)});
        return Value(which == "start" ? start : end);
      });
    }
    return std::nullopt;
  }

 private:
  Value group(const Value& which) const {
    const int i = group_index(*pattern_, found_, which);
    return i < 0 ? Value::none() : group_value(found_, i);
  }
  PatternPtr pattern_;
  std::shared_ptr<const std::string> text_;  // what found_ points into
  Found found_;
};

enum class Anchor { kAnywhere, kStart, kWhole };

Value find_one(const PatternPtr& pattern, const Value& subject, Anchor anchor) {
  const auto text = std::make_shared<const std::string>(subject.expect_string("the text for a regular expression"));
  Found found;
  const auto flags = anchor == Anchor::kStart ? boost::match_continuous : boost::match_default;
  const bool matched = anchor == Anchor::kWhole ? boost::regex_match(text->begin(), text->end(), found, pattern->regex)
                                                : boost::regex_search(text->begin(), text->end(), found, pattern->regex, flags);
  return matched ? Value(jinja::make_ref<MatchObject>(pattern, text, found)) : Value::none();
}

// All matches from left to right that do not overlap.
std::vector<Found> all_matches(const Pattern& pattern, const std::string& text) {
  std::vector<Found> out;
  for (boost::regex_iterator<std::string::const_iterator> it(text.begin(), text.end(), pattern.regex), end; it != end; ++it) out.push_back(*it);
  return out;
}

// Python's templates: \1, \g<1>, \g<name>, \n, \\.
std::string expand(const Pattern& pattern, const Found& found, const std::string& replacement) {
  std::string out;
  for (size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] != '\\' || i + 1 == replacement.size()) {
      out += replacement[i];
      continue;
    }
    const char next = replacement[++i];
    if (next >= '0' && next <= '9') {
      int number = next - '0';
      if (i + 1 < replacement.size() && replacement[i + 1] >= '0' && replacement[i + 1] <= '9' && number > 0) number = number * 10 + (replacement[++i] - '0');
      out += jinja::to_text(group_value(found, group_index(pattern, found, Value(number)))).substr(0, found[number].matched ? std::string::npos : 0);
    } else if (next == 'g' && i + 1 < replacement.size() && replacement[i + 1] == '<') {
      const size_t end = std::min(replacement.find('>', i), replacement.size());
      const std::string name = replacement.substr(i + 2, end - i - 2);
      const bool numeric = !name.empty() && name.size() < 9 && name.find_first_not_of("0123456789") == std::string::npos;
      const int index = group_index(pattern, found, numeric ? Value(static_cast<int64_t>(std::stoll(name))) : Value(name));
      if (index >= 0 && found[index].matched) out += found[index].str();
      i = end;
    } else {
      out += next == 'n' ? '\n' : next == 't' ? '\t' : next;
      if (next != 'n' && next != 't' && next != '\\') out.insert(out.size() - 1, 1, '\\');
    }
  }
  return out;
}

Value substitute(CallContext& context, const PatternPtr& pattern, const Value& replacement, const Value& subject, int64_t count, bool with_count) {
  const auto text = std::make_shared<const std::string>(subject.expect_string("the text for a regular expression"));
  std::string out;
  auto copied = text->begin();
  int64_t done = 0;
  for (const Found& found : all_matches(*pattern, *text)) {
    if (count > 0 && done == count) break;
    ++done;
    out.append(copied, found[0].first);
    if (jinja::is_callable(replacement)) {
      const Value match = jinja::make_ref<MatchObject>(pattern, text, found);
      out += jinja::to_text(jinja::call(context, replacement, {&match, 1}));
    } else {
      out += expand(*pattern, found, replacement.expect_string("the replacement"));
    }
    copied = found[0].second;
  }
  out.append(copied, text->end());
  return with_count ? Value::tuple({Value(std::move(out)), Value(done)}) : Value(std::move(out));
}

Value find_all(const PatternPtr& pattern, const Value& subject) {
  const std::string& text = subject.expect_string("the text for a regular expression");
  std::vector<Value> out;
  for (const Found& found : all_matches(*pattern, text)) {
    const int groups = static_cast<int>(found.size()) - 1;
    if (groups <= 1) {
      out.emplace_back(found[groups].str());
      continue;
    }
    std::vector<Value> row;
    for (int i = 1; i <= groups; ++i) row.emplace_back(found[i].str());
    out.push_back(Value::tuple(std::move(row)));
  }
  return Value::list(std::move(out));
}

Value find_iterator(const PatternPtr& pattern, const Value& subject) {
  const auto text = std::make_shared<const std::string>(subject.expect_string("the text for a regular expression"));
  std::vector<Value> out;
  for (const Found& found : all_matches(*pattern, *text)) out.emplace_back(jinja::make_ref<MatchObject>(pattern, text, found));
  return Value::list(std::move(out));
}

Value split_by(const PatternPtr& pattern, const Value& subject, int64_t most) {
  const std::string& text = subject.expect_string("the text for a regular expression");
  std::vector<Value> out;
  auto copied = text.begin();
  int64_t done = 0;
  for (const Found& found : all_matches(*pattern, text)) {
    if (most > 0 && done++ == most) break;
    out.emplace_back(std::string(copied, found[0].first));
    for (int i = 1; i < static_cast<int>(found.size()); ++i) out.push_back(group_value(found, i));
    copied = found[0].second;
  }
  out.emplace_back(std::string(copied, text.end()));
  return Value::list(std::move(out));
}

// The functions of a pattern, whether compiled or given with each call. `bound` has the arguments from the text on.
using Operation = Value (*)(CallContext&, const PatternPtr&, const Bound&);
struct NamedOperation {
  const char* name;
  const char* signature;
  Operation run;
};

constexpr std::array<NamedOperation, 8> kOperations{{
    {"match", "string", [](CallContext&, const PatternPtr& p, const Bound& b) { return find_one(p, b[0], Anchor::kStart); }},
    {"search", "string", [](CallContext&, const PatternPtr& p, const Bound& b) { return find_one(p, b[0], Anchor::kAnywhere); }},
    {"fullmatch", "string", [](CallContext&, const PatternPtr& p, const Bound& b) { return find_one(p, b[0], Anchor::kWhole); }},
    {"findall", "string", [](CallContext&, const PatternPtr& p, const Bound& b) { return find_all(p, b[0]); }},
    {"finditer", "string", [](CallContext&, const PatternPtr& p, const Bound& b) { return find_iterator(p, b[0]); }},
    {"split", "string, maxsplit=0", [](CallContext&, const PatternPtr& p, const Bound& b) { return split_by(p, b[0], b[1].expect_int("maxsplit")); }},
    {"sub", "repl, string, count=0",
     [](CallContext& c, const PatternPtr& p, const Bound& b) { return substitute(c, p, b[0], b[1], b[2].expect_int("count"), false); }},
    {"subn", "repl, string, count=0",
     [](CallContext& c, const PatternPtr& p, const Bound& b) { return substitute(c, p, b[0], b[1], b[2].expect_int("count"), true); }},
}};

// Boost gives up on patterns that would take for ever.
Value guarded(CallContext& context, Operation run, const PatternPtr& pattern, const Bound& bound) {
  try {
    return run(context, pattern, bound);
  } catch (const Error&) {
    throw;
  } catch (const std::runtime_error& fault) {
    throw Error("TM2007", fmt::format("regular expression '{}': {}", pattern->text, fault.what()));
  }
}

class PatternObject : public jinja::Object {
 public:
  explicit PatternObject(PatternPtr pattern) : pattern_(std::move(pattern)) {}
  const PatternPtr& pattern() const { return pattern_; }
  std::string_view type_name() const override { return "Pattern"; }
  std::string repr() const override { return "re.compile(" + jinja::to_repr(Value(pattern_->text)) + ")"; }
  bool truthy() const override { return true; }
  std::optional<Value> get_attribute(CallContext&, std::string_view name) override {
    if (name == "pattern") return Value(pattern_->text);
    for (const NamedOperation& operation : kOperations) {
      if (operation.name != name) continue;
      return jinja::make_function(operation.name, operation.signature, [pattern = pattern_, run = operation.run](CallContext& context, const Bound& bound) {
        return guarded(context, run, pattern, bound);
      });
    }
    return std::nullopt;
  }

 private:
  PatternPtr pattern_;
};

PatternPtr pattern_argument(const Value& value, int64_t flags) {
  if (const auto* object = value.object_as<PatternObject>()) return object->pattern();
  return compile(value.expect_string("a regular expression"), flags);
}

// re.name(pattern, …, flags=0): the pattern's operation after the pattern.
Value module_function(const NamedOperation& operation) {
  const std::string signature = std::string("pattern, ") + operation.signature + ", flags=0";
  return jinja::make_function(std::string("re.") + operation.name, signature, [run = operation.run](CallContext& context, const Bound& bound) {
    Bound rest;
    rest.values.assign(bound.values.begin() + 1, bound.values.end() - 1);
    rest.was_given.assign(bound.was_given.begin() + 1, bound.was_given.end() - 1);
    return guarded(context, run, pattern_argument(bound[0], bound.values.back().expect_int("flags")), rest);
  });
}

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("()[]{}?*+-|^$\\.&~# \t\n\r\v\f").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Value make_re_module() {
  auto module = jinja::make_ref<Members>("re");
  for (const NamedOperation& operation : kOperations) module->set(operation.name, module_function(operation));
  module->set("compile", jinja::make_function("re.compile", "pattern, flags=0", [](CallContext&, const Bound& bound) {
                return Value(jinja::make_ref<PatternObject>(pattern_argument(bound[0], bound[1].expect_int("flags"))));
              }));
  module->set("escape",
              jinja::make_function("re.escape", "pattern", [](CallContext&, const Bound& bound) { return Value(escape(bound[0].expect_string("pattern"))); }));
  const std::array<std::pair<const char*, int64_t>, 8> flags{{{"I", kIgnoreCase},
                                                              {"IGNORECASE", kIgnoreCase},
                                                              {"M", kMultiline},
                                                              {"MULTILINE", kMultiline},
                                                              {"S", kDotAll},
                                                              {"DOTALL", kDotAll},
                                                              {"X", kVerbose},
                                                              {"VERBOSE", kVerbose}}};
  for (const auto& [name, value] : flags) module->set(name, Value(value));
  return module;
}

}  // namespace tidemark::resolve
