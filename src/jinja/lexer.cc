#include "jinja/lexer.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/error.h"
#include "jinja/string_literal.h"
#include "jinja/unicode.h"

namespace tidemark::jinja {

namespace {

bool is_digit_of(char c, int base) {
  if (base == 16) return std::isxdigit(static_cast<unsigned char>(c)) != 0;
  return c >= '0' && c < '0' + base;
}

class Lexer {
 public:
  Lexer(Ast& ast, size_t begin, size_t end, const Options& options) : ast_(ast), text_(ast.source->text), at_(begin), end_(end), options_(options) {
    if (options.keep_trailing_newline || end_ <= begin) return;
    if (text_[end_ - 1] == '\n') --end_;
    if (end_ > begin && text_[end_ - 1] == '\r') --end_;
  }

  std::vector<Token> run() {
    tokens_.reserve((end_ - at_) / 8 + 4);
    while (at_ < end_) root();
    add(TokenKind::kEnd, end_, 0, {});
    return std::move(tokens_);
  }

  std::vector<Token> run_expression() {
    while (skip_blanks(), at_ < end_) token();
    if (!open_.empty()) fail(fmt::format("'{}' is never closed", open_.back().bracket), open_.back().offset, 1);
    add(TokenKind::kEnd, end_, 0, {});
    return std::move(tokens_);
  }

 private:
  struct Open {
    char bracket;
    size_t offset;
  };

  [[noreturn]] void fail(std::string message, size_t offset, size_t length) { throw Error("TM2001", std::move(message)).at({ast_.source, offset, length}); }

  void add(TokenKind kind, size_t offset, size_t length, std::string_view text, const Value* value = nullptr) {
    tokens_.push_back({kind, static_cast<uint32_t>(offset), static_cast<uint32_t>(length), text, value});
  }

  bool starts_with(size_t at, std::string_view wanted) const { return at + wanted.size() <= end_ && text_.compare(at, wanted.size(), wanted) == 0; }

  size_t after_blanks(size_t at) const { return end_ - strip_left(std::string_view(text_).substr(at, end_ - at)).size(); }
  void skip_blanks() { at_ = after_blanks(at_); }

  // The first {%, {{ or {# from `at` on; end_ where there is none.
  size_t next_tag(size_t at) const {
    while (true) {
      at = text_.find('{', at);
      if (at == std::string::npos || at + 1 >= end_) return end_;
      const char c = text_[at + 1];
      if (c == '%' || c == '{' || c == '#') return at;
      ++at;
    }
  }

  void root() {
    const size_t tag = next_tag(at_);
    if (tag == end_) {
      data(at_, end_);
      at_ = end_;
      return;
    }
    const char sign = tag + 2 < end_ ? text_[tag + 2] : '\0';
    const size_t inside = tag + 2 + (sign == '-' || sign == '+' ? 1 : 0);
    data(at_, stripped_end(at_, tag, sign, text_[tag + 1] == '{'));
    at_ = inside;
    if (text_[tag + 1] == '#') return comment(tag);
    if (text_[tag + 1] == '%' && raw(tag)) return;
    const bool block = text_[tag + 1] == '%';
    add(block ? TokenKind::kBlockBegin : TokenKind::kVariableBegin, tag, inside - tag, {});
    inside_tag(block);
  }

  // Where the text before a tag ends, after the tag's whitespace control.
  size_t stripped_end(size_t begin, size_t tag, char sign, bool variable) const {
    const std::string_view text = std::string_view(text_).substr(begin, tag - begin);
    if (sign == '-') return begin + strip_right(text).size();
    if (sign == '+' || !options_.lstrip_blocks || variable) return tag;
    const size_t newline = text.find_last_of("\n\r");
    const size_t line = newline == std::string_view::npos ? 0 : newline + 1;
    if (line == 0 && !line_starting_) return tag;
    return strip_left(text.substr(line)).empty() ? begin + line : tag;
  }

  void data(size_t begin, size_t end) {
    if (begin >= end) return;
    std::string_view text = std::string_view(text_).substr(begin, end - begin);
    line_starting_ = text.back() == '\n';
    if (text.find('\r') != std::string_view::npos) text = ast_.texts.emplace_back(with_unix_newlines(text));
    add(TokenKind::kData, begin, end - begin, text);
  }

  // Behind the end of a tag: one newline where blocks are trimmed.
  void trim_newline() {
    line_starting_ = false;
    if (!options_.trim_blocks || at_ >= end_) return;
    if (text_[at_] == '\r') {
      ++at_;
      line_starting_ = true;
      if (at_ < end_ && text_[at_] == '\n') ++at_;
    } else if (text_[at_] == '\n') {
      ++at_;
      line_starting_ = true;
    }
  }

