// A vector whose first N items need no allocation; for the arguments of calls.
#pragma once
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tidemark::jinja {

template <class T, size_t N>
class InlineVector {
 public:
  void push_back(T item) {
    if (size_ < N) {
      inline_[size_] = std::move(item);
    } else {
      if (size_ == N) overflow_.assign(std::make_move_iterator(inline_), std::make_move_iterator(inline_ + N));
      overflow_.push_back(std::move(item));
    }
    ++size_;
  }
  size_t size() const { return size_; }
  std::span<const T> view() const { return size_ <= N ? std::span<const T>(inline_, size_) : std::span<const T>(overflow_); }

 private:
  T inline_[N];
  std::vector<T> overflow_;  // all items, where there are more than N
  size_t size_ = 0;
};

}  // namespace tidemark::jinja
