#include "server/api/gate.h"

#include <algorithm>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/strings.h"
#include "server/http/text.h"
#include "server/query/error_json.h"

namespace tidemark::server {

namespace {

constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

void add_security_headers(Response& response, bool is_api, bool is_tls) {
  const bool has_cache = std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) { return header.first == "Cache-Control"; });
  using Headers = std::vector<std::pair<std::string, std::string>>;
  static const Headers kHeaders{{"X-Content-Type-Options", "nosniff"},
                                {"X-Frame-Options", "DENY"},
                                {"Referrer-Policy", "no-referrer"},
                                {"Cross-Origin-Opener-Policy", "same-origin"},
                                {"Cross-Origin-Resource-Policy", "same-origin"},
                                {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"}};
  response.headers.insert(response.headers.end(), kHeaders.begin(), kHeaders.end());
  response.with("Content-Security-Policy", is_api ? "default-src 'none'; frame-ancestors 'none'" : kPolicy);
  if (is_tls) response.with("Strict-Transport-Security", "max-age=31536000");
  if (!has_cache) response.with("Cache-Control", "no-store");
}

bool is_address(const std::string& host) {
  if (host.starts_with('[')) return true;
  in_addr v4{};
  return ::inet_pton(AF_INET, host.c_str(), &v4) == 1;
}

bool changes_state(const Request& request) { return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS"; }

std::string bearer(const Request& request) {
  const std::string& text = request.header("authorization");
  constexpr std::string_view kScheme = "Bearer ";
  return text.size() > kScheme.size() && equals_ignore_case(text.substr(0, kScheme.size()), kScheme) ? std::string(trim(text.substr(kScheme.size())))
                                                                                                     : std::string();
}

void check_access(Access access, const Caller& caller) {
  if (access == Access::kAnyone) return;
  if (!caller.is_known()) throw Error("TM7401", "sign in first");
  const Role least = access == Access::kAdmin ? Role::kAdmin : access == Access::kEditor ? Role::kEditor : Role::kViewer;
  if (caller.user.role < least) throw Error("TM7403", fmt::format("this is for {}s; you are a {}", to_string(least), to_string(caller.user.role)));
}

}  // namespace

Response error_response(const Error& error) {
  int status = 500;
  const std::string& code = error.code();
  if (code.starts_with("TM74") || code.starts_with("TM75")) status = std::stoi(code.substr(3));
  Response out = Response::of(Json{{"error", error_json(error)}}, status);
  if (status == 429) out.with("Retry-After", "30");
  return out;
}

void Throttle::check(const std::string& key, int most, double seconds) {
  const int64_t since = to_epoch_ms(wall_now()) - static_cast<int64_t>(seconds * 1000);
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(key);
  if (found == failures_.end()) return;
  std::erase_if(found->second, [&](int64_t at) { return at < since; });
  if (static_cast<int>(found->second.size()) >= most) throw Error("TM7429", "too many failed attempts").hint(fmt::format("try again in {:g} s", seconds));
}

void Throttle::failed(const std::string& key) {
  constexpr size_t kMostKeys = 100'000;
  const std::lock_guard lock(mutex_);
  if (failures_.size() > kMostKeys) failures_.clear();
  failures_[key].push_back(to_epoch_ms(wall_now()));
}

void Throttle::succeeded(const std::string& key) {
  const std::lock_guard lock(mutex_);
  failures_.erase(key);
}

void Gate::add(const std::string& method, const std::string& pattern, Access access, CallerHandler handler) {
  router_.add(method, pattern, [this, access, handler = std::move(handler)](const Request& request) {
    const Caller caller = caller_of(request);
    check_access(access, caller);
    return handler(request, caller);
  });
}

// A name that is not the server's own reached it by a trick of the name service.
void Gate::check_host(const Request& request) const {
  const std::string host = host_only(request.header("host"));
  if (host == "localhost" || is_address(host) || hosts_.contains(host)) return;
  throw Error("TM7421", "the request is for another host").hint("--allow-host lets the server be called by a further name");
}

void Gate::check_origin(const Request& request) const {
  if (!changes_state(request)) return;
  const std::string& origin = request.header("origin");
  if (!origin.empty()) {
    const size_t cut = origin.find("://");
    const std::string there = cut == std::string::npos ? origin : origin.substr(cut + 3);
    if (!equals_ignore_case(there, request.header("host"))) throw Error("TM7403", "the request comes from another site");
  }
  const std::string& site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") throw Error("TM7403", "the request comes from another site");
  if (bearer(request).empty() && request.header("x-tidemark") != "1") throw Error("TM7403", "the header X-Tidemark: 1 is missing");
  if (!request.body.empty() && to_lower(request.header("content-type")).substr(0, 16) != "application/json")
    throw Error("TM7415", "the body must be application/json");
}

Caller Gate::caller_of(const Request& request) {
  Caller out;
  const std::string token = bearer(request);
  if (!token.empty()) {
    throttle_.check("token " + request.peer, 20, 60);
    if (auto user = store_.token_user(token)) {
      out.user = std::move(*user);
    } else {
      throttle_.failed("token " + request.peer);
      throw Error("TM7401", "the token is not known");
    }
    return out;
  }
  const std::string session = cookie(request.header("cookie"), kSessionCookie);
  if (auto user = store_.session_user(session)) {
    out.user = std::move(*user);
    out.session = session;
  }
  return out;
}

Response Gate::route(const Request& given) {
  check_host(given);
  const bool is_api = given.path.starts_with("/api/") || given.path == "/healthz";
  if (!is_api) {
    if (given.method != "GET" && given.method != "HEAD") throw Error("TM7405", fmt::format("{} is not for {}", given.path, given.method));
    return static_(given);
  }
  check_origin(given);
  Request request = given;
  if (request.method == "HEAD") request.method = "GET";
  return router_.find(request).handler(request);
}

Response Gate::handle(const Request& request) {
  Response response;
  try {
    response = route(request);
  } catch (const ErrorList& errors) {
    response = error_response(errors.errors().front());
  } catch (const Error& error) {
    response = error_response(error);
  } catch (const std::exception& error) {
    response = error_response(Error("TM9000", error.what()));
  }
  const bool is_api = request.path.starts_with("/api/") || request.path == "/healthz";
  if (!response.pending) {
    add_security_headers(response, is_api, is_tls_);
    return response;
  }
  // What a pending answer becomes gets the same treatment.
  auto ask = std::move(response.pending);
  Response out;
  out.pending = [this, is_api, ask = std::move(ask)]() -> std::optional<Response> {
    std::optional<Response> known;
    try {
      known = ask();
    } catch (const ErrorList& errors) {
      known = error_response(errors.errors().front());
    } catch (const Error& error) {
      known = error_response(error);
    } catch (const std::exception& error) {
      known = error_response(Error("TM9000", error.what()));
    }
    if (known) add_security_headers(*known, is_api, is_tls_);
    return known;
  };
  return out;
}

}  // namespace tidemark::server
