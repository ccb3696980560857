#include "adapter/spark/spark_reading.h"

#include <cctype>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "manifest/relation.h"

namespace tidemark::spark {
namespace {

enum class Kind { kBlank, kWord, kName, kText, kNumber, kSymbol };

struct Piece {
  Kind kind;
  std::string text;  // of a name or text: its value; else as written
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

[[noreturn]] void refuse(const std::string& what) { throw Error("TM4130", fmt::format("{} is not read by the planner", what)); }

class Pieces {
 public:
  Pieces(std::string_view sql, bool is_planning) : sql_(sql), is_planning_(is_planning) {}

  std::vector<Piece> all() {
    std::vector<Piece> out;
    while (at_ < sql_.size()) out.push_back(next());
    return out;
  }

 private:
  char ahead(size_t n) const { return at_ + n < sql_.size() ? sql_[at_ + n] : '\0'; }

  std::string taken(size_t end) {
    std::string out(sql_.substr(at_, end - at_));
    at_ = end;
    return out;
  }

  Piece next() {
    const char c = sql_[at_];
    if (c == '-' && ahead(1) == '-') return {Kind::kBlank, taken(std::min(sql_.find('\n', at_), sql_.size()))};
    if (c == '/' && ahead(1) == '*') return {Kind::kBlank, comment()};
    if (std::isspace(static_cast<unsigned char>(c)) != 0) return {Kind::kBlank, taken(at_ + 1)};
    if (c == '`') return {Kind::kName, doubled('`')};
    if (c == '"') return is_planning_ ? Piece{Kind::kName, doubled('"')} : Piece{Kind::kText, escaped('"')};
    if (c == '\'') return {Kind::kText, is_planning_ ? doubled('\'') : escaped('\'')};
    if (is_digit(c) || (c == '.' && is_digit(ahead(1)))) return {Kind::kNumber, number()};
    if (is_word(c)) return word();
    return {Kind::kSymbol, taken(at_ + 1)};
  }

  std::string comment() {
    size_t end = sql_.find("*/", at_ + 2);
    if (end == std::string_view::npos) refuse("a comment without an end");
    return taken(end + 2);
  }

  Piece word() {
    size_t end = at_;
    while (end < sql_.size() && is_word(sql_[end])) ++end;
    const bool is_prefix = end == at_ + 1 && end < sql_.size() && (sql_[end] == '\'' || (!is_planning_ && sql_[end] == '"'));
    if (is_prefix && !is_planning_) refuse(fmt::format("a text with the prefix {}", sql_[at_]));
    return {Kind::kWord, taken(end)};
  }

  std::string number() {
    size_t end = at_;
    while (end < sql_.size() && (is_digit(sql_[end]) || sql_[end] == '.')) ++end;
    if (end < sql_.size() && (sql_[end] == 'e' || sql_[end] == 'E')) {
      size_t exponent = end + 1;
      if (exponent < sql_.size() && (sql_[exponent] == '+' || sql_[exponent] == '-')) ++exponent;
      if (exponent < sql_.size() && is_digit(sql_[exponent])) {
        while (exponent < sql_.size() && is_digit(sql_[exponent])) ++exponent;
        end = exponent;
      }
    }
    if (end < sql_.size() && is_word(sql_[end])) refuse(fmt::format("the number {}", sql_.substr(at_, end + 1 - at_)));
    return taken(end);
  }

  std::string doubled(char quote) {
    std::string out;
    for (size_t i = at_ + 1; i < sql_.size(); ++i) {
      if (sql_[i] != quote) {
        out += sql_[i];
      } else if (i + 1 < sql_.size() && sql_[i + 1] == quote) {
        out += sql_[i++];
      } else {
        at_ = i + 1;
        return out;
      }
    }
    refuse("a name or text without an end");
  }

  // With a backslash Spark writes some characters; before any other, and before % and _ for LIKE, it has its own rules.
  std::string escaped(char quote) {
    std::string out;
    for (size_t i = at_ + 1; i < sql_.size(); ++i) {
      if (sql_[i] == quote) {
        at_ = i + 1;
        if (at_ < sql_.size() && sql_[at_] == quote) refuse("two texts side by side");
        return out;
      }
      if (sql_[i] != '\\' || i + 1 >= sql_.size()) {
        out += sql_[i];
        continue;
      }
      switch (const char c = sql_[++i]) {
        case 'n':
          out += '\n';
          break;
        case 't':
          out += '\t';
          break;
        case 'r':
          out += '\r';
          break;
        case '\\':
        case '\'':
        case '"':
          out += c;
          break;
        default:
          refuse(fmt::format("the text with \\{}", c));
      }
    }
    refuse("a text without an end");
  }

