// HTML and URLs: escaping, tags, quoting.
#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/builtins.h"
#include "jinja/fail.h"
#include "jinja/html.h"
#include "jinja/methods.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '"':
        out += "&#34;";
        break;
      default:
        out += c;
    }
  }
  charge_bytes(out.size());
  return out;
}

std::string unescape_html(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text[at] == '&' ? text.find(';', at) : std::string_view::npos;
    if (end == std::string_view::npos || end - at > 12) {
      out += text[at++];
      continue;
    }
    const std::string_view name = text.substr(at + 1, end - at - 1);
    char32_t code = 0;
    if (name == "amp") code = '&';
    if (name == "lt") code = '<';
    if (name == "gt") code = '>';
    if (name == "quot") code = '"';
    if (name == "apos") code = '\'';
    if (name == "nbsp") code = 0xA0;
    if (name.size() > 1 && name[0] == '#') {
      const bool hex = name[1] == 'x' || name[1] == 'X';
      const std::string digits(name.substr(hex ? 2 : 1));
      if (!digits.empty() && digits.find_first_not_of(hex ? "0123456789abcdefABCDEF" : "0123456789") == std::string::npos) {
        code = static_cast<char32_t>(std::stoul(digits, nullptr, hex ? 16 : 10));
      }
    }
    if (code == 0 || code > 0x10FFFF) {
      out += text[at++];
      continue;
    }
    append_utf8(out, code);
    at = end + 1;
  }
  return out;
}

std::string strip_tags(std::string_view text) {
  std::string kept;
  for (size_t at = 0; at < text.size();) {
    const bool comment = text.substr(at, 4) == "<!--";
    const size_t end = comment ? text.find("-->", at) : (text[at] == '<' ? text.find('>', at) : std::string_view::npos);
    if (end == std::string_view::npos) {
      kept += text[at++];
    } else {
      at = end + (comment ? 3 : 1);
    }
  }
  std::string out;
  bool blank = false;
  for (size_t at = 0; at < kept.size();) {
    const char32_t c = next_code_point(kept, at);
    if (is_space(c)) {
      blank = true;
      continue;
    }
    if (blank && !out.empty()) out += ' ';
    blank = false;
    append_utf8(out, c);
  }
  return unescape_html(out);
}

namespace {

Value markup(std::string text) { return Value::marked(std::move(text), Mark::kMarkup); }

std::string escaped(const Value& v) { return v.is_string() && v.mark() == Mark::kMarkup ? v.as_string() : escape_html(to_text(v)); }

Value escape(CallContext&, const Args& args) {
  check_arguments("escape", args, 1, {"s"});
  return markup(escaped(args[0]));
}
Value forceescape(CallContext&, const Args& args) {
  check_arguments("forceescape", args, 1, {"value"});
  return markup(escape_html(to_text(args[0])));
}
Value safe(CallContext&, const Args& args) {
  check_arguments("safe", args, 1, {"value"});
  return markup(to_text(args[0]));
}
Value striptags(CallContext&, const Args& args) {
  check_arguments("striptags", args, 1, {"value"});
  return strip_tags(to_text(args[0]));
}

Value xmlattr(CallContext& context, const Args& args) {
  check_arguments("xmlattr", args, 1, {"d", "autospace"});
  const Value& d = args[0];
  if (d.is_undefined()) undefined_error(d);
  if (!d.is_dict() && !(d.is_object() && d.as_object().is_mapping())) type_error(fmt::format("xmlattr needs a dict, not '{}'", type_name(d)));
  std::string out;
  for (const Value& pair : to_vector(context, call_method(context, d, "items", {}))) {
    const Value& key = pair.as_tuple().items[0];
    const Value& value = pair.as_tuple().items[1];
    if (value.is_none() || value.is_undefined()) continue;
    if (!key.is_string()) type_error("names of XML attributes must be strings");
    if (key.as_string().find_first_of(" \t\n\r\f\v/>=") != std::string::npos) value_error(fmt::format("invalid character in attribute name: {}", to_repr(key)));
    if (!out.empty()) out += ' ';
    out += escaped(key) + "=\"" + escaped(value) + "\"";
  }
  if (flag(args, 1, "autospace", true) && !out.empty()) out.insert(0, " ");
  return out;
}

std::string quoted(const Value& v, bool in_query) {
  const std::string text = to_text(v);
  std::string out;
  for (const char c : text) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c == '~' || (c == '/' && !in_query);
    if (plain) {
      out += c;
    } else if (c == ' ' && in_query) {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  charge_bytes(out.size());
  return out;
}

Value urlencode(CallContext& context, const Args& args) {
  check_arguments("urlencode", args, 1, {"value"});
  const Value& v = args[0];
  if (v.is_string() || v.is_number() || v.is_none()) return quoted(v, false);
  const Value pairs = v.is_dict() ? call_method(context, v, "items", {}) : v;
  std::string out;
  for (const Value& pair : to_vector(context, pairs)) {
    const std::vector<Value> both = to_vector(context, pair);
    if (both.size() != 2) value_error(fmt::format("a pair of key and value is needed, got {} items", both.size()));
    if (!out.empty()) out += '&';
    out += quoted(both[0], true) + "=" + quoted(both[1], true);
  }
  return out;
}

constexpr Builtin kFilters[] = {{"escape", escape},       {"e", escape},        {"forceescape", forceescape}, {"safe", safe},
                                {"striptags", striptags}, {"xmlattr", xmlattr}, {"urlencode", urlencode}};

}  // namespace

std::span<const Builtin> html_filters() { return kFilters; }

}  // namespace tidemark::jinja
