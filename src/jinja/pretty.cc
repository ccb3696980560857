#include "jinja/pretty.h"

#include <algorithm>

#include "base/error.h"
#include "jinja/budget.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

namespace {

constexpr size_t kWidth = 80;

std::vector<Dict::Entry> sorted_entries(const Dict& dict) {
  std::vector<Dict::Entry> entries;
  for (const Dict::Entry& entry : dict.entries()) {
    if (entry.live) entries.push_back(entry);
  }
  // Keys that have no order among them are ordered by the names of their types, as pprint's safe keys.
  std::stable_sort(entries.begin(), entries.end(), [](const Dict::Entry& a, const Dict::Entry& b) {
    try {
      return less(a.key, b.key);
    } catch (const Error&) {
      return type_name(a.key) < type_name(b.key);
    }
  });
  return entries;
}

std::string one_line(const Value& v) {
  const NestingGuard guard;
  std::string out;
  const auto items = [&](const std::vector<Value>& values, std::string_view open, std::string_view close) {
    out = open;
    for (size_t i = 0; i < values.size(); ++i) out += (i == 0 ? "" : ", ") + one_line(values[i]);
    out += values.size() == 1 && open == "(" ? "," : "";
    out += close;
  };
  if (v.is_list()) {
    items(v.as_list().items, "[", "]");
  } else if (v.is_tuple()) {
    items(v.as_tuple().items, "(", ")");
  } else if (v.is_dict()) {
    out = "{";
    for (const Dict::Entry& entry : sorted_entries(v.as_dict())) out += (out.size() == 1 ? "" : ", ") + one_line(entry.key) + ": " + one_line(entry.value);
    out += "}";
  } else {
    out = to_repr(v);
  }
  charge_bytes(out.size());
  return out;
}

// `indent` columns stand before the value, `allowance` follow it on its last line.
std::string format(const Value& v, size_t indent, size_t allowance) {
  const NestingGuard guard;
  std::string line = one_line(v);
  if (code_points(line) + indent + allowance <= kWidth) return line;
  const std::string blanks(indent + 1, ' ');
  std::string out;
  if (v.is_dict() && v.as_dict().size() > 0) {
    const std::vector<Dict::Entry> entries = sorted_entries(v.as_dict());
    out = "{";
    for (size_t i = 0; i < entries.size(); ++i) {
      const bool last = i + 1 == entries.size();
      const std::string key = one_line(entries[i].key) + ": ";
      out += (i == 0 ? "" : blanks) + key + format(entries[i].value, indent + 1 + code_points(key), last ? allowance + 1 : 1) + (last ? "}" : ",\n");
    }
    return out;
  }
  if (v.is_list() || v.is_tuple()) {
    const std::vector<Value>& items = v.is_list() ? v.as_list().items : v.as_tuple().items;
    const std::string close = v.is_list() ? "]" : (items.size() == 1 ? ",)" : ")");
    if (items.empty()) return line;
    out = v.is_list() ? "[" : "(";
    for (size_t i = 0; i < items.size(); ++i) {
      const bool last = i + 1 == items.size();
      out += (i == 0 ? "" : blanks) + format(items[i], indent + 1, last ? allowance + close.size() : 1) + (last ? close : ",\n");
    }
    return out;
  }
  return line;
}

}  // namespace

std::string pretty(const Value& v) { return format(v, 0, 0); }

}  // namespace tidemark::jinja
