// Parses, scans and renders any bytes as a template, within small limits. Errors are fine; anything else is a fault.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "jinja/environment.h"
#include "jinja/scan.h"

namespace {

using namespace tidemark;
using namespace tidemark::jinja;

constexpr std::array<std::string_view, 6> kKinds = {"macro", "materialization", "test", "data_test", "snapshot", "docs"};

const Environment& environment() {
  static const Environment environment;
  return environment;
}

void set_names(MapGlobals& globals) {
  globals.set("n", 5);
  globals.set("x", 1.5);
  globals.set("s", "Hello Wörld");
  globals.set("items", Value::list({3, 1, 2}));
  globals.set("d", Value::dict({{"a", 1}, {"b", Value::strings({"x", "y"})}}));
  globals.set("return", make_return_function());
}

template <class Action>
void allowing_errors(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    (void)render_error(error);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const SourceTextPtr source = make_source("input.sql", std::string(reinterpret_cast<const char*>(data), size));
  allowing_errors([&] { (void)environment().parse_definitions(source, kKinds); });
  allowing_errors([&] {
    const TemplatePtr t = environment().parse(source);
    (void)t->static_calls();
    (void)t->global_names();
    MapGlobals globals;
    set_names(globals);
    RenderOptions options;
    options.limits = {.steps = 20'000, .output_bytes = 1U << 20U, .allocated_bytes = 8U << 20U, .items = 10'000, .range = 10'000, .macro_depth = 60};
    Render render(environment(), globals, options);
    (void)render.render(*t);
  });
  allowing_errors([&] {
    MapGlobals globals;
    set_names(globals);
    const TemplatePtr t = environment().parse_expression(source);
    RenderOptions options;
    options.limits = {.steps = 20'000, .output_bytes = 1U << 20U, .allocated_bytes = 8U << 20U, .items = 10'000, .range = 10'000, .macro_depth = 60};
    Render render(environment(), globals, options);
    (void)to_repr(render.evaluate(*t));
  });
  return 0;
}
