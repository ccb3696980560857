#include "adapter/duckdb/whole_frames.h"

#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/strings.h"
#include "sql/tokens.h"

namespace tidemark::duckdb {
namespace {

enum class Bound { kUnbounded, kCurrent, kOther };

// What a window says, as far as it decides whether its frames are whole partitions. Without a frame: up to the current row's peers.
struct Window {
  bool ordered = false;
  bool by_rows = false;
  bool excludes = false;
  Bound start = Bound::kUnbounded;
  Bound end = Bound::kCurrent;

  bool is_whole() const {
    const auto reaches = [&](Bound bound) { return bound == Bound::kUnbounded || (bound == Bound::kCurrent && !by_rows && !ordered); };
    return !excludes && reaches(start) && reaches(end);
  }
};

class Calls {
 public:
  Calls(const std::string& text, std::vector<sql::Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  void check() const {
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (tokens_[i].is_name() && tokens_[i].text.size() > 3 && equals_ignore_case(tokens_[i].text.substr(0, 3), "tm_") && at(i + 1, "(")) check_call(i);
    }
  }

 private:
  bool at(size_t i, std::string_view word) const { return i < tokens_.size() && tokens_[i].is(word); }

  // Past the bracket that closes the one at `open`.
  size_t past(size_t open) const {
    int depth = 0;
    for (size_t i = open; i < tokens_.size(); ++i) {
      if (at(i, "(")) ++depth;
      if (at(i, ")") && --depth == 0) return i + 1;
    }
    return tokens_.size();
  }

  // The first place between the brackets at `open`, and not within others, of which `is_it` is true; npos: there is none.
  template <class Predicate>
  size_t find_inside(size_t open, const Predicate& is_it) const {
    const size_t end = past(open);
    for (size_t i = open + 1; i + 1 < end; ++i) {
      if (at(i, "(")) i = past(i) - 1;
      if (is_it(i)) return i;
    }
    return std::string::npos;
  }

  bool has_order(size_t open) const {
    return find_inside(open, [&](size_t i) { return at(i, "order") && at(i + 1, "by"); }) != std::string::npos;
  }

  void check_call(size_t name) const {
    size_t i = past(name + 1);
    const std::string called = tokens_[name].text + "()";
    if (has_order(name + 1) || (at(i, "within") && at(i + 1, "group")))
      throw Error("TM4125", called + " takes no ORDER BY of its own").at(place(name)).hint("leave it out: the result does not depend on the order of rows");
    if (at(i, "filter") && at(i + 1, "(")) i = past(i + 1);
    if (!at(i, "over") || at(name + 2, "distinct") || !window_at(i + 1, 0).is_whole()) return;
    throw Error("TM4125", called + " cannot be used over window frames that are whole partitions")
        .at(place(name))
        .hint("write the frame as ROWS BETWEEN UNBOUNDED PRECEDING AND 1000000000000 FOLLOWING");
  }

  // The window in brackets, or the name of one, at `i`.
  Window window_at(size_t i, int depth) const {
    if (i >= tokens_.size() || depth > 10) return {};
    if (!at(i, "(")) return named(tokens_[i].text, depth);
    const bool refines = i + 1 < tokens_.size() && tokens_[i + 1].is_name() && !begins_clause(i + 1);
    Window out = refines ? named(tokens_[i + 1].text, depth) : Window();
    out.ordered = out.ordered || has_order(i);
    const size_t frame = find_inside(
        i, [&](size_t k) { return (at(k, "rows") || at(k, "range") || at(k, "groups")) && !at(k + 1, ",") && !at(k + 1, ")") && !at(k + 1, "order"); });
    if (frame != std::string::npos) read_frame(i, frame, out);
    return out;
  }

  bool begins_clause(size_t i) const { return at(i, "partition") || at(i, "order") || at(i, "rows") || at(i, "range") || at(i, "groups"); }

  Bound bound_at(size_t i) const { return at(i, "unbounded") ? Bound::kUnbounded : at(i, "current") && at(i + 1, "row") ? Bound::kCurrent : Bound::kOther; }

  void read_frame(size_t open, size_t frame, Window& out) const {
    out.by_rows = at(frame, "rows");
    const bool between = at(frame + 1, "between");
    out.start = bound_at(between ? frame + 2 : frame + 1);
    if (between) out.end = bound_at(find_inside(open, [&](size_t i) { return i > frame && at(i, "and"); }) + 1);
    out.excludes = find_inside(open, [&](size_t i) { return i > frame && at(i, "exclude") && !at(i + 1, "no"); }) != std::string::npos;
  }

  // WINDOW name AS (…), of whichever SELECT: the one that is whole, if any is.
  Window named(const std::string& name, int depth) const {
    Window out{.ordered = true};
    for (size_t i = 1; i + 2 < tokens_.size(); ++i) {
      const bool defines =
          tokens_[i].is_name() && equals_ignore_case(tokens_[i].text, name) && at(i + 1, "as") && at(i + 2, "(") && (at(i - 1, "window") || at(i - 1, ","));
      if (!defines) continue;
      out = window_at(i + 2, depth + 1);
      if (out.is_whole()) return out;
    }
    return out;
  }

  SourceSpan place(size_t name) const { return {make_source("<sql>", text_), tokens_[name].begin, tokens_[name].end - tokens_[name].begin}; }

  const std::string& text_;
  std::vector<sql::Token> tokens_;
};

bool mentions_exact(std::string_view sql) {
  for (size_t i = sql.find('_'); i != std::string_view::npos; i = sql.find('_', i + 1)) {
    if (i >= 2 && equals_ignore_case(sql.substr(i - 2, 2), "tm")) return true;
  }
  return false;
}

}  // namespace

void check_exact_calls(const std::string& sql) {
  if (!mentions_exact(sql)) return;
  std::vector<sql::Token> tokens;
  try {
    tokens = sql::tokenize(sql);
  } catch (const Error&) {
    return;
  }
  Calls(sql, std::move(tokens)).check();
}

}  // namespace tidemark::duckdb
