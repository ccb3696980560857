// Requests and responses as handlers see them; no HTTP library in here.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace tidemark::server {

struct Request {
  std::string method;                           // "GET", …
  std::string path;                             // decoded, without the query
  std::map<std::string, std::string> query;     // decoded; the last of equal names counts
  std::map<std::string, std::string> headers;   // by lower-case name
  std::map<std::string, std::string> captures;  // ":name" of the route
  std::string body;
  std::string peer;  // address of the other side
  bool is_tls = false;

  const std::string& header(const std::string& name) const;  // empty where there is none
  const std::string& capture(const std::string& name) const { return captures.at(name); }
  std::string text(const std::string& name, std::string otherwise = {}) const;  // of the query
  // Throws TM7400 where it is no whole number within the bounds.
  int64_t number(const std::string& name, int64_t otherwise, int64_t least, int64_t most) const;
  // Throws TM7400 where the body is no JSON object.
  Json json() const;
};

// A body that comes piece by piece. next() never blocks for long.
class BodyStream {
 public:
  enum class Step { kPiece, kWait, kEnd };
  virtual ~BodyStream() = default;
  virtual Step next(std::string& piece) = 0;  // kPiece: `piece` is set; kWait: ask again a little later
};

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::shared_ptr<BodyStream> stream;  // instead of `body`
  // The answer is not known yet: asked again until it gives one.
  std::function<std::optional<Response>()> pending;

  static Response of(const Json& json, int status = 200) {
    Response out;
    out.status = status;
    out.body = dump_json(json);
    return out;
  }
  static Response none() {
    Response out;
    out.status = 204;
    return out;
  }
  Response& with(const char* name, const std::string& value);  // adds a header
};

using Handler = std::function<Response(const Request&)>;

}  // namespace tidemark::server
