#include "jinja/builtin_objects.h"

#include <algorithm>

#include <fmt/format.h>

#include "jinja/budget.h"
#include "jinja/fail.h"
#include "jinja/numbers.h"

namespace tidemark::jinja {

namespace {

class RangeIterator : public Iterator {
 public:
  explicit RangeIterator(Ref<Range> range) : range_(std::move(range)) {}
  bool next(CallContext&, Value& out) override {
    if (at_ >= *range_->length()) return false;
    out = range_->at(at_++);
    return true;
  }

 private:
  Ref<Range> range_;
  int64_t at_ = 0;
};

class ValuesIterator : public Iterator {
 public:
  explicit ValuesIterator(std::vector<Value> values) : values_(std::move(values)) {}
  bool next(CallContext&, Value& out) override {
    if (at_ >= values_.size()) return false;
    out = std::move(values_[at_++]);
    return true;
  }
  bool holds(const void* container) const override {
    return std::any_of(values_.begin(), values_.end(), [&](const Value& v) { return value_holds(v, container); });
  }

 private:
  std::vector<Value> values_;
  size_t at_ = 0;
};

class BackwardsIterator : public Iterator {
 public:
  explicit BackwardsIterator(Ref<List> list) : list_(std::move(list)), left_(list_->items.size()) {}
  bool next(CallContext&, Value& out) override {
    if (left_ == 0 || left_ > list_->items.size()) return false;
    out = list_->items[--left_];
    return true;
  }
  bool holds(const void* container) const override { return value_holds(Value(list_), container); }

 private:
  Ref<List> list_;
  size_t left_;
};

class DictIterator : public Iterator {
 public:
  DictIterator(Ref<Dict> dict, DictView::Part part) : dict_(std::move(dict)), part_(part), size_(dict_->size()) {}
  bool next(CallContext&, Value& out) override {
    if (dict_->size() != size_) value_error("the dict changed its size during iteration");
    const std::vector<Dict::Entry>& entries = dict_->entries();
    while (at_ < entries.size() && !entries[at_].live) ++at_;
    if (at_ >= entries.size()) return false;
    const Dict::Entry& entry = entries[at_++];
    if (part_ == DictView::Part::kKeys) {
      out = entry.key;
    } else if (part_ == DictView::Part::kValues) {
      out = entry.value;
    } else {
      out = Value::tuple({entry.key, entry.value});
    }
    return true;
  }
  bool holds(const void* container) const override { return value_holds(Value(dict_), container); }

 private:
  Ref<Dict> dict_;
  DictView::Part part_;
  size_t size_;
  size_t at_ = 0;
};

}  // namespace

Ref<Iterator> iterate_values(std::vector<Value> values) { return make_ref<ValuesIterator>(std::move(values)); }
Ref<Iterator> iterate_list_backwards(Ref<List> list) { return make_ref<BackwardsIterator>(std::move(list)); }

Range::Range(int64_t start, int64_t stop, int64_t step) : start_(start), stop_(stop), step_(step) {
  if (step == 0) value_error("range() arg 3 must not be zero");
  const __int128 distance = step > 0 ? static_cast<__int128>(stop) - start : static_cast<__int128>(start) - stop;
  const __int128 stride = step > 0 ? static_cast<__int128>(step) : -static_cast<__int128>(step);
  const __int128 count = distance <= 0 ? 0 : (distance + stride - 1) / stride;
  const Budget* budget = Budget::current();
  const auto limit = static_cast<__int128>(budget == nullptr ? Limits().range : budget->limits().range);
  if (count > limit) limit_error(fmt::format("range() of more than {} numbers", static_cast<int64_t>(limit)));
  count_ = static_cast<int64_t>(count);
}

std::optional<Value> Range::get_item(CallContext&, const Value& key) {
  if (!key.is_int() && !key.is_bool()) return std::nullopt;
  const int64_t i = number_as_int(key) < 0 ? number_as_int(key) + count_ : number_as_int(key);
  if (i < 0 || i >= count_) return std::nullopt;
  return at(i);
}

Ref<Iterator> Range::iterate(CallContext&) { return make_ref<RangeIterator>(Ref<Range>(this)); }

std::optional<bool> Range::contains(CallContext&, const Value& item) {
  if (!item.is_int() && !item.is_bool()) return std::nullopt;
  const __int128 offset = static_cast<__int128>(number_as_int(item)) - start_;
  return offset % step_ == 0 && offset / step_ >= 0 && offset / step_ < count_;
}

std::string Range::repr() const { return step_ == 1 ? fmt::format("range({}, {})", start_, stop_) : fmt::format("range({}, {}, {})", start_, stop_, step_); }

bool Range::equals(const Value& other) const {
  const auto* range = other.object_as<Range>();
  if (range == nullptr || range->count_ != count_) return false;
  return count_ == 0 || (range->start_ == start_ && (count_ == 1 || range->step_ == step_));
}

std::string_view DictView::type_name() const { return part_ == Part::kKeys ? "dict_keys" : (part_ == Part::kValues ? "dict_values" : "dict_items"); }

Ref<Iterator> DictView::iterate(CallContext&) { return make_ref<DictIterator>(dict_, part_); }

std::optional<bool> DictView::contains(CallContext&, const Value& item) {
  if (part_ != Part::kKeys) return std::nullopt;
  return dict_->find(item) != nullptr;
}

std::vector<Value> DictView::items() const {
  std::vector<Value> out;
  for (const Dict::Entry& entry : dict_->entries()) {
    if (!entry.live) continue;
    out.push_back(part_ == Part::kKeys ? entry.key : (part_ == Part::kValues ? entry.value : Value::tuple({entry.key, entry.value})));
  }
  return out;
}

std::string DictView::repr() const { return fmt::format("{}({})", type_name(), to_repr(Value::list(items()))); }

bool DictView::equals(const Value& other) const {
  if (other.identity() == this) return true;
  if (part_ == Part::kValues) return false;
  Ref<Set> mine = make_ref<Set>();
  for (const Value& item : items()) mine->items.set(item, nullptr);
  if (other.is_set()) return equal(Value(mine), other);
  const auto* view = other.object_as<DictView>();
  if (view == nullptr || view->part_ == Part::kValues) return false;
  Ref<Set> theirs = make_ref<Set>();
  for (const Value& item : view->items()) theirs->items.set(item, nullptr);
  return equal(Value(mine), Value(theirs));
}

std::string BoundMethod::repr() const { return fmt::format("<built-in method {} of {} object>", name_, jinja::type_name(self_)); }

std::optional<Value> Namespace::get_attribute(CallContext&, std::string_view name) {
  const Value* v = attributes_->find(name);
  return v == nullptr ? std::nullopt : std::optional<Value>(*v);
}

bool Namespace::set_attribute(CallContext&, std::string_view name, const Value& value) {
  attributes_->set(name, storable(this, value));
  return true;
}

std::string Namespace::repr() const { return fmt::format("<Namespace {}>", to_repr(Value(attributes_))); }
std::vector<std::string> Namespace::attribute_names() const { return text_keys(*attributes_); }

std::vector<std::string> text_keys(const Dict& dict) {
  std::vector<std::string> names;
  for (const Dict::Entry& entry : dict.entries()) {
    if (entry.live && entry.key.is_string()) names.push_back(entry.key.as_string());
  }
  return names;
}

}  // namespace tidemark::jinja
