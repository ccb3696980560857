#include "server/query/error_json.h"

namespace tidemark::server {

Json error_json(const Error& error) {
  Json spans = Json::array();
  for (const SourceSpan& span : error.spans()) {
    if (!span.source) continue;
    const LineColumn start = span.start();
    const std::string& text = span.source->text;
    const size_t at = std::min(span.offset, text.size());
    const size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 is 0
    std::string excerpt = text.substr(begin, std::min(text.find('\n', at), text.size()) - begin);
    constexpr size_t kLongest = 400;
    if (excerpt.size() > kLongest) excerpt.resize(kLongest);
    const bool is_file = !span.source->name.starts_with('<');
    spans.push_back({{"file", is_file ? Json(span.source->name) : Json()}, {"line", start.line}, {"column", start.column}, {"excerpt", std::move(excerpt)}});
  }
  std::string message = error.message();
  for (const Error* cause = error.cause(); cause != nullptr; cause = cause->cause()) message += "\n" + cause->message();
  return Json{
      {"code", error.code()}, {"message", std::move(message)}, {"hint", error.hint().empty() ? Json() : Json(error.hint())}, {"spans", std::move(spans)}};
}

}  // namespace tidemark::server
