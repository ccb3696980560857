// What the render in progress on this thread may still use. Functions on values charge it; outside of a render
// nothing is charged.
#pragma once
#include <cstdint>

#include "jinja/limits.h"

namespace tidemark::jinja {

class Budget {
 public:
  explicit Budget(const Limits& limits) : limits_(limits), steps_(limits.steps), bytes_(limits.allocated_bytes) {}

  void step() {
    if (steps_-- == 0) out_of_steps();
  }
  void steps(uint64_t count) {
    if (count > steps_) out_of_steps();
    steps_ -= count;
  }
  void bytes(uint64_t count) {
    if (count > bytes_) out_of_bytes();
    bytes_ -= count;
  }
  const Limits& limits() const { return limits_; }
  uint64_t steps_left() const { return steps_; }

  // The budget of this thread's innermost render; null outside of one.
  static Budget*& current();
  // Lowest address that the stack of this thread may reach while a render is in progress; 0 outside of one.
  static uintptr_t& stack_floor();

 private:
  [[noreturn]] void out_of_steps();
  [[noreturn]] void out_of_bytes();
  Limits limits_;
  uint64_t steps_;
  uint64_t bytes_;
};

void charge_steps(uint64_t count);
void charge_bytes(uint64_t count);             // a new string or collection of that size
void grow_text(uint64_t size, uint64_t more);  // a text of `size` bytes gets `more`
void check_items(uint64_t count);              // a collection of that many items is to be made; charges them too
void check_growth(uint64_t count);             // a collection of `count` items gets one more
void check_stack();                            // TM2007 where nesting has used up the stack

// One level of recursion over nested values; TM2007 beyond 400.
class NestingGuard {
 public:
  NestingGuard();
  ~NestingGuard();
};

}  // namespace tidemark::jinja