  void strip_after() {
    const size_t before = at_;
    skip_blanks();
    line_starting_ = at_ > before && text_[at_ - 1] == '\n';
  }

  void comment(size_t tag) {
    const size_t close = text_.find("#}", at_);
    if (close == std::string::npos || close + 2 > end_) fail("this comment is never closed with '#}'", tag, 2);
    const char sign = close > at_ ? text_[close - 1] : '\0';
    at_ = close + 2;
    if (sign == '-') return strip_after();
    if (sign == '+') {
      line_starting_ = false;
      return;
    }
    trim_newline();
  }

  // {% raw %} … {% endraw %}; false where the tag is another one.
  bool raw(size_t tag) {
    size_t at = after_blanks(at_);
    if (!starts_with(at, "raw")) return false;
    at = after_blanks(at + 3);
    const bool strips = starts_with(at, "-%}");
    if (!strips && !starts_with(at, "%}")) return false;
    at_ = at + (strips ? 3 : 2);
    line_starting_ = false;
    if (strips) strip_after();
    const size_t begin = at_;
    for (size_t open = text_.find("{%", at_); open != std::string::npos && open < end_; open = text_.find("{%", open + 1)) {
      if (end_of_raw(begin, open)) return true;
    }
    fail("this raw block is never closed with '{% endraw %}'", tag, at - tag);
  }

  bool end_of_raw(size_t begin, size_t open) {
    size_t at = open + 2;
    const char sign = at < end_ ? text_[at] : '\0';
    if (sign == '-' || sign == '+') ++at;
    at = after_blanks(at);
    if (!starts_with(at, "endraw")) return false;
    at = after_blanks(at + 6);
    const char last = at < end_ ? text_[at] : '\0';
    const size_t close = at + (last == '-' || last == '+' ? 1 : 0);
    if (!starts_with(close, "%}")) return false;
    data(begin, stripped_end(begin, open, sign, false));
    at_ = close + 2;
    if (last == '-') {
      strip_after();
    } else if (last == '+') {
      line_starting_ = false;
    } else {
      trim_newline();
    }
    return true;
  }

  void inside_tag(bool block) {
    open_.clear();
    while (at_ < end_) {
      if (open_.empty() && tag_end(block)) return;
      const size_t before = at_;
      skip_blanks();
      if (at_ != before) continue;
      token();
    }
  }

  bool tag_end(bool block) {
    const std::string_view close = block ? "%}" : "}}";
    const char first = text_[at_];
    const bool sign = first == '-' || (block && first == '+');
    if (!starts_with(at_ + (sign ? 1 : 0), close)) return false;
    add(block ? TokenKind::kBlockEnd : TokenKind::kVariableEnd, at_, close.size() + (sign ? 1 : 0), {});
    at_ += close.size() + (sign ? 1 : 0);
    if (first == '-') {
      strip_after();
    } else if (!sign && block) {
      trim_newline();
    } else {
      line_starting_ = false;
    }
    return true;
  }

  void token() {
    const char c = text_[at_];
    if (c >= '0' && c <= '9') return number();
    if (c == '\'' || c == '"') return string(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80) return name();
    operator_token(c);
  }

  void name() {
    const size_t start = at_;
    const std::string_view text = std::string_view(text_).substr(0, end_);
    while (at_ < end_) {
      size_t after = at_;
      if (!is_word(next_code_point(text, after))) break;
      at_ = after;
    }
    if (at_ == start) unexpected(start);
    add(TokenKind::kName, start, at_ - start, text.substr(start, at_ - start));
  }

  [[noreturn]] void unexpected(size_t at) {
    size_t after = at;
    next_code_point(std::string_view(text_).substr(0, end_), after);
    fail(fmt::format("unexpected character '{}'", text_.substr(at, after - at)), at, after - at);
  }

  // Digits with single underscores between them, from `at` on; where they end.
  size_t digits(size_t at, int base) const {
    const size_t start = at;
    while (at < end_ && (is_digit_of(text_[at], base) || (text_[at] == '_' && at > start && at + 1 < end_ && is_digit_of(text_[at + 1], base)))) ++at;
    return at;
  }

  // Where a float that starts at at_ ends; at_ where there is none.
  size_t float_end() const {
    if (at_ > 0 && text_[at_ - 1] == '.') return at_;
    const size_t whole = digits(at_, 10);
    size_t end = whole;
    if (end + 1 < end_ && text_[end] == '.' && is_digit_of(text_[end + 1], 10)) end = digits(end + 1, 10);
    if (end < end_ && (text_[end] == 'e' || text_[end] == 'E')) {
      const size_t sign = end + 1 < end_ && (text_[end + 1] == '+' || text_[end + 1] == '-') ? 1 : 0;
      if (end + 1 + sign < end_ && is_digit_of(text_[end + 1 + sign], 10)) return digits(end + 1 + sign, 10);
    }
    return end == whole ? at_ : end;
  }

