// str(), repr(), len() and the names of types.
#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/fail.h"
#include "jinja/numbers.h"
#include "jinja/object.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

std::string_view type_name(const Value& v) {
  switch (v.kind()) {
    case Value::Kind::kUndefined:
      return "Undefined";
    case Value::Kind::kNone:
      return "NoneType";
    case Value::Kind::kBool:
      return "bool";
    case Value::Kind::kInt:
      return "int";
    case Value::Kind::kFloat:
      return "float";
    case Value::Kind::kString:
      return v.mark() == Mark::kMarkup ? "Markup" : "str";
    case Value::Kind::kList:
      return "list";
    case Value::Kind::kTuple:
      return "tuple";
    case Value::Kind::kDict:
      return "dict";
    case Value::Kind::kSet:
      return "set";
    case Value::Kind::kObject:
      return v.as_object().type_name();
  }
  return "object";
}

namespace {

void append_escaped(std::string& out, char32_t c, std::string_view bytes, char quote) {
  if (c == static_cast<char32_t>(quote) || c == '\\') {
    out += '\\';
    out += static_cast<char>(c);
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c == '\t') {
    out += "\\t";
  } else if (is_printable(c) || c == ' ') {
    out += bytes;
  } else if (c < 0x100) {
    out += fmt::format("\\x{:02x}", static_cast<uint32_t>(c));
  } else if (c < 0x10000) {
    out += fmt::format("\\u{:04x}", static_cast<uint32_t>(c));
  } else {
    out += fmt::format("\\U{:08x}", static_cast<uint32_t>(c));
  }
}

void append_text_repr(std::string& out, std::string_view text) {
  const char quote = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos ? '"' : '\'';
  out += quote;
  for (size_t offset = 0; offset < text.size();) {
    const size_t start = offset;
    const char32_t c = next_code_point(text, offset);
    append_escaped(out, c, text.substr(start, offset - start), quote);
  }
  out += quote;
}

void append_repr(std::string& out, const Value& v);

void append_items(std::string& out, const std::vector<Value>& items) {
  bool first = true;
  for (const Value& item : items) {
    if (!first) out += ", ";
    first = false;
    append_repr(out, item);
  }
}

void append_entries(std::string& out, const Dict& dict, bool values) {
  bool first = true;
  for (const Dict::Entry& entry : dict.entries()) {
    if (!entry.live) continue;
    if (!first) out += ", ";
    first = false;
    append_repr(out, entry.key);
    if (!values) continue;
    out += ": ";
    append_repr(out, entry.value);
  }
}

void append_collection(std::string& out, const Value& v) {
  const NestingGuard guard;
  const size_t before = out.size();
  if (v.is_list()) {
    out += '[';
    append_items(out, v.as_list().items);
    out += ']';
  } else if (v.is_tuple()) {
    out += '(';
    append_items(out, v.as_tuple().items);
    out += v.as_tuple().items.size() == 1 ? ",)" : ")";
  } else if (v.is_dict()) {
    out += '{';
    append_entries(out, v.as_dict(), true);
    out += '}';
  } else if (v.as_set().items.size() == 0) {
    out += "set()";
  } else {
    out += '{';
    append_entries(out, v.as_set().items, false);
    out += '}';
  }
  charge_bytes(out.size() - before);
}

void append_repr(std::string& out, const Value& v) {
  switch (v.kind()) {
    case Value::Kind::kUndefined:
      out += "Undefined";
      break;
    case Value::Kind::kNone:
      out += "None";
      break;
    case Value::Kind::kBool:
      out += v.as_bool() ? "True" : "False";
      break;
    case Value::Kind::kInt:
      out += std::to_string(v.as_int());
      break;
    case Value::Kind::kFloat:
      out += float_repr(v.as_float());
      break;
    case Value::Kind::kString:
      if (v.mark() == Mark::kMarkup) out += "Markup(";
      append_text_repr(out, v.as_string());
      if (v.mark() == Mark::kMarkup) out += ')';
      break;
    case Value::Kind::kObject:
      out += v.as_object().repr();
      break;
    default:
      append_collection(out, v);
  }
}

}  // namespace

std::string to_repr(const Value& v) {
  std::string out;
  append_repr(out, v);
  return out;
}

std::string to_text(const Value& v) {
  if (v.is_string()) return v.as_string();
  if (v.is_object()) return v.as_object().text();
  if (!v.is_undefined()) return to_repr(v);
  if (v.as_undefined() != nullptr && v.as_undefined()->kind == UndefinedKind::kStrict) undefined_error(v);
  return {};
}

std::optional<int64_t> length(const Value& v) {
  switch (v.kind()) {
    case Value::Kind::kString:
      return static_cast<int64_t>(code_points(v.as_string()));
    case Value::Kind::kList:
      return static_cast<int64_t>(v.as_list().items.size());
    case Value::Kind::kTuple:
      return static_cast<int64_t>(v.as_tuple().items.size());
    case Value::Kind::kDict:
      return static_cast<int64_t>(v.as_dict().size());
    case Value::Kind::kSet:
      return static_cast<int64_t>(v.as_set().items.size());
    case Value::Kind::kObject:
      return v.as_object().length();
    case Value::Kind::kUndefined:
      if (v.as_undefined() != nullptr && v.as_undefined()->kind == UndefinedKind::kStrict) undefined_error(v);
      return 0;
    default:
      return std::nullopt;
  }
}

}  // namespace tidemark::jinja
