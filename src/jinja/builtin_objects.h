// Objects of the language itself: ranges, views of dicts, generators, bound methods, namespaces.
#pragma once
#include <string>
#include <string_view>

#include "jinja/methods.h"
#include "jinja/object.h"

namespace tidemark::jinja {

class Range : public Object {
 public:
  Range(int64_t start, int64_t stop, int64_t step);
  std::string_view type_name() const override { return "range"; }
  std::optional<Value> get_item(CallContext& context, const Value& key) override;
  Ref<Iterator> iterate(CallContext& context) override;
  std::optional<int64_t> length() const override { return count_; }
  std::optional<bool> contains(CallContext& context, const Value& item) override;
  std::string repr() const override;
  bool equals(const Value& other) const override;
  bool is_sequence() const override { return true; }
  int64_t at(int64_t i) const { return start_ + i * step_; }

 private:
  int64_t start_;
  int64_t stop_;
  int64_t step_;
  int64_t count_ = 0;
};

class DictView : public Object {
 public:
  enum class Part { kKeys, kValues, kItems };
  DictView(Ref<Dict> dict, Part part) : dict_(std::move(dict)), part_(part) {}
  std::string_view type_name() const override;
  Ref<Iterator> iterate(CallContext& context) override;
  std::optional<int64_t> length() const override { return static_cast<int64_t>(dict_->size()); }
  std::optional<bool> contains(CallContext& context, const Value& item) override;
  std::string repr() const override;
  bool equals(const Value& other) const override;
  std::optional<uint64_t> hash() const override { return std::nullopt; }
  bool holds(const void* container) const override { return value_holds(Value(dict_), container); }

 private:
  std::vector<Value> items() const;
  Ref<Dict> dict_;
  Part part_;
};

// Something that can be iterated once, like Python's generators.
class Generator : public Object {
 public:
  explicit Generator(Ref<Iterator> source, std::string_view type = "generator") : source_(std::move(source)), type_(type) {}
  std::string_view type_name() const override { return type_; }
  Ref<Iterator> iterate(CallContext&) override { return source_; }
  std::string repr() const override { return "<" + std::string(type_) + " object>"; }
  bool holds(const void* container) const override { return source_->holds(container); }

 private:
  Ref<Iterator> source_;
  std::string_view type_;
};

class BoundMethod : public Object {
 public:
  BoundMethod(Value self, Method method, std::string name) : self_(std::move(self)), method_(method), name_(std::move(name)) {}
  std::string_view type_name() const override { return "builtin_function_or_method"; }
  bool callable() const override { return true; }
  Value call(CallContext& context, const Args& args) override { return method_(context, self_, args); }
  std::string repr() const override;
  bool holds(const void* container) const override { return value_holds(self_, container); }

 private:
  Value self_;
  Method method_;
  std::string name_;
};

// namespace(): attributes that `set ns.x = …` may change from any scope.
class Namespace : public Object {
 public:
  Namespace() : attributes_(make_ref<Dict>()) {}
  std::string_view type_name() const override { return "Namespace"; }
  std::optional<Value> get_attribute(CallContext& context, std::string_view name) override;
  bool set_attribute(CallContext& context, std::string_view name, const Value& value) override;
  std::string repr() const override;
  bool holds(const void* container) const override { return container == this || value_holds(Value(attributes_), container); }
  std::vector<std::string> attribute_names() const override;
  Dict& attributes() { return *attributes_; }

 private:
  Ref<Dict> attributes_;
};

// Iterators that hold their source.
Ref<Iterator> iterate_values(std::vector<Value> values);
Ref<Iterator> iterate_list_backwards(Ref<List> list);

std::vector<std::string> text_keys(const Dict& dict);

}  // namespace tidemark::jinja