  std::string_view sql_;
  bool is_planning_;
  size_t at_ = 0;
};

std::string text_literal(const std::string& text) {
  if (text.find('\0') != std::string::npos) refuse("a text with a zero byte");
  return "'" + replace_all(text, "'", "''") + "'";
}

std::string written(const Piece& piece) {
  switch (piece.kind) {
    case Kind::kName:
      return quote_identifier(piece.text);
    case Kind::kText:
      return text_literal(piece.text);
    default:
      return piece.text;
  }
}

class Reading {
 public:
  explicit Reading(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

  std::string text() {
    std::string out;
    for (size_t i = 0; i < pieces_.size();) out += read(i);
    return out;
  }

 private:
  bool is(size_t i, std::string_view word) const {
    return i < pieces_.size() && (pieces_[i].kind == Kind::kWord || pieces_[i].kind == Kind::kSymbol) && equals_ignore_case(pieces_[i].text, word);
  }
  // Of what is no blank.
  size_t after(size_t i) const {
    do ++i;
    while (i < pieces_.size() && pieces_[i].kind == Kind::kBlank);
    return i;
  }
  bool follows(size_t i, std::string_view word) const {
    while (i > 0 && pieces_[i - 1].kind == Kind::kBlank) --i;
    return i > 0 && is(i - 1, word);
  }

  std::string read(size_t& i) {
    if (const size_t path = i + 2; is(i, "parquet") && is(i + 1, ".") && path < pieces_.size() && pieces_[path].kind == Kind::kName) {
      i = path + 1;
      return scan(pieces_[path].text);
    }
    if (is(i, "_metadata") && is(i + 1, ".")) {
      const size_t field = i + 2;
      i = field + 1;
      if (is(field, "file_path")) return "filename";
      if (is(field, "row_index")) return "file_row_number";
      refuse("_metadata." + (field < pieces_.size() ? pieces_[field].text : ""));
    }
    const size_t here = i++;
    return is_type_place(here) ? type(here) : written(pieces_[here]);
  }

  static std::string scan(const std::string& pattern) {
    const auto found = stat_file(pattern);
    if (pattern.find("://") != std::string::npos) refuse("files at " + pattern);
    if (found && found->is_directory) refuse("a folder of files, " + pattern + ", without a pattern");
    return fmt::format("read_parquet({})", text_literal(pattern));
  }

  // `cast(x as T)`, `x::T`, `T '…'`.
  bool is_type_place(size_t i) const {
    if (pieces_[i].kind != Kind::kWord) return false;
    const size_t next = after(i);
    const bool literal = next < pieces_.size() && pieces_[next].kind == Kind::kText;
    const bool cast = follows(i, "as") && (is(next, ")") || is(next, "("));
    return literal || cast || follows(i, ":");
  }

  std::string type(size_t i) const {
    const std::string word = to_lower(pieces_[i].text);
    if (word == "timestamp" || word == "timestamp_ltz") return "TIMESTAMPTZ";
    if (word == "timestamp_ntz") return "TIMESTAMP";
    if (word == "string") return "VARCHAR";
    if ((word == "decimal" || word == "dec" || word == "numeric") && !is(after(i), "(")) refuse("decimal without digits");
    for (const char* own : {"byte", "short", "long", "void", "x", "char"}) {
      if (word == own) refuse("the type " + word);
    }
    return pieces_[i].text;
  }

  std::vector<Piece> pieces_;
};

const std::map<std::string, std::string, std::less<>>& types() {
  static const std::map<std::string, std::string, std::less<>> kTypes{
      {"boolean", "BOOLEAN"}, {"tinyint", "TINYINT"}, {"smallint", "SMALLINT"},       {"int", "INTEGER"},
      {"bigint", "BIGINT"},   {"float", "FLOAT"},     {"double", "DOUBLE"},           {"string", "VARCHAR"},
      {"binary", "BLOB"},     {"date", "DATE"},       {"timestamp_ntz", "TIMESTAMP"}, {"timestamp", "TIMESTAMP WITH TIME ZONE"},
      {"void", "\"NULL\""}};
  return kTypes;
}

}  // namespace

std::string planning_text(std::string_view sql) { return Reading(Pieces(sql, false).all()).text(); }

std::string with_plain_names(std::string_view sql) {
  if (sql.find('`') == std::string_view::npos) return std::string(sql);
  std::string out;
  for (const Piece& piece : Pieces(sql, true).all()) out += written(piece);
  return out;
}

std::string planning_type(std::string_view spark) {
  const std::string word = to_lower(spark);
  if (const auto known = types().find(word); known != types().end()) return known->second;
  return to_upper(word);
}

std::string spark_type(std::string_view planning) {
  const std::string word = to_upper(planning);
  if (word == "HUGEINT") return "decimal(38,0)";
  if (word == "UBIGINT") return "decimal(20,0)";
  if (word == "UINTEGER") return "bigint";
  if (word == "USMALLINT") return "int";
  if (word == "UTINYINT") return "smallint";
  if (word == "TIMESTAMPTZ") return "timestamp";
  if (word.starts_with("TIMESTAMP_")) return "timestamp_ntz";  // of seconds, milliseconds, nanoseconds
  if (word.starts_with("DECIMAL(")) return to_lower(word);
  for (const auto& [theirs, ours] : types()) {
    if (ours == word) return theirs;
  }
  throw Error("TM4420", fmt::format("Spark has no type {}", planning));
}

}  // namespace tidemark::spark
