// Python's ast.literal_eval: strings, numbers, containers, True, False and None.
#include <charconv>
#include <cstdlib>

#include "base/error.h"
#include "jinja/fail.h"
#include "jinja/numbers.h"
#include "jinja/string_literal.h"
#include "jinja/value.h"

namespace tidemark::jinja {

namespace {

struct NoLiteral {};

class LiteralReader {
 public:
  explicit LiteralReader(std::string_view text) : text_(text) {}

  Value whole() {
    blanks(false);
    Value first = value();
    blanks(false);
    if (peek() == ',') first = rest_of_tuple(std::move(first), '\0');
    blanks(true);
    if (at_ != text_.size()) throw NoLiteral();
    return first;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  // Newlines are blanks within brackets and at the end.
  void blanks(bool newlines) {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (c == ' ' || c == '\t' || c == '\f' || ((newlines || level_ > 0) && (c == '\n' || c == '\r'))) {
        ++at_;
      } else {
        return;
      }
    }
  }

  void expect(char c) {
    if (peek() != c) throw NoLiteral();
    ++at_;
  }

  Value value() {
    if (level_ > 200) throw NoLiteral();
    const char c = peek();
    if (c == '(') return parenthesised();
    if (c == '[') return list();
    if (c == '{') return dict_or_set();
    if (c == '\'' || c == '"') return strings();
    if (c == '-' || c == '+') return signed_number();
    if ((c >= '0' && c <= '9') || c == '.') return number();
    return word();
  }

  Value word() {
    const size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_')) ++at_;
    const std::string_view found = text_.substr(start, at_ - start);
    if (found == "True") return true;
    if (found == "False") return false;
    if (found == "None") return nullptr;
    if (found == "set") {
      blanks(false);
      expect('(');
      blanks(false);
      expect(')');
      return make_ref<Set>();
    }
    if ((found == "u" || found == "U" || found == "r" || found == "R") && (peek() == '\'' || peek() == '"')) {
      raw_next_ = found == "r" || found == "R";
      return strings();
    }
    throw NoLiteral();
  }

  Value signed_number() {
    bool negative = false;
    for (; peek() == '-' || peek() == '+'; ++at_) negative = negative != (peek() == '-');
    blanks(false);
    const char c = peek();
    if (!((c >= '0' && c <= '9') || c == '.')) throw NoLiteral();
    const Value v = number();
    if (!negative) return v;
    return v.is_int() ? Value(-v.as_int()) : Value(-v.as_float());
  }

  Value number() {
    const size_t start = at_;
    bool is_float = false;
    const bool prefixed = peek() == '0' && at_ + 1 < text_.size() && std::string_view("xXoObB").find(text_[at_ + 1]) != std::string_view::npos;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (!prefixed && (c == '.' || c == 'e' || c == 'E')) {
        is_float = true;
        if (c != '.' && at_ + 1 < text_.size() && (text_[at_ + 1] == '-' || text_[at_ + 1] == '+')) ++at_;
      } else if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') {
        break;
      }
      ++at_;
    }
    const std::string_view text = text_.substr(start, at_ - start);
    if (is_float) {
      const auto d = text == "." ? std::nullopt : parse_float(text);
      if (!d) throw NoLiteral();
      return *d;
    }
    const auto i = parse_int(text, 0);
    if (!i) throw NoLiteral();
    return *i;
  }

  Value strings() {
    std::string out = string();
    while (true) {
      const size_t before = at_;
      blanks(false);
      if (peek() != '\'' && peek() != '"') {
        at_ = before;
        return out;
      }
      out += string();
    }
  }

  std::string string() {
    const bool raw = std::exchange(raw_next_, false);
    const char quote = peek();
    const bool triple = text_.substr(at_, 3) == std::string(3, quote);
    const std::string_view mark = triple ? text_.substr(at_, 3) : text_.substr(at_, 1);
    at_ += mark.size();
    const size_t start = at_;
    while (at_ < text_.size() && text_.substr(at_, mark.size()) != mark) {
      if (!triple && text_[at_] == '\n') throw NoLiteral();
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    if (at_ >= text_.size()) throw NoLiteral();
    const std::string_view inner = text_.substr(start, at_ - start);
    at_ += mark.size();
    if (raw) return std::string(inner);
    std::string fault;
    auto decoded = decode_escapes(inner, fault);
    if (!decoded) throw NoLiteral();
    return *std::move(decoded);
  }

  Value parenthesised() {
    ++at_;
    ++level_;
    blanks(true);
    if (peek() == ')') {
      close(')');
      return Value::tuple();
    }
    Value first = value();
    blanks(true);
    if (peek() == ',') return rest_of_tuple(std::move(first), ')');
    close(')');
    return first;
  }

  // Behind the first item; `end` closes it, or is '\0' for a tuple without brackets.
  Value rest_of_tuple(Value first, char end) {
    std::vector<Value> items{std::move(first)};
    while (peek() == ',') {
      ++at_;
      blanks(false);
      if (peek() == end || (end == '\0' && (peek() == '\n' || at_ == text_.size()))) break;
      items.push_back(value());
      blanks(false);
    }
    if (end != '\0') close(end);
    return Value::tuple(std::move(items));
  }

  void close(char c) {
    expect(c);
    --level_;
  }

  Value list() {
    ++at_;
    ++level_;
    std::vector<Value> items;
    blanks(true);
    while (peek() != ']') {
      items.push_back(value());
      blanks(true);
      if (peek() != ']') expect(',');
      blanks(true);
    }
    close(']');
    return Value::list(std::move(items));
  }

  Value dict_or_set() {
    ++at_;
    ++level_;
    Ref<Dict> dict = make_ref<Dict>();
    Ref<Set> set = make_ref<Set>();
    blanks(true);
    while (peek() != '}') {
      Value key = value();
      blanks(true);
      if (peek() == ':') {
        ++at_;
        blanks(true);
        dict->set(key, value());
      } else {
        set->items.set(key, nullptr);
      }
      if (dict->size() > 0 && set->items.size() > 0) throw NoLiteral();
      blanks(true);
      if (peek() != '}') expect(',');
      blanks(true);
    }
    close('}');
    return set->items.size() > 0 ? Value(std::move(set)) : Value(std::move(dict));
  }

  std::string_view text_;
  size_t at_ = 0;
  int level_ = 0;  // brackets that are open
  bool raw_next_ = false;
};

}  // namespace

std::optional<Value> literal_eval(std::string_view text) {
  try {
    return LiteralReader(text).whole();
  } catch (const NoLiteral&) {
    return std::nullopt;
  } catch (const Error&) {  // unhashable keys, integers beyond 64 bits
    return std::nullopt;
  }
}

}  // namespace tidemark::jinja
