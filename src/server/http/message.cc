#include "server/http/message.h"

#include <charconv>

#include <fmt/format.h>

#include "base/error.h"

namespace tidemark::server {

Response& Response::with(const char* name, const std::string& value) {
  headers.emplace_back(name, value);
  return *this;
}

const std::string& Request::header(const std::string& name) const {
  static const std::string kNone;
  const auto found = headers.find(name);
  return found == headers.end() ? kNone : found->second;
}

std::string Request::text(const std::string& name, std::string otherwise) const {
  const auto found = query.find(name);
  return found == query.end() ? otherwise : found->second;
}

int64_t Request::number(const std::string& name, int64_t otherwise, int64_t least, int64_t most) const {
  const auto found = query.find(name);
  if (found == query.end()) return otherwise;
  int64_t value = 0;
  const std::string& digits = found->second;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (fault == std::errc() && end == digits.data() + digits.size() && value >= least && value <= most) return value;
  throw Error("TM7400", fmt::format("'{}' must be a whole number from {} to {}", name, least, most));
}

Json Request::json() const {
  Json out = parse_json(body.empty() ? std::string_view("{}") : std::string_view(body), "the request", "TM7400");
  if (!out.is_object()) throw Error("TM7400", "the request's body must be a JSON object");
  return out;
}

}  // namespace tidemark::server
