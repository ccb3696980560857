// The HTTP server: connections, limits, time-outs, TLS. Everything else is the handler's.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/http/message.h"

namespace tidemark::server {

struct ListenOptions {
  std::string host = "127.0.0.1";
  int port = 3000;       // 0: any free one
  std::string tls_cert;  // PEM files; both or none
  std::string tls_key;
  int threads = 4;
  int most_connections = 1000;
  uint64_t most_body_bytes = 4 << 20;
  uint32_t most_header_bytes = 16 << 10;
  int request_seconds = 30;  // for a request to arrive, and for each piece of an answer to leave
  int idle_seconds = 75;     // between the requests of a connection
};

// One line a request, told when the answer has left.
struct AccessEntry {
  const Request& request;
  int status;
  uint64_t bytes;
  double seconds;
};

class Listener {
 public:
  // `handler` is called from several threads and throws nothing. Throws TM7201 (port), TM7202 (certificate).
  Listener(ListenOptions options, Handler handler, std::function<void(const AccessEntry&)> on_done);
  ~Listener();
  int port() const;  // that it listens on
  void start();
  // No new connections; those under way get `patience_ms`.
  void stop(int patience_ms);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::server
