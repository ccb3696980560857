#include "sql/tokens.h"

#include <cctype>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::sql {
namespace {

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool is_word_part(char c) { return is_word_start(c) || std::isdigit(static_cast<unsigned char>(c)) || c == '$'; }

class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  std::vector<Token> run() {
    while (skip_blanks(), at_ < sql_.size()) next();
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }

  [[noreturn]] void unterminated(const char* what) const { throw Error("TM4211", std::string("the SQL ends inside ") + what); }

  void skip_blanks() {
    while (at_ < sql_.size()) {
      if (std::isspace(static_cast<unsigned char>(peek()))) {
        ++at_;
      } else if (peek() == '-' && peek(1) == '-') {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (peek() == '/' && peek(1) == '*') {
        skip_block_comment();
      } else {
        return;
      }
    }
  }

  void skip_block_comment() {  // nested, as in PostgreSQL
    int depth = 0;
    do {
      if (at_ >= sql_.size()) unterminated("a comment");
      if (peek() == '/' && peek(1) == '*') {
        ++depth, at_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        --depth, at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0);
  }

  void add(TokenKind kind, size_t begin, std::string text) { tokens_.push_back({kind, begin, at_, std::move(text)}); }

  void next() {
    const size_t begin = at_;
    const char c = peek();
    if (c == '\'') return quoted('\'', false, TokenKind::kString, "a string");
    if (c == '"') return quoted('"', false, TokenKind::kQuotedName, "a quoted name");
    if ((c == 'e' || c == 'E' || c == 'x' || c == 'X') && peek(1) == '\'') {
      ++at_;
      return quoted('\'', c == 'e' || c == 'E', TokenKind::kString, "a string");
    }
    if (c == '$' && dollar_quoted()) return;
    if (is_word_start(c)) {
      while (is_word_part(peek())) ++at_;
      return add(TokenKind::kWord, begin, std::string(sql_.substr(begin, at_ - begin)));
    }
    if (std::isdigit(static_cast<unsigned char>(c)) || (c == '.' && std::isdigit(static_cast<unsigned char>(peek(1))))) {
      number();
      return add(TokenKind::kNumber, begin, std::string(sql_.substr(begin, at_ - begin)));
    }
    ++at_;
    add(TokenKind::kSymbol, begin, std::string(1, c));
  }

  void number() {
    while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '.' || peek() == '_' ||
           ((peek() == '+' || peek() == '-') && (sql_[at_ - 1] == 'e' || sql_[at_ - 1] == 'E'))) {
      ++at_;
    }
  }

  void quoted(char quote, bool escapes, TokenKind kind, const char* what) {
    const size_t begin = at_;
    std::string text;
    for (++at_;; ++at_) {
      if (at_ >= sql_.size()) unterminated(what);
      if (escapes && peek() == '\\' && at_ + 1 < sql_.size()) {
        text += sql_[++at_];
      } else if (peek() != quote) {
        text += peek();
      } else if (peek(1) == quote) {
        text += quote;
        ++at_;
      } else {
        break;
      }
    }
    ++at_;
    add(kind, begin, std::move(text));
  }

  bool dollar_quoted() {
    size_t end = at_ + 1;
    while (end < sql_.size() && sql_[end] != '$' && is_word_part(sql_[end])) ++end;
    if (end >= sql_.size() || sql_[end] != '$') return false;
    if (end > at_ + 1 && std::isdigit(static_cast<unsigned char>(sql_[at_ + 1]))) return false;  // $1
    const std::string_view tag = sql_.substr(at_, end + 1 - at_);
    const size_t close = sql_.find(tag, end + 1);
    if (close == std::string_view::npos) unterminated("a dollar-quoted string");
    const size_t begin = at_;
    at_ = close + tag.size();
    add(TokenKind::kString, begin, std::string(sql_.substr(end + 1, close - end - 1)));
    return true;
  }

  std::string_view sql_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

bool Token::is(std::string_view word) const { return (kind == TokenKind::kWord || kind == TokenKind::kSymbol) && equals_ignore_case(text, word); }

std::vector<Token> tokenize(std::string_view sql) { return Scanner(sql).run(); }

std::vector<std::string> split_statements(std::string_view sql) {
  std::vector<std::string> statements;
  size_t begin = std::string_view::npos;
  size_t end = 0;
  const auto flush = [&] {
    if (begin != std::string_view::npos) statements.emplace_back(sql.substr(begin, end - begin));
    begin = std::string_view::npos;
  };
  for (const Token& token : tokenize(sql)) {
    if (token.is(";")) {
      flush();
      continue;
    }
    if (begin == std::string_view::npos) begin = token.begin;
    end = token.end;
  }
  flush();
  return statements;
}

std::vector<Name> dotted_names(const std::vector<Token>& tokens) {
  std::vector<Name> names;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].is_name()) continue;
    Name name{{tokens[i].text}, tokens[i].begin, tokens[i].end};
    while (i + 2 < tokens.size() && tokens[i + 1].is(".") && tokens[i + 2].is_name()) {
      i += 2;
      name.parts.push_back(tokens[i].text);
      name.end = tokens[i].end;
    }
    const bool is_call = i + 1 < tokens.size() && tokens[i + 1].is("(") && name.parts.size() == 1;
    if (name.parts.size() > 3) name.parts.resize(3);  // database.schema.table.column
    if (!is_call) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace tidemark::sql
