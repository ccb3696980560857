// What every request passes: the Host, Origin and CSRF checks, the session or token, the role, and the security headers.
#pragma once
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "server/http/router.h"
#include "server/store/store.h"

namespace tidemark::server {

inline constexpr const char* kSessionCookie = "tidemark_session";

enum class Access { kAnyone, kViewer, kEditor, kAdmin };

struct Caller {
  User user;            // id 0: nobody is signed in
  std::string session;  // the cookie's value; empty where a token was used
  bool is_known() const { return user.id != 0; }
};

using CallerHandler = std::function<Response(const Request&, const Caller&)>;

// Counts failures by key ("peer", "account"): after a few, the key has to wait.
class Throttle {
 public:
  // Throws TM7429 where `key` has failed `most` times within the last `seconds`.
  void check(const std::string& key, int most, double seconds);
  void failed(const std::string& key);
  void succeeded(const std::string& key);

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<int64_t>> failures_;  // ms
};

class Gate {
 public:
  // `hosts`: names by which it may be called beside addresses and localhost.
  Gate(Store& store, std::set<std::string> hosts, bool is_tls) : store_(store), hosts_(std::move(hosts)), is_tls_(is_tls) {}

  void add(const std::string& method, const std::string& pattern, Access access, CallerHandler handler);
  void set_static(Handler handler) { static_ = std::move(handler); }
  // Throws nothing.
  Response handle(const Request& request);
  Throttle& throttle() { return throttle_; }
  const Router& router() const { return router_; }

 private:
  Response route(const Request& request);
  Caller caller_of(const Request& request);
  void check_host(const Request& request) const;
  void check_origin(const Request& request) const;

  Store& store_;
  std::set<std::string> hosts_;
  bool is_tls_;
  Router router_;
  Handler static_;
  Throttle throttle_;
};

// The answer to a fault: TM74xx are 4xx, everything else 500.
Response error_response(const Error& error);

}  // namespace tidemark::server
