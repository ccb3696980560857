// The texts of errors as users see them: tests/jinja/faults.txt holds templates, each with what is said about it.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/error.h"
#include "jinja/environment.h"
#include "source_dir.h"

namespace tidemark::jinja {
namespace {

constexpr std::string_view kTemplate = "==== template\n";
constexpr std::string_view kError = "---- error\n";

std::string said_about(const Environment& environment, const std::string& text) {
  MapGlobals globals;
  globals.set("n", 5);
  globals.set("name", "Ann");
  globals.set("columns", Value::strings({"a", "b"}));
  globals.set("target", Value::dict({{"schema", "main"}, {"type", "lake"}}));
  globals.set("return", make_return_function());
  globals.set("money", make_function("money", "amount, currency='EUR'", [](CallContext&, const Bound& bound) { return bound[0]; }));
  try {
    return "no error: " + Render(environment, globals).render(*environment.parse(make_source("models/m.sql", text))) + "\n";
  } catch (const Error& error) {
    return render_error(error);
  }
}

TEST(Faults, AreSaidAsRecorded) {
  const std::filesystem::path path = source_dir() / "tests/jinja/faults.txt";
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  const std::string recorded = content.str();
  const Environment environment;
  std::string now;
  size_t count = 0;
  for (size_t at = recorded.find(kTemplate); at != std::string::npos; ++count) {
    const size_t begin = at + kTemplate.size();
    const size_t next = recorded.find(kTemplate, begin);
    const std::string entry = recorded.substr(begin, next == std::string::npos ? next : next - begin);
    const size_t divider = entry.find(kError);
    // The newline before the divider is not the template's.
    const std::string text = entry.substr(0, divider == std::string::npos ? entry.size() - 1 : divider - 1);
    const std::string said = said_about(environment, text);
    EXPECT_TRUE(said.starts_with("models/m.sql:")) << text << "\n" << said;
    now.append(kTemplate).append(text).append("\n").append(kError).append(said);
    at = next;
  }
  EXPECT_GE(count, 25U);
  if (const char* update = std::getenv("TIDEMARK_UPDATE_GOLDEN"); update != nullptr && std::string_view(update) == "1") {
    std::ofstream(path, std::ios::binary) << now;
  } else {
    EXPECT_EQ(now, recorded);
  }
}

}  // namespace
}  // namespace tidemark::jinja