  void number() {
    const size_t start = at_;
    if (const size_t end = float_end(); end != at_) {
      std::string text = text_.substr(start, end - start);
      std::erase(text, '_');
      at_ = end;
      constant(TokenKind::kNumber, start, Value(std::strtod(text.c_str(), nullptr)));
      return;
    }
    int base = 10;
    size_t from = at_;
    if (text_[at_] == '0' && at_ + 1 < end_) {
      const char letter = static_cast<char>(text_[at_ + 1] | 0x20);
      const int found = letter == 'x' ? 16 : (letter == 'o' ? 8 : (letter == 'b' ? 2 : 0));
      const size_t skip = found != 0 && at_ + 2 < end_ && text_[at_ + 2] == '_' ? 3 : 2;
      if (found != 0 && at_ + skip < end_ && is_digit_of(text_[at_ + skip], found)) {
        base = found;
        from = at_ + skip;
      }
    }
    size_t end = digits(from, base);
    if (base == 10 && text_[at_] == '0') {  // no leading zeros: 007 is 00 and 7
      end = at_;
      while (end < end_ && (text_[end] == '0' || (text_[end] == '_' && end + 1 < end_ && text_[end + 1] == '0'))) ++end;
    }
    integer(start, from, end, base);
  }

  void integer(size_t start, size_t from, size_t end, int base) {
    std::string text = text_.substr(from, end - from);
    std::erase(text, '_');
    at_ = end;
    int64_t i = 0;
    const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), i, base);
    if (fault != std::errc() || stop != text.data() + text.size()) fail("this integer does not fit 64 bits", start, end - start);
    constant(TokenKind::kNumber, start, Value(i));
  }

  void constant(TokenKind kind, size_t start, Value value) { add(kind, start, at_ - start, {}, &ast_.constants.emplace_back(std::move(value))); }

  void string(char quote) {
    const size_t start = at_;
    size_t close = at_ + 1;
    while (close < end_ && text_[close] != quote) close += text_[close] == '\\' ? 2 : 1;
    if (close >= end_) fail("this string is never closed", start, 1);
    const std::string_view inner = std::string_view(text_).substr(start + 1, close - start - 1);
    at_ = close + 1;
    if (inner.find_first_of("\\\r") == std::string_view::npos) return constant(TokenKind::kString, start, Value(inner));
    std::string fault;
    auto decoded = decode_escapes(with_unix_newlines(inner), fault);
    if (!decoded) fail(fault, start, at_ - start);
    constant(TokenKind::kString, start, Value(*std::move(decoded)));
  }

  void operator_token(char c) {
    for (const std::string_view two : {"**", "//", "==", "!=", ">=", "<="}) {
      if (!starts_with(at_, two)) continue;
      add(TokenKind::kOperator, at_, 2, std::string_view(text_).substr(at_, 2));
      at_ += 2;
      return;
    }
    constexpr std::string_view kSingles = "+-/*%~[](){}><=.:|,;";
    if (kSingles.find(c) == std::string_view::npos) unexpected(at_);
    if (c == '(' || c == '[' || c == '{') open_.push_back({c, at_});
    if (c == ')' || c == ']' || c == '}') close_bracket(c);
    add(TokenKind::kOperator, at_, 1, std::string_view(text_).substr(at_, 1));
    ++at_;
  }

  void close_bracket(char c) {
    if (open_.empty()) fail(fmt::format("unexpected '{}'", c), at_, 1);
    const char opened = open_.back().bracket;
    const char expected = opened == '(' ? ')' : (opened == '[' ? ']' : '}');
    if (c != expected) fail(fmt::format("unexpected '{}', expected '{}'", c, expected), at_, 1);
    open_.pop_back();
  }

  Ast& ast_;
  const std::string& text_;
  size_t at_;
  size_t end_;
  const Options& options_;
  bool line_starting_ = true;
  std::vector<Open> open_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(Ast& ast, size_t begin, size_t end, const Options& options) { return Lexer(ast, begin, end, options).run(); }

std::vector<Token> tokenize_expression(Ast& ast, size_t begin, size_t end, const Options& options) { return Lexer(ast, begin, end, options).run_expression(); }

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kData:
      return "text";
    case TokenKind::kVariableBegin:
      return "'{{'";
    case TokenKind::kVariableEnd:
      return "'}}'";
    case TokenKind::kBlockBegin:
      return "'{%'";
    case TokenKind::kBlockEnd:
      return "'%}'";
    case TokenKind::kString:
      return "a string";
    case TokenKind::kNumber:
      return "a number";
    case TokenKind::kEnd:
      return "the end of the template";
    default:
      return fmt::format("'{}'", token.text);
  }
}

}  // namespace tidemark::jinja
