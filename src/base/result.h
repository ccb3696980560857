// A value or the Error that stands in its place: for callers that must choose. Everyone else throws.
#pragma once
#include <utility>
#include <variant>

#include "base/error.h"

namespace tidemark {

template <class T>
class Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return std::get<1>(state_); }

  // The value; throws the Error where there is none.
  T& value() & {
    if (!ok()) throw Error(error());
    return std::get<0>(state_);
  }
  T&& value() && {
    if (!ok()) throw Error(error());
    return std::get<0>(std::move(state_));
  }
  const T& value() const& {
    if (!ok()) throw Error(error());
    return std::get<0>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

}  // namespace tidemark
