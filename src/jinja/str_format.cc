// str.format: replacement fields with names, indexes, attributes, conversions and nested specifications.
#include <charconv>

#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/fail.h"
#include "jinja/format_spec.h"

namespace tidemark::jinja {

namespace {

class StrFormatter {
 public:
  StrFormatter(CallContext& context, const Args& args, const Value* mapping) : context_(context), args_(args), mapping_(mapping) {}

  std::string run(std::string_view text, int depth) {
    if (depth > 2) value_error("max string recursion exceeded");
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const size_t brace = text.find_first_of("{}", at);
      out += text.substr(at, brace == std::string_view::npos ? brace : brace - at);
      if (brace == std::string_view::npos) break;
      const bool doubled = brace + 1 < text.size() && text[brace + 1] == text[brace];
      if (doubled) {
        out += text[brace];
        at = brace + 2;
        continue;
      }
      if (text[brace] == '}') value_error("single '}' encountered in format string");
      at = brace + 1;
      out += field(take_field(text, at), depth);
      charge_steps(1);
    }
    return out;
  }

 private:
  // What stands between braces, which may be nested; `at` moves behind the closing one.
  static std::string_view take_field(std::string_view text, size_t& at) {
    const size_t start = at;
    int level = 1;
    bool in_brackets = false;
    for (; at < text.size(); ++at) {
      if (text[at] == '[' && level == 1) in_brackets = true;
      if (text[at] == ']') in_brackets = false;
      if (in_brackets) continue;
      if (text[at] == '{') ++level;
      if (text[at] == '}' && --level == 0) return text.substr(start, at++ - start);
    }
    value_error(start == text.size() ? "single '{' encountered in format string" : "expected '}' before end of string");
  }

  std::string field(std::string_view text, int depth) {
    const size_t end = name_end(text);
    const std::string_view name = text.substr(0, end);
    char conversion = 0;
    size_t at = end;
    if (at < text.size() && text[at] == '!') {
      if (at + 1 >= text.size()) value_error("end of string while looking for conversion specifier");
      conversion = text[at + 1];
      at += 2;
      if (at < text.size() && text[at] != ':') value_error("expected ':' after conversion specifier");
    }
    Value v = lookup(name);
    std::string spec;
    if (at < text.size()) spec = run(text.substr(at + 1), depth + 1);
    if (conversion == 's') return format_value(Value(to_text(v)), spec);
    if (conversion == 'r' || conversion == 'a') return format_value(Value(to_repr(v)), spec);
    if (conversion != 0) value_error(fmt::format("unknown conversion specifier '{}'", conversion));
    return format_value(v, spec);
  }

  static size_t name_end(std::string_view text) {
    bool in_brackets = false;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '[') in_brackets = true;
      if (text[i] == ']') in_brackets = false;
      if (in_brackets) continue;
      if (text[i] == '{') value_error("unexpected '{' in field name");
      if (text[i] == '!' || text[i] == ':') return i;
    }
    return text.size();
  }

  static std::optional<int64_t> as_index(std::string_view text) {
    int64_t index = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (text.empty() || text[0] == '-' || end != text.data() + text.size() || fault != std::errc()) return std::nullopt;
    return index;
  }

  Value lookup(std::string_view name) {
    const size_t end = std::min(name.find_first_of(".["), name.size());
    Value v = first(name.substr(0, end));
    for (size_t at = end; at < name.size();) {
      if (name[at] == '.') {
        const size_t next = std::min(name.find_first_of(".[", at + 1), name.size());
        if (next == at + 1) value_error("empty attribute in format string");
        v = get_attribute(context_, v, name.substr(at + 1, next - at - 1));
        at = next;
        continue;
      }
      const size_t close = name.find(']', at);
      if (name[at] != '[' || close == std::string_view::npos) value_error("missing ']' in format string");
      const std::string_view key = name.substr(at + 1, close - at - 1);
      if (key.empty()) value_error("empty attribute in format string");
      const auto index = as_index(key);
      v = get_item(context_, v, index ? Value(*index) : Value(key));
      at = close + 1;
      if (at < name.size() && name[at] != '.' && name[at] != '[') value_error("only '.' or '[' may follow ']' in format field specifier");
    }
    return v;
  }

  Value first(std::string_view name) {
    if (mapping_ != nullptr) return from_mapping(name);
    if (name.empty()) {
      if (manual_) value_error("cannot switch from manual field specification to automatic field numbering");
      automatic_ = true;
      return positional(next_++);
    }
    if (const auto index = as_index(name)) {
      if (automatic_) value_error("cannot switch from automatic field numbering to manual field specification");
      manual_ = true;
      return positional(*index);
    }
    const Value* v = args_.keyword(name);
    if (v == nullptr) value_error(fmt::format("no value for the field '{}' of the format string", name));
    return *v;
  }

  Value from_mapping(std::string_view name) {
    const Value* v = mapping_->is_dict() ? mapping_->as_dict().find(name) : nullptr;
    if (v == nullptr) value_error(fmt::format("no value for the field '{}' of the format string", name));
    return *v;
  }

  Value positional(int64_t index) {
    if (index >= static_cast<int64_t>(args_.size())) value_error(fmt::format("replacement index {} out of range for positional arguments", index));
    return args_[static_cast<size_t>(index)];
  }

  CallContext& context_;
  const Args& args_;
  const Value* mapping_;
  int64_t next_ = 0;
  bool automatic_ = false;
  bool manual_ = false;
};

}  // namespace

std::string str_format(CallContext& context, const std::string& text, const Args& args) { return StrFormatter(context, args, nullptr).run(text, 0); }

std::string str_format_map(CallContext& context, const std::string& text, const Value& mapping) { return StrFormatter(context, {}, &mapping).run(text, 0); }

}  // namespace tidemark::jinja
