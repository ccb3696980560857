// The insertion-ordered map. Few entries are searched in order; from kIndexFrom on, by open addressing with linear probing.
#include <functional>

#include "jinja/fail.h"
#include "jinja/value.h"

namespace tidemark::jinja {

namespace {

constexpr uint32_t kEmpty = UINT32_MAX;
constexpr size_t kIndexFrom = 9;
constexpr size_t kNotFound = SIZE_MAX;

uint64_t hash_text(std::string_view text) noexcept { return std::hash<std::string_view>{}(text); }

// Keys are equal to themselves, as for Python's dict: NaN is found again if it is the same value.
bool same_key(const Value& a, const Value& b) {
  if (a.is_string() && b.is_string()) return a.as_string() == b.as_string();
  return (a.identity() != nullptr && a.identity() == b.identity()) || equal(a, b);
}

}  // namespace

template <class Same>
size_t Dict::locate(uint64_t hash, const Same& same) const {
  if (index_.empty()) {
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].live && entries_[i].hash == hash && same(entries_[i].key)) return i;
    }
    return kNotFound;
  }
  const size_t mask = index_.size() - 1;
  for (size_t slot = hash & mask; index_[slot] != kEmpty; slot = (slot + 1) & mask) {
    const Entry& entry = entries_[index_[slot]];
    if (entry.live && entry.hash == hash && same(entry.key)) return index_[slot];
  }
  return kNotFound;
}

void Dict::rebuild(size_t capacity) {
  if (live_ != entries_.size()) std::erase_if(entries_, [](const Entry& entry) { return !entry.live; });
  index_.clear();
  if (capacity < kIndexFrom) return;
  size_t slots = 16;
  while (slots < capacity * 2) slots *= 2;
  index_.assign(slots, kEmpty);
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    size_t slot = entries_[i].hash & (slots - 1);
    while (index_[slot] != kEmpty) slot = (slot + 1) & (slots - 1);
    index_[slot] = i;
  }
}

void Dict::insert(Value key, Value value, uint64_t hash) {
  if (index_.empty() ? entries_.size() + 1 >= kIndexFrom : (entries_.size() + 1) * 2 > index_.size()) rebuild(live_ * 2 + 1);
  entries_.push_back({std::move(key), std::move(value), hash, true});
  ++live_;
  ++changes_;
  if (index_.empty()) return;
  const size_t mask = index_.size() - 1;
  size_t slot = hash & mask;
  while (index_[slot] != kEmpty) slot = (slot + 1) & mask;
  index_[slot] = static_cast<uint32_t>(entries_.size() - 1);
}

Value* Dict::find_value(const Value& key) {
  const size_t at = locate(hash(key), [&](const Value& other) { return same_key(key, other); });
  return at == kNotFound ? nullptr : &entries_[at].value;
}

Value* Dict::find(std::string_view key) noexcept {
  const size_t at = locate(hash_text(key), [&](const Value& other) { return other.is_string() && other.as_string() == key; });
  return at == kNotFound ? nullptr : &entries_[at].value;
}

void Dict::set_value(const Value& key, Value value) {
  const uint64_t h = hash(key);
  const size_t at = locate(h, [&](const Value& other) { return same_key(key, other); });
  if (at != kNotFound) {
    entries_[at].value = std::move(value);
  } else {
    insert(key, std::move(value), h);
  }
}

void Dict::set(std::string_view key, Value value) {
  if (Value* found = find(key); found != nullptr) {
    *found = std::move(value);
  } else {
    insert(Value(key), std::move(value), hash_text(key));
  }
}

bool Dict::erase(const Value& key) {
  const size_t at = locate(hash(key), [&](const Value& other) { return same_key(key, other); });
  if (at == kNotFound) return false;
  // The entry stays as a mark, so that probes over it and iterations in progress go on.
  entries_[at].live = false;
  entries_[at].key = Value();
  entries_[at].value = Value();
  --live_;
  ++changes_;
  return true;
}

void Dict::clear() noexcept {
  entries_.clear();
  index_.clear();
  live_ = 0;
  ++changes_;
}

}  // namespace tidemark::jinja
