// A value of the template language: Python's dynamic types as far as templates see them. 16 bytes, cheap to copy.
// Lists, dicts and sets are shared and mutable, as in Python; strings and tuples are immutable. Strings are UTF-8,
// and count in code points.
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jinja/ref.h"

namespace tidemark::jinja {

class Object;
class List;
class Tuple;
class Dict;
class Set;
class Value;

// How an undefined value behaves. kDefault: prints and iterates as empty, anything else is an error. kStrict: only
// `is defined` is allowed. kChainable: attributes and items of it are undefined too. kLenient: calls as well.
enum class UndefinedKind : uint8_t { kDefault, kStrict, kChainable, kLenient };

// What is known of an undefined value: `hint` (the whole message) where given, else "'name' is undefined".
struct Undefined : RefCounted {
  Undefined(UndefinedKind kind_, std::string name_, std::string hint_) : kind(kind_), name(std::move(name_)), hint(std::move(hint_)) {}
  UndefinedKind kind;
  std::string name;
  std::string hint;
};

struct Text : RefCounted {
  explicit Text(std::string bytes_) : bytes(std::move(bytes_)) {}
  const std::string bytes;
};

// A mark that a string may carry; operations on the string drop it. kMarkup: safe HTML. The others steer native
// rendering (see environment.h): kText stays text, kNative is read as a literal, kBool and kNumber must be one of those.
enum class Mark : uint8_t { kPlain, kMarkup, kText, kNative, kBool, kNumber };

class Value {
 public:
  enum class Kind : uint8_t { kUndefined, kNone, kBool, kInt, kFloat, kString, kList, kTuple, kDict, kSet, kObject };

  Value() noexcept : kind_(Kind::kUndefined) { data_.ref = nullptr; }  // undefined, without a name
  Value(std::nullptr_t) noexcept : kind_(Kind::kNone) { data_.ref = nullptr; }
  Value(std::same_as<bool> auto b) noexcept : kind_(Kind::kBool) { data_.b = b; }
  Value(int i) noexcept : Value(static_cast<int64_t>(i)) {}
  Value(int64_t i) noexcept : kind_(Kind::kInt) { data_.i = i; }
  Value(size_t i) noexcept : Value(static_cast<int64_t>(i)) {}
  Value(double d) noexcept : kind_(Kind::kFloat) { data_.d = d; }
  Value(const char* text) : Value(std::string(text)) {}
  Value(std::string_view text) : Value(std::string(text)) {}
  Value(std::string text) : Value(Kind::kString, new Text(std::move(text))) {}
  Value(Ref<List> list) noexcept;
  Value(Ref<Tuple> tuple) noexcept;
  Value(Ref<Dict> dict) noexcept;
  Value(Ref<Set> set) noexcept;
  template <std::derived_from<Object> T>
  Value(Ref<T> object) noexcept : kind_(Kind::kObject) {
    adopt(object.detach());
  }

  explicit Value(Ref<Undefined> undefined) noexcept : kind_(Kind::kUndefined) { adopt(undefined.detach()); }

  static Value none() noexcept { return Value(nullptr); }
  static Value undefined(std::string name, std::string hint = {}, UndefinedKind kind = UndefinedKind::kDefault) {
    return Value(Kind::kUndefined, new Undefined(kind, std::move(name), std::move(hint)));
  }
  static Value list(std::vector<Value> items = {});
  static Value tuple(std::vector<Value> items = {});
  static Value dict();
  static Value dict(std::initializer_list<std::pair<std::string_view, Value>> items);
  static Value strings(const std::vector<std::string>& items);  // a list
  static Value marked(std::string text, Mark mark) {
    Value v(std::move(text));
    v.mark_ = mark;
    return v;
  }

  Value(const Value& other) noexcept : data_(other.data_), kind_(other.kind_), mark_(other.mark_) {
    if (counted()) data_.ref->retain();
  }
  Value(Value&& other) noexcept : data_(other.data_), kind_(other.kind_), mark_(other.mark_) {
    other.kind_ = Kind::kUndefined;
    other.data_.ref = nullptr;
  }
  Value& operator=(Value other) noexcept {
    std::swap(data_, other.data_);
    std::swap(kind_, other.kind_);
    std::swap(mark_, other.mark_);
    return *this;
  }
  ~Value() {
    if (counted()) data_.ref->release();
  }

  Kind kind() const noexcept { return kind_; }
  Mark mark() const noexcept { return mark_; }
  bool is_undefined() const noexcept { return kind_ == Kind::kUndefined; }
  bool is_none() const noexcept { return kind_ == Kind::kNone; }
  bool is_bool() const noexcept { return kind_ == Kind::kBool; }
  bool is_int() const noexcept { return kind_ == Kind::kInt; }
  bool is_float() const noexcept { return kind_ == Kind::kFloat; }
  bool is_number() const noexcept { return is_bool() || is_int() || is_float(); }  // as in Python a bool is one
  bool is_string() const noexcept { return kind_ == Kind::kString; }
  bool is_list() const noexcept { return kind_ == Kind::kList; }
  bool is_tuple() const noexcept { return kind_ == Kind::kTuple; }
  bool is_dict() const noexcept { return kind_ == Kind::kDict; }
  bool is_set() const noexcept { return kind_ == Kind::kSet; }
  bool is_object() const noexcept { return kind_ == Kind::kObject; }
  bool is_missing() const noexcept { return kind_ == Kind::kUndefined && data_.ref == nullptr; }  // Value(): no name either

