#include "base/error.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace tidemark {

namespace {

constexpr size_t kMaxExcerpt = 160;  // code points; longer lines are cut around the caret

std::string_view line_at(const SourceSpan& span) {
  const std::string& text = span.source->text;
  const size_t offset = std::min(span.offset, text.size());
  const size_t newline_before = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
  const size_t begin = newline_before == std::string::npos ? 0 : newline_before + 1;
  size_t end = text.find('\n', offset);
  if (end == std::string::npos) end = text.size();
  if (end > begin && text[end - 1] == '\r') --end;
  return std::string_view(text).substr(begin, end - begin);
}

size_t code_points(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string excerpt(const SourceSpan& span) {
  const LineColumn at = span.start();
  std::string line(line_at(span));
  std::replace(line.begin(), line.end(), '\t', ' ');
  const std::string number = std::to_string(at.line);
  std::string_view covered = span.text();
  covered = covered.substr(0, covered.find('\n'));
  size_t carets = std::max<size_t>(1, code_points(covered));
  size_t column = at.column;
  if (line.size() > kMaxExcerpt) {
    const size_t from = column > kMaxExcerpt / 2 ? column - kMaxExcerpt / 2 : 0;
    line = line.substr(std::min(from, line.size()), kMaxExcerpt);
    column -= from;
  }
  carets = std::min(carets, std::max<size_t>(1, code_points(line) + 2 - std::min(column, code_points(line) + 1)));
  return fmt::format("{} | {}\n{} | {}{}\n", number, line, std::string(number.size(), ' '), std::string(column - 1, ' '), std::string(carets, '^'));
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row[b.size()];
}

}  // namespace

Error::Error(std::string code, std::string message) : code_(std::move(code)), message_(std::move(message)) {}

Error& Error::at(SourceSpan span) {
  spans_.push_back(std::move(span));
  return *this;
}

Error& Error::hint(std::string text) {
  hint_ = std::move(text);
  return *this;
}

Error& Error::because(const Error& cause) {
  cause_ = std::make_shared<const Error>(cause);
  return *this;
}

void ErrorSink::throw_if_any() const {
  if (errors_.empty()) return;
  if (errors_.size() == 1) throw Error(errors_.front());
  throw ErrorList(errors_);
}

std::string render_error(const Error& error, std::string_view level) {
  std::string out;
  if (error.spans().empty() || !error.spans().front().source) {
    out = fmt::format("{}[{}]: {}\n", level, error.code(), error.message());
  } else {
    const SourceSpan& span = error.spans().front();
    const LineColumn at = span.start();
    out = fmt::format("{}:{}:{}: {}[{}]: {}\n{}", span.source->name, at.line, at.column, level, error.code(), error.message(), excerpt(span));
    for (size_t i = 1; i < error.spans().size(); ++i) {
      const SourceSpan& other = error.spans()[i];
      if (!other.source) continue;
      const LineColumn also = other.start();
      out += fmt::format("{}:{}:{}: note: also here\n{}", other.source->name, also.line, also.column, excerpt(other));
    }
  }
  if (!error.hint().empty()) out += fmt::format("hint: {}\n", error.hint());
  if (error.cause() != nullptr) out += "caused by: " + render_error(*error.cause());
  return out;
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  const size_t limit = std::max<size_t>(1, name.size() / 3);
  std::string best;
  size_t best_distance = limit + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace tidemark
