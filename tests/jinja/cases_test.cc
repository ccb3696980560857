// Every template of tests/jinja/cases/*.json against what jinja2 gave for it (record.py).
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "jinja/environment.h"
#include "jinja/json.h"
#include "source_dir.h"

namespace tidemark::jinja {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Value value_of(const Json& json) {
  if (json.is_array()) {
    std::vector<Value> items;
    for (const Json& item : json) items.push_back(value_of(item));
    return make_ref<List>(std::move(items));
  }
  if (!json.is_object()) return from_json(json);
  if (json.size() == 1 && json.contains("$tuple")) {
    std::vector<Value> items;
    for (const Json& item : json["$tuple"]) items.push_back(value_of(item));
    return make_ref<Tuple>(std::move(items));
  }
  if (json.size() == 1 && json.contains("$set")) {
    Ref<Set> set = make_ref<Set>();
    for (const Json& item : json["$set"]) set->items.set(value_of(item), nullptr);
    return set;
  }
  Ref<Dict> dict = make_ref<Dict>();
  for (const auto& [key, item] : json.items()) dict->set(key, value_of(item));
  return dict;
}

// The codes under which we raise what is such an exception in Python.
bool same_kind(const std::string& exception, const std::string& code) {
  static const std::map<std::string, std::set<std::string>> kCodes = {
      {"TemplateSyntaxError", {"TM2001"}},
      {"TemplateAssertionError", {"TM2001", "TM2005"}},
      {"SyntaxError", {"TM2001"}},
      {"TemplateRuntimeError", {"TM2003", "TM2005"}},
      {"UndefinedError", {"TM2002"}},
      {"TypeError", {"TM2003", "TM2004"}},
      {"AttributeError", {"TM2003"}},
      {"AssertionError", {"TM2006"}},
      {"ValueError", {"TM2006"}},
      {"ZeroDivisionError", {"TM2006"}},
      {"OverflowError", {"TM2006"}},
      {"IndexError", {"TM2006"}},
      {"KeyError", {"TM2006"}},
      {"FilterArgumentError", {"TM2003", "TM2004", "TM2006"}},
      {"RuntimeError", {"TM2003", "TM2006"}},
      {"SecurityError", {"TM2008"}},
      {"JinjaRenderingError", {"TM2006"}},
  };
  const auto found = kCodes.find(exception);
  return exception == code || (found != kCodes.end() && found->second.contains(code));
}

struct Answer {
  std::string text;
  std::string code;  // of the error; empty where there is none
  size_t line = 0;
  std::string rendered;
};

Answer answer(const Environment& environment, const std::string& text, const Json& context, const Json& own, const std::string& native) {
  MapGlobals globals;
  for (const auto& [name, value] : context.items()) globals.set(name, value_of(value));
  for (const auto& [name, value] : own.items()) globals.set(name, value_of(value));
  try {
    const TemplatePtr t = environment.parse(make_source("case", text));
    Render render(environment, globals);
    if (native.empty()) return {.text = render.render(*t)};
    return {.text = to_repr(render.render_native(*t, native == "dbt" ? NativeRules::kMarked : NativeRules::kJinja))};
  } catch (const Error& error) {
    return {.code = error.code(), .line = error.spans().empty() ? 0 : error.spans()[0].start().line, .rendered = render_error(error)};
  }
}

std::string difference(const Answer& got, const Json& wanted) {
  if (wanted.contains("expected")) {
    if (!got.code.empty()) return "wanted " + wanted["expected"].dump() + ", got " + got.rendered;
    if (got.text != wanted["expected"].get<std::string>()) return "wanted " + wanted["expected"].dump() + "\n   got " + Json(got.text).dump();
    return {};
  }
  const std::string kind = wanted["error"];
  if (got.code.empty()) return "wanted " + kind + ", got " + Json(got.text).dump();
  if (!same_kind(kind, got.code)) return "wanted " + kind + ", got " + got.rendered;
  const size_t line = wanted["line"].get<size_t>();  // 0: jinja2 names none
  if (line != 0 && got.line != line) return "wanted " + kind + " in line " + wanted["line"].dump() + ", got " + got.rendered;
  return {};
}

TEST(Cases, GiveWhatJinja2Gives) {
  const Environment environment;
  size_t count = 0;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(source_dir() / "tests/jinja/cases")) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    const Json file = parse_json(read(path), path.string(), "TM1001");
    const std::string native = file.value("native", "");
    for (const Json& c : file["cases"]) {
      ++count;
      const std::string text = c["template"];
      const Json own = c.contains("context") ? c["context"] : Json::object();
      const std::string fault = difference(answer(environment, text, file["context"], own, native), c.contains("tidemark") ? c["tidemark"] : c);
      if (!fault.empty()) ADD_FAILURE() << path.filename().string() << ": " << c["template"].dump() << "\n" << fault;
    }
  }
  EXPECT_GE(count, 700U);
}

}  // namespace
}  // namespace tidemark::jinja
