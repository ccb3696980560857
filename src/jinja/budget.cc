#include "jinja/budget.h"

#include <fmt/format.h>

#include "jinja/fail.h"

namespace tidemark::jinja {

namespace {

constexpr int kMaxValueNesting = 400;
thread_local Budget* current_budget = nullptr;
thread_local uintptr_t lowest_stack = 0;
thread_local int value_nesting = 0;

}  // namespace

Budget*& Budget::current() { return current_budget; }
uintptr_t& Budget::stack_floor() { return lowest_stack; }

void Budget::out_of_steps() {
  steps_ = 0;
  limit_error(fmt::format("the template does not end within {} steps", limits_.steps), "look for a loop or a recursion that runs too often");
}

void Budget::out_of_bytes() {
  bytes_ = 0;
  limit_error(fmt::format("the template makes more than {} MiB of text and collections", limits_.allocated_bytes >> 20U));
}

void charge_steps(uint64_t count) {
  if (current_budget != nullptr) current_budget->steps(count);
}

void charge_bytes(uint64_t count) { grow_text(0, count); }

void grow_text(uint64_t size, uint64_t more) {
  if (current_budget == nullptr) return;
  if (const uint64_t limit = current_budget->limits().output_bytes; more > limit || size > limit - more) {
    limit_error(fmt::format("a text is larger than the limit of {} MiB", limit >> 20U));
  }
  current_budget->bytes(more);
}

void check_items(uint64_t count) {
  if (current_budget == nullptr) return;
  if (count > current_budget->limits().items) {
    limit_error(fmt::format("a collection of {} items is larger than the limit of {}", count, current_budget->limits().items));
  }
  current_budget->steps(count / 4);
  current_budget->bytes(count * sizeof(Value));
}

void check_growth(uint64_t count) {
  if (current_budget == nullptr) return;
  if (count >= current_budget->limits().items) check_items(count + 1);
  current_budget->bytes(sizeof(Value));
}

void check_stack() {
  const char here = 0;
  if (reinterpret_cast<uintptr_t>(&here) < lowest_stack) limit_error("expressions or macros are nested too deeply");
}

NestingGuard::NestingGuard() {
  if (value_nesting >= kMaxValueNesting) limit_error(fmt::format("a value is nested more than {} levels deep", kMaxValueNesting));
  ++value_nesting;
}

NestingGuard::~NestingGuard() { --value_nesting; }

}  // namespace tidemark::jinja
