#include "run/error_place.h"

#include <algorithm>
#include <vector>

namespace tidemark::run {

namespace {

struct Line {
  size_t begin = 0;
  std::string_view text;
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back({begin, text.substr(begin, end - begin)});
    begin = end + 1;
  }
  return lines;
}

size_t common_prefix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

size_t common_suffix(std::string_view a, std::string_view b) {
  return static_cast<size_t>(std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend()).first - a.rbegin());
}

// Lines without the part in which they differ have this many bytes in common.
size_t likeness(std::string_view a, std::string_view b) {
  const size_t prefix = common_prefix(a, b);
  return prefix + common_suffix(a.substr(prefix), b.substr(prefix));
}

size_t column_in(std::string_view executed, size_t column, std::string_view compiled) {
  const size_t prefix = common_prefix(executed, compiled);
  if (column <= prefix) return column;
  const size_t suffix = common_suffix(executed.substr(prefix), compiled.substr(prefix));
  const size_t from_end = executed.size() - column;
  return from_end <= suffix ? compiled.size() - from_end : prefix;
}

}  // namespace

std::optional<size_t> place_in_compiled(std::string_view executed, size_t offset, std::string_view compiled) {
  if (compiled.empty() || offset > executed.size()) return std::nullopt;
  if (const size_t at = executed.find(compiled); at != std::string_view::npos) {
    if (offset < at || offset > at + compiled.size()) return std::nullopt;
    return offset - at;
  }
  const std::vector<Line> there = lines_of(executed);
  const std::vector<Line> here = lines_of(compiled);
  if (there.size() < here.size()) return std::nullopt;
  // Where the compiled lines begin among the executed ones: replaced patterns add no lines.
  size_t shift = 0;
  size_t best = 0;
  for (size_t candidate = 0; candidate + here.size() <= there.size(); ++candidate) {
    size_t same = 0;
    for (size_t i = 0; i < here.size(); ++i) same += likeness(there[candidate + i].text, here[i].text);
    if (same > best) {
      best = same;
      shift = candidate;
    }
  }
  const auto next = std::upper_bound(there.begin(), there.end(), offset, [](size_t at, const Line& line) { return at < line.begin; });
  const auto index = static_cast<size_t>(next - there.begin()) - 1;
  if (index < shift || index - shift >= here.size()) return std::nullopt;
  const Line& line = here[index - shift];
  return line.begin + column_in(there[index].text, offset - there[index].begin, line.text);
}

Error at_model(const Error& error, const compile::Compiled& model) {
  if (error.spans().empty() || !error.spans().front().source || error.spans().front().source->name != "<sql>") return error;
  const SourceSpan& span = error.spans().front();
  const std::optional<size_t> place = place_in_compiled(span.source->text, span.offset, model.node->compiled_code);
  Error out(error.code(), error.message());
  if (!error.hint().empty()) out.hint(error.hint());
  if (error.cause() != nullptr) out.because(*error.cause());
  if (!place) return out.at(span);
  SourceSpan own = model.source_map.at(*place);
  if (!own.source) return out.at({make_source("<compiled>", model.node->compiled_code), *place, span.length});
  const std::string_view word = span.text();
  const std::string& text = own.source->text;
  if (own.offset <= text.size() && text.compare(own.offset, word.size(), word) == 0) own.length = word.size();
  return out.at(std::move(own));
}

}  // namespace tidemark::run
