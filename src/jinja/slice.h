// x[start:stop:step].
#pragma once
#include <string_view>

#include "jinja/object.h"

namespace tidemark::jinja {

class Slice : public Object {
 public:
  Slice(Value start_, Value stop_, Value step_) : start(std::move(start_)), stop(std::move(stop_)), step(std::move(step_)) {}
  std::string_view type_name() const override { return "slice"; }
  Value start;
  Value stop;
  Value step;
};

Value slice_of(CallContext& context, const Value& v, const Slice& slice);

}  // namespace tidemark::jinja