  // Unchecked: the caller has looked at kind().
  bool as_bool() const noexcept { return data_.b; }
  int64_t as_int() const noexcept { return data_.i; }
  double as_float() const noexcept { return data_.d; }
  const std::string& as_string() const noexcept { return static_cast<const Text*>(data_.ref)->bytes; }
  List& as_list() const noexcept;
  Tuple& as_tuple() const noexcept;
  Dict& as_dict() const noexcept;
  Set& as_set() const noexcept;
  Object& as_object() const noexcept;
  const Undefined* as_undefined() const noexcept { return static_cast<const Undefined*>(data_.ref); }  // null where nothing is known
  template <class T>
  T* object_as() const noexcept;  // null unless an object of that class

  // Checked: throws Error TM2003 "`what` must be a string, not 'list'".
  const std::string& expect_string(std::string_view what) const;
  int64_t expect_int(std::string_view what) const;
  bool expect_bool(std::string_view what) const;
  List& expect_list(std::string_view what) const;
  Dict& expect_dict(std::string_view what) const;

  const void* identity() const noexcept { return counted() ? data_.ref : nullptr; }  // same for shared copies

 private:
  Value(Kind kind, RefCounted* ref) noexcept : kind_(kind) {
    data_.ref = ref;
    ref->retain();
  }
  void adopt(RefCounted* ref) noexcept { data_.ref = ref; }  // takes over one reference
  bool counted() const noexcept { return (kind_ >= Kind::kString || kind_ == Kind::kUndefined) && data_.ref != nullptr; }

  union {
    bool b;
    int64_t i;
    double d;
    RefCounted* ref;
  } data_;
  Kind kind_;
  Mark mark_ = Mark::kPlain;
};

class List : public RefCounted {
 public:
  List() = default;
  explicit List(std::vector<Value> values) : items(std::move(values)) {}
  std::vector<Value> items;
};

class Tuple : public RefCounted {
 public:
  explicit Tuple(std::vector<Value> values) : items(std::move(values)) {}
  const std::vector<Value> items;
};

// Insertion-ordered map from any hashable value (TM2003 otherwise). Erasing keeps the order of the others.
// Pointers to values hold until the next insertion or erasure.
class Dict : public RefCounted {
 public:
  struct Entry {
    Value key;
    Value value;
    uint64_t hash = 0;
    bool live = true;
  };

  size_t size() const noexcept { return live_; }
  // Keys given as any kind of text (std::string, literals) take the overloads for std::string_view.
  template <std::same_as<Value> Key>
  Value* find(const Key& key) {
    return find_value(key);
  }
  Value* find(std::string_view key) noexcept;
  template <std::same_as<Value> Key>
  const Value* find(const Key& key) const {
    return const_cast<Dict*>(this)->find_value(key);
  }
  const Value* find(std::string_view key) const noexcept { return const_cast<Dict*>(this)->find(key); }
  template <std::same_as<Value> Key>
  void set(const Key& key, Value value) {
    set_value(key, std::move(value));
  }
  void set(std::string_view key, Value value);
  bool erase(const Value& key);
  void clear() noexcept;
  // Entries in insertion order; skip those with live == false.
  const std::vector<Entry>& entries() const noexcept { return entries_; }
  std::vector<Entry>& entries() noexcept { return entries_; }
  uint64_t changes() const noexcept { return changes_; }  // counts insertions and erasures

 private:
  template <class Same>
  size_t locate(uint64_t hash, const Same& same) const;
  Value* find_value(const Value& key);
  void set_value(const Value& key, Value value);
  void insert(Value key, Value value, uint64_t hash);
  void rebuild(size_t capacity);
  std::vector<Entry> entries_;
  std::vector<uint32_t> index_;  // open addressing over entries_, kEmpty or a position; only where there are many
  size_t live_ = 0;
  uint64_t changes_ = 0;
};

// Unlike Python's, in insertion order.
class Set : public RefCounted {
 public:
  Dict items;  // values are none
};

inline Value::Value(Ref<List> list) noexcept : kind_(Kind::kList) { adopt(list.detach()); }
inline Value::Value(Ref<Tuple> tuple) noexcept : kind_(Kind::kTuple) { adopt(tuple.detach()); }
inline Value::Value(Ref<Dict> dict) noexcept : kind_(Kind::kDict) { adopt(dict.detach()); }
inline Value::Value(Ref<Set> set) noexcept : kind_(Kind::kSet) { adopt(set.detach()); }
inline List& Value::as_list() const noexcept { return *static_cast<List*>(data_.ref); }
inline Tuple& Value::as_tuple() const noexcept { return *static_cast<Tuple*>(data_.ref); }
inline Dict& Value::as_dict() const noexcept { return *static_cast<Dict*>(data_.ref); }
inline Set& Value::as_set() const noexcept { return *static_cast<Set*>(data_.ref); }

// Python's own meaning of these, for host code. Errors (TM2xxx) come without a span; the interpreter adds the place.
bool truthy(const Value& v);
bool equal(const Value& a, const Value& b);
bool less(const Value& a, const Value& b);   // TM2003 where the types have no order
uint64_t hash(const Value& v);               // TM2003 for lists, dicts and sets
std::string to_text(const Value& v);         // str(v)
std::string to_repr(const Value& v);         // repr(v)
std::string_view type_name(const Value& v);  // "str", "int", … as Python says
// Length in items or code points; nullopt where the type has none.
std::optional<int64_t> length(const Value& v);
// Reads a Python literal ('a', 1, [1, 2], {'a': None}, True …); nullopt where the text is not exactly one.
std::optional<Value> literal_eval(std::string_view text);

}  // namespace tidemark::jinja
