// How much one render may use: a template can neither hang nor exhaust memory. Exceeding one is Error TM2007.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tidemark::jinja {

struct Limits {
  uint64_t steps = 100'000'000;            // expressions and statements evaluated; long strings and lists count more
  uint64_t output_bytes = 256U << 20U;     // of one text
  uint64_t allocated_bytes = 1ULL << 30U;  // of all strings and collections made, also those given up
  uint64_t items = 10'000'000;             // of one collection
  uint64_t range = 1'000'000;              // numbers of one range()
  int macro_depth = 300;                   // macros within macros
  size_t stack_bytes = 3U << 20U;          // of the thread's stack
};

}  // namespace tidemark::jinja
