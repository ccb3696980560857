#include "download/month.h"

#include <fmt/format.h>

#include "base/error.h"

namespace tidemark::download {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

Month parse_month(std::string_view text, std::string_view what) {
  const auto fail = [&] { return Error("TM6501", fmt::format("{} is '{}', which is no month", what, text)).hint("write it as YYYY-MM, for instance 2024-01"); };
  if (text.size() != 7 || text[4] != '-') throw fail();
  for (const size_t i : {0, 1, 2, 3, 5, 6}) {
    if (!is_digit(text[i])) throw fail();
  }
  const Month month{number(text.substr(0, 4)), number(text.substr(5))};
  if (month.year < 1 || month.month < 1 || month.month > 12) throw fail();
  return month;
}

std::string format_month(Month month) { return fmt::format("{:04}-{:02}", month.year, month.month); }

std::vector<Month> months_between(Month first, Month last) {
  if (last < first) throw Error("TM6501", fmt::format("the last month, {}, is before the first, {}", format_month(last), format_month(first)));
  std::vector<Month> months;
  for (Month at = first; at <= last; at = at.month == 12 ? Month{at.year + 1, 1} : Month{at.year, at.month + 1}) months.push_back(at);
  return months;
}

std::string expand_template(std::string_view url, Month month) {
  const auto fail = [&](std::string_view why) {
    return Error("TM6502", fmt::format("the download URL '{}' has {}", url, why)).hint("{yyyy} stands for the year and {mm} for the month");
  };
  std::string out;
  for (size_t at = 0; at < url.size();) {
    if (url[at] == '}') throw fail("a '}' without its '{'");
    if (url[at] != '{') {
      out += url[at++];
      continue;
    }
    const size_t end = url.find('}', at);
    if (end == std::string_view::npos) throw fail("a '{' without its '}'");
    const std::string_view name = url.substr(at + 1, end - at - 1);
    if (name == "yyyy") {
      out += fmt::format("{:04}", month.year);
    } else if (name == "mm") {
      out += fmt::format("{:02}", month.month);
    } else {
      throw fail(fmt::format("the unknown placeholder '{{{}}}'", name));
    }
    at = end + 1;
  }
  return out;
}

std::string file_name_of(std::string_view url) {
  std::string_view path = url.substr(0, url.find_first_of("?#"));
  if (const size_t scheme = path.find("://"); scheme != std::string_view::npos) {
    path.remove_prefix(scheme + 3);
    const size_t slash = path.find('/');
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const bool plain = !name.empty() && name != "." && name != ".." && name.find_first_of("\\%:") == std::string_view::npos;
  if (!plain) throw Error("TM6502", fmt::format("the download URL '{}' does not end in a file name", url));
  return std::string(name);
}

}  // namespace tidemark::download
