// The JDBC endpoint: a HiveServer2 over the warehouse, a thread a connection.
#pragma once
#include <memory>
#include <string>

#include "server/api/context.h"

namespace tidemark::server {

struct EndpointOptions {
  std::string host = "127.0.0.1";
  int port = 10000;  // 0: any free one
  int most_connections = 200;
  int idle_seconds = 3600;  // without a call
};

class HiveEndpoint {
 public:
  // Listens from now on. Throws TM7601 where it cannot.
  HiveEndpoint(EndpointOptions options, Context& context);
  ~HiveEndpoint();
  int port() const;
  // Closes all connections; what they run is cancelled.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::server
