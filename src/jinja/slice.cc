#include "jinja/slice.h"

#include <algorithm>

#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/builtin_objects.h"
#include "jinja/fail.h"
#include "jinja/numbers.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

namespace {

// Indexes that a slice selects from `size` items: as Python's slice.indices().
struct Selection {
  int64_t start = 0;
  int64_t step = 1;
  int64_t count = 0;
};

std::optional<int64_t> bound(const Value& v) {
  if (v.is_none()) return std::nullopt;
  if (v.is_undefined()) undefined_error(v);
  if (!v.is_int() && !v.is_bool()) type_error("slice indices must be integers or none");
  return number_as_int(v);
}

Selection select(const Slice& slice, int64_t size) {
  Selection s;
  s.step = bound(slice.step).value_or(1);
  if (s.step == 0) value_error("slice step cannot be zero");
  const bool forward = s.step > 0;
  const int64_t lowest = forward ? 0 : -1;
  const int64_t highest = forward ? size : size - 1;
  const auto place = [&](const Value& v, int64_t fallback) {
    auto given = bound(v);
    if (!given) return fallback;
    if (*given < 0) *given += size;
    return std::clamp(*given, lowest, highest);
  };
  s.start = place(slice.start, forward ? lowest : highest);
  const int64_t stop = place(slice.stop, forward ? highest : lowest);
  if (forward && stop > s.start) s.count = (stop - s.start - 1) / s.step + 1;
  if (!forward && s.start > stop) s.count = static_cast<int64_t>((static_cast<uint64_t>(s.start - stop) - 1) / (0 - static_cast<uint64_t>(s.step)) + 1);
  return s;
}

std::vector<Value> sliced(const std::vector<Value>& items, const Slice& slice) {
  const Selection s = select(slice, static_cast<int64_t>(items.size()));
  check_items(static_cast<uint64_t>(s.count));
  std::vector<Value> out;
  out.reserve(static_cast<size_t>(s.count));
  for (int64_t i = 0; i < s.count; ++i) out.push_back(items[static_cast<size_t>(s.start + i * s.step)]);
  return out;
}

Value sliced_text(const std::string& text, const Slice& slice) {
  charge_bytes(text.size());
  const bool ascii = is_ascii(text);
  const Selection s = select(slice, static_cast<int64_t>(ascii ? text.size() : code_points(text)));
  if (s.step == 1) {
    const auto begin = static_cast<size_t>(s.start);
    const auto count = static_cast<size_t>(s.count);
    return ascii ? Value(text.substr(std::min(begin, text.size()), count)) : Value(code_point_range(text, begin, begin + count));
  }
  std::vector<size_t> offsets;  // of each code point, where they differ from bytes
  for (size_t at = 0; !ascii && at < text.size();) {
    offsets.push_back(at);
    next_code_point(text, at);
  }
  offsets.push_back(text.size());
  std::string out;
  for (int64_t i = 0; i < s.count; ++i) {
    const auto at = static_cast<size_t>(s.start + i * s.step);
    ascii ? out += text[at] : out.append(text, offsets[at], offsets[at + 1] - offsets[at]);
  }
  return out;
}

}  // namespace

Value slice_of(CallContext& context, const Value& v, const Slice& slice) {
  if (v.is_list()) return Value::list(sliced(v.as_list().items, slice));
  if (v.is_tuple()) return Value::tuple(sliced(v.as_tuple().items, slice));
  if (v.is_string()) return sliced_text(v.as_string(), slice);
  if (const auto* range = v.object_as<Range>(); range != nullptr) {
    const Selection s = select(slice, *range->length());
    const int64_t step = range->at(1) - range->at(0);
    return make_ref<Range>(range->at(s.start), range->at(s.start + s.count * s.step), step * s.step);
  }
  if (v.is_object() && v.as_object().is_sequence()) return Value::list(sliced(to_vector(context, v), slice));
  type_error(fmt::format("'{}' object cannot be sliced", type_name(v)));
}

}  // namespace tidemark::jinja
