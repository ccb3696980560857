#include "server/http/router.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::server {

namespace {

bool matches(const Route& route, const std::vector<std::string>& parts, std::map<std::string, std::string>& captures) {
  if (route.parts.size() != parts.size()) return false;
  captures.clear();
  for (size_t i = 0; i < parts.size(); ++i) {
    if (route.parts[i].starts_with(':')) {
      if (parts[i].empty()) return false;
      captures[route.parts[i].substr(1)] = parts[i];
    } else if (route.parts[i] != parts[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

void Router::add(const std::string& method, const std::string& pattern, Handler handler) {
  routes_.push_back({method, split(pattern, '/'), std::move(handler)});
}

const Route& Router::find(Request& request) const {
  const std::vector<std::string> parts = split(request.path, '/');
  bool is_there = false;
  for (const Route& route : routes_) {
    if (!matches(route, parts, request.captures)) continue;
    if (route.method == request.method) return route;
    is_there = true;
  }
  if (is_there) throw Error("TM7405", fmt::format("{} is not for {}", request.path, request.method));
  throw Error("TM7404", fmt::format("there is no {}", request.path));
}

}  // namespace tidemark::server
