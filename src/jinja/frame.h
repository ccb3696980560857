// The variables of one scope while it is executed. Macros keep the frames that they were defined in.
#pragma once
#include <memory>

#include "jinja/ast.h"
#include "jinja/ref.h"

namespace tidemark::jinja {

class Frame final : public RefCounted {
 public:
  Frame(const Scope& scope, Ref<Frame> outer) : scope_(&scope), outer_(std::move(outer)), size_(scope.slots.size()), values_(new Value[size_]) {}

  const Scope& scope() const { return *scope_; }
  Frame* outer() const { return outer_.get(); }
  Frame* up(uint16_t levels) {
    Frame* frame = this;
    for (; levels > 0; --levels) frame = frame->outer_.get();
    return frame;
  }
  // is_missing() until it is set.
  Value& operator[](uint32_t slot) { return values_[slot]; }
  // Also where the template is gone already, and its scope with it.
  void clear() {
    for (size_t i = 0; i < size_; ++i) values_[i] = Value();
  }
  // The frame of a template that is not executed: all its names come from the globals.
  bool only_globals = false;

 private:
  const Scope* scope_;
  Ref<Frame> outer_;
  size_t size_;
  std::unique_ptr<Value[]> values_;
};

}  // namespace tidemark::jinja
