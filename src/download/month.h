// Months and the URL templates that stand for a file each.
#pragma once
#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::download {

struct Month {
  int year = 1;   // 1 to 9999
  int month = 1;  // 1 to 12

  auto operator<=>(const Month&) const = default;
};

// "2024-01". Throws Error TM6501 for anything else; `what` names the value in it ("--start").
Month parse_month(std::string_view text, std::string_view what);
std::string format_month(Month month);

// Every month from the first to the last, both included. Throws Error TM6501 where the last is before the first.
std::vector<Month> months_between(Month first, Month last);

// `url` with {yyyy} and {mm} filled in. Throws Error TM6502 for another placeholder or a brace that is none.
std::string expand_template(std::string_view url, Month month);

// The file that a URL names: its last path segment without query. Throws Error TM6502 where that is no plain file name.
std::string file_name_of(std::string_view url);

}  // namespace tidemark::download
