// Which handler answers which method and path.
#pragma once
#include <string>
#include <vector>

#include "server/http/message.h"

namespace tidemark::server {

struct Route {
  std::string method;
  std::vector<std::string> parts;  // of the path; ":name" takes any one
  Handler handler;
};

class Router {
 public:
  // `pattern`: "/api/queries/:id"
  void add(const std::string& method, const std::string& pattern, Handler handler);
  // Fills `captures`. Throws TM7404 where nothing has that path, TM7405 where nothing has that method there.
  const Route& find(Request& request) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace tidemark::server
