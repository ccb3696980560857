#include "compile/cte.h"

#include <cctype>

#include "base/strings.h"

namespace tidemark::compile {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

size_t skip_blanks(std::string_view sql, size_t at) {
  while (at < sql.size() && std::isspace(static_cast<unsigned char>(sql[at])) != 0) ++at;
  return at;
}

size_t skip_blanks_and_comments(std::string_view sql, size_t at) {
  while (true) {
    at = skip_blanks(sql, at);
    const std::string_view rest = sql.substr(at);
    size_t end = 0;
    if (rest.starts_with("--")) {
      end = rest.find('\n');
    } else if (rest.starts_with("/*")) {
      end = rest.find("*/", 2);
      if (end != std::string_view::npos) end += 2;
    } else {
      return at;
    }
    if (end == std::string_view::npos) return sql.size();
    at += end;
  }
}

bool word_at(std::string_view sql, size_t at, std::string_view word) {
  return equals_ignore_case(sql.substr(at, word.size()), word) && (at + word.size() >= sql.size() || !is_word(sql[at + word.size()]));
}

}  // namespace

CtePlace find_cte_place(std::string_view sql) {
  const size_t first = skip_blanks_and_comments(sql, 0);
  if (!word_at(sql, first, "with")) return {skip_blanks(sql, 0), false};
  const size_t after_with = first + 4;
  const size_t next = skip_blanks(sql, after_with);
  if (!word_at(sql, next, "recursive")) return {next, true};
  return {skip_blanks(sql, next + 9), true};
}

std::string cte_insertion(const CtePlace& place, const std::vector<std::string>& ctes) {
  const std::string joined = join(ctes, ", ");
  return place.has_with ? joined + ", " : "with" + joined + " ";
}

}  // namespace tidemark::compile
