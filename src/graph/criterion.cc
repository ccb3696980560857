#include "graph/criterion.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <fnmatch.h>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::graph {

namespace {

constexpr std::array<std::string_view, 18> kMethods{"fqn",           "tag",           "group",  "access",   "source",    "path",
                                                    "file",          "package",       "config", "exposure", "test_name", "test_type",
                                                    "resource_type", "source_status", "state",  "result",   "version",   "unit_test"};

// "2+" in front or "+3" behind: how many steps; negative where no number is given.
std::optional<int> take_prefix_plus(std::string& text) {
  size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) ++digits;
  if (digits >= text.size() || text[digits] != '+') return std::nullopt;
  const std::optional<int> steps = digits == 0 ? -1 : std::stoi(text.substr(0, std::min<size_t>(digits, 9)));
  text.erase(0, digits + 1);
  return steps;
}

std::optional<int> take_suffix_plus(std::string& text) {
  size_t begin = text.size();
  while (begin > 0 && std::isdigit(static_cast<unsigned char>(text[begin - 1])) != 0) --begin;
  if (begin == 0 || text[begin - 1] != '+') return std::nullopt;
  const std::string digits = text.substr(begin, 9);
  text.erase(begin - 1);
  return digits.empty() ? -1 : std::stoi(digits);
}

std::string default_method(const std::string& value) {
  if (value.find('/') != std::string::npos) return "path";
  for (const char* extension : {".sql", ".py", ".csv"}) {
    if (to_lower(value).ends_with(extension)) return "file";
  }
  return "fqn";
}

}  // namespace

Criterion parse_criterion(const std::string& text) {
  Criterion out;
  out.text = text;
  std::string rest = text;
  if (rest.starts_with('@')) {
    out.childrens_parents = true;
    rest.erase(0, 1);
  }
  out.parents = take_prefix_plus(rest);
  out.children = take_suffix_plus(rest);
  if (out.childrens_parents && out.children) throw Error("TM3010", fmt::format("'{}' has both @ and a + behind", text)).hint("@ takes descendants already");
  const size_t colon = rest.find(':');
  if (colon == std::string::npos) {
    out.value = rest;
    out.method = default_method(rest);
  } else {
    const std::vector<std::string> words = split(rest.substr(0, colon), '.');
    out.method = words.front();
    out.method_arguments.assign(words.begin() + 1, words.end());
    out.value = rest.substr(colon + 1);
  }
  if (out.method == "selector") return out;
  if (std::find(kMethods.begin(), kMethods.end(), out.method) == kMethods.end()) {
    Error error("TM3010", fmt::format("'{}' is no valid method of selection", out.method));
    const std::string near = nearest_name(out.method, std::vector<std::string>(kMethods.begin(), kMethods.end()));
    error.hint(near.empty() ? fmt::format("known methods: {}", fmt::join(kMethods, ", ")) : fmt::format("did you mean '{}:'?", near));
    throw error;
  }
  if (out.value.empty()) throw Error("TM3010", fmt::format("'{}' selects by nothing", text)).hint("write a name, a path or method:value");
  return out;
}

bool matches(const std::string& pattern, const std::string& text) {
  if (pattern.find_first_of("*?[") == std::string::npos) return pattern == text;
  return ::fnmatch(pattern.c_str(), text.c_str(), FNM_NOESCAPE) == 0;
}

}  // namespace tidemark::graph
