#include "base/json.h"

#include "base/error.h"

namespace tidemark {

Json parse_json(std::string_view text, const std::string& name, const std::string& code) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& fault) {
    const SourceTextPtr source = make_source(name, std::string(text));
    const size_t offset = fault.byte == 0 ? 0 : fault.byte - 1;
    throw Error(code, "not valid JSON").at(SourceSpan{source, offset, 1});
  }
}

std::string dump_json(const Json& json, int indent) { return json.dump(indent, ' ', false, Json::error_handler_t::replace); }

}  // namespace tidemark
