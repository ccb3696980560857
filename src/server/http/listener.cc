#include "server/http/listener.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "server/http/text.h"

namespace tidemark::server {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using asio::ip::tcp;
using Fault = boost::system::error_code;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

auto quietly(Fault& fault) { return asio::redirect_error(use_awaitable, fault); }

// How long to wait before a pending answer is asked for again: short at first, so that quick queries are quick.
std::chrono::milliseconds patience(int tries) {
  if (tries < 20) return std::chrono::milliseconds(2);
  return std::chrono::milliseconds(tries < 60 ? 10 : 50);
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(use_awaitable);
}

std::optional<Request> to_request(const http::request<http::string_body>& given, const std::string& peer, bool is_tls) {
  Request out;
  out.method = std::string(given.method_string());
  out.peer = peer;
  out.is_tls = is_tls;
  const std::string target(given.target());
  if (!target.starts_with('/')) return std::nullopt;
  const size_t cut = target.find('?');
  const auto path = percent_decode(std::string_view(target).substr(0, cut));
  if (!path) return std::nullopt;
  out.path = *path;
  if (cut != std::string::npos) out.query = parse_query(std::string_view(target).substr(cut + 1));
  for (const auto& field : given) out.headers[to_lower(std::string(field.name_string()))] = std::string(field.value());
  out.body = given.body();
  return out;
}

template <class Body>
void fill_head(http::response<Body>& head, const Response& response, bool keep_alive) {
  head.result(static_cast<unsigned>(response.status));
  if (!response.type.empty() && response.status != 204) head.set(http::field::content_type, response.type);
  for (const auto& [name, value] : response.headers) head.insert(name, value);
  head.keep_alive(keep_alive);
}

Response bad_request(int status, const std::string& code, const std::string& message) {
  return Response::of(Json{{"error", {{"code", code}, {"message", message}, {"hint", nullptr}, {"spans", Json::array()}}}}, status)
      .with("Cache-Control", "no-store")
      .with("X-Content-Type-Options", "nosniff");
}

}  // namespace

struct Listener::State {
  ListenOptions options;
  Handler handler;
  std::function<void(const AccessEntry&)> on_done;
  asio::io_context context;
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{context};
  std::vector<std::thread> threads;
  std::atomic<int> connections{0};
  std::atomic<bool> stopping{false};

  bool is_tls() const { return !options.tls_cert.empty(); }

  void load_certificate();
  void listen();
  asio::awaitable<void> accept();
  asio::awaitable<void> serve_tcp(tcp::socket socket);
  asio::awaitable<void> serve_plain(tcp::socket socket, std::string peer);
  asio::awaitable<void> serve_tls(tcp::socket socket, std::string peer);
  template <class Stream>
  asio::awaitable<void> serve_requests(Stream& stream, const std::string& peer);
  template <class Stream>
  asio::awaitable<void> drain(Stream& stream);
  asio::awaitable<Response> answer(const Request& request);
  template <class Stream>
  asio::awaitable<std::optional<uint64_t>> send(Stream& stream, Response& response, bool head_only, bool keep_alive);
  template <class Stream>
  asio::awaitable<std::optional<uint64_t>> send_stream(Stream& stream, Response& response, bool keep_alive);
};

void Listener::State::load_certificate() {
  Fault fault;
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 | asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                  asio::ssl::context::no_tlsv1_1);
  tls.use_certificate_chain_file(options.tls_cert, fault);
  if (fault) throw Error("TM7202", fmt::format("the certificate {} can't be used: {}", options.tls_cert, fault.message()));
  tls.use_private_key_file(options.tls_key, asio::ssl::context::pem, fault);
  if (fault) throw Error("TM7202", fmt::format("the key {} can't be used: {}", options.tls_key, fault.message()));
}

void Listener::State::listen() {
  Fault fault;
  const auto address = asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, fault);
  if (fault)
    throw Error("TM7201", fmt::format("'{}' is no address to listen on", options.host)).hint("--host 127.0.0.1, or 0.0.0.0 for every address of this machine");
  const tcp::endpoint endpoint(address, static_cast<unsigned short>(options.port));
  acceptor.open(endpoint.protocol(), fault);
  if (!fault) acceptor.set_option(asio::socket_base::reuse_address(true), fault);
  if (!fault) acceptor.bind(endpoint, fault);
  if (!fault) acceptor.listen(asio::socket_base::max_listen_connections, fault);
  if (fault)
    throw Error("TM7201", fmt::format("can't listen on {}:{}: {}", options.host, options.port, fault.message()))
        .hint("--port takes another one; 0 takes any that is free");
}

asio::awaitable<void> Listener::State::accept() {
  while (!stopping) {
    Fault fault;
    tcp::socket socket = co_await acceptor.async_accept(asio::make_strand(context), quietly(fault));
    if (stopping) co_return;
    if (fault) {
      co_await pause(std::chrono::milliseconds(50));  // out of descriptors, say
      continue;
    }
    if (connections >= options.most_connections) continue;  // closed at once
    const auto executor = socket.get_executor();
    asio::co_spawn(executor, serve_tcp(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> Listener::State::serve_tcp(tcp::socket socket) {
  ++connections;
  Fault fault;
  const auto remote = socket.remote_endpoint(fault);
  const std::string peer = fault ? std::string("?") : remote.address().to_string();
  socket.set_option(tcp::no_delay(true), fault);
  try {
    if (is_tls()) {
      co_await serve_tls(std::move(socket), peer);
    } else {
      co_await serve_plain(std::move(socket), peer);
    }
  } catch (const std::exception&) {
    // The connection is gone; so is whoever could be told.
  }
  --connections;
}

asio::awaitable<void> Listener::State::serve_plain(tcp::socket socket, std::string peer) {
  beast::tcp_stream stream(std::move(socket));
  co_await serve_requests(stream, peer);
  Fault ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> Listener::State::serve_tls(tcp::socket socket, std::string peer) {
  TlsStream stream(std::move(socket), tls);
  Fault fault;
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(options.request_seconds));
  co_await stream.async_handshake(asio::ssl::stream_base::server, quietly(fault));
  if (fault) co_return;
  co_await serve_requests(stream, peer);
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(5));
  co_await stream.async_shutdown(quietly(fault));
}

// A client that is still sending hears the refusal only if what it sends is read, for a while.
template <class Stream>
asio::awaitable<void> Listener::State::drain(Stream& stream) {
  constexpr size_t kMost = 64 << 20;
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(2));
  Fault fault;
  std::string some(64 << 10, '\0');
  for (size_t read = 0; !fault && read < kMost;) read += co_await stream.async_read_some(asio::buffer(some), quietly(fault));
}

template <class Stream>
asio::awaitable<void> Listener::State::serve_requests(Stream& stream, const std::string& peer) {
  beast::flat_buffer buffer;
  bool keep_alive = true;
  while (keep_alive && !stopping) {
    Fault fault;
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(options.idle_seconds));
    http::request_parser<http::string_body> parser;
    parser.header_limit(options.most_header_bytes);
    parser.body_limit(options.most_body_bytes);
    if (buffer.size() == 0) {
      // Idle connections wait long for a first byte; from then on the request has to hurry.
      auto space = buffer.prepare(4096);
      const size_t got = co_await stream.async_read_some(space, quietly(fault));
      if (fault) co_return;
      buffer.commit(got);
    }
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(options.request_seconds));
    co_await http::async_read(stream, buffer, parser, quietly(fault));
    const Stopwatch watch;
    if (fault == http::error::body_limit || fault == http::error::header_limit) {
      Response refusal = bad_request(fault == http::error::body_limit ? 413 : 431, "TM7413", "the request is too large");
      co_await send(stream, refusal, false, false);
      co_await drain(stream);
      co_return;
    }
    if (fault == http::error::end_of_stream || fault == beast::error::timeout) co_return;
    if (fault) {
      if (fault.category() == make_error_code(http::error::bad_target).category()) {
        Response refusal = bad_request(400, "TM7400", "this is no HTTP request");
        co_await send(stream, refusal, false, false);
      }
      co_return;
    }
    keep_alive = parser.get().keep_alive();
    const auto request = to_request(parser.get(), peer, is_tls());
    if (!request) {
      Response refusal = bad_request(400, "TM7400", "the request's target is malformed");
      co_await send(stream, refusal, false, false);
      co_return;
    }
    Response response = co_await answer(*request);
    const auto sent = co_await send(stream, response, request->method == "HEAD", keep_alive);
    on_done({*request, response.status, sent.value_or(0), watch.seconds()});
    if (!sent) co_return;
  }
}

asio::awaitable<Response> Listener::State::answer(const Request& request) {
  Response response = handler(request);
  for (int tries = 0; response.pending; ++tries) {
    co_await pause(patience(tries));
    if (stopping) co_return bad_request(503, "TM7503", "the server is stopping");
    if (auto known = response.pending()) response = std::move(*known);
  }
  co_return response;
}

// The bytes sent; nullopt where the connection is no more.
template <class Stream>
asio::awaitable<std::optional<uint64_t>> Listener::State::send(Stream& stream, Response& response, bool head_only, bool keep_alive) {
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(options.request_seconds));
  if (response.stream && !head_only) co_return co_await send_stream(stream, response, keep_alive);
  http::response<http::string_body> message;
  fill_head(message, response, keep_alive);
  message.body() = std::move(response.body);
  if (response.status != 204 && response.status != 304) message.prepare_payload();
  if (head_only) message.body().clear();
  Fault fault;
  const size_t sent = co_await http::async_write(stream, message, quietly(fault));
  if (fault) co_return std::nullopt;
  co_return sent;
}

template <class Stream>
asio::awaitable<std::optional<uint64_t>> Listener::State::send_stream(Stream& stream, Response& response, bool keep_alive) {
  http::response<http::empty_body> message;
  fill_head(message, response, keep_alive);
  message.chunked(true);
  http::response_serializer<http::empty_body> serializer(message);
  Fault fault;
  uint64_t sent = co_await http::async_write_header(stream, serializer, quietly(fault));
  std::string piece;
  int idle = 0;
  while (!fault) {
    if (stopping) co_return std::nullopt;
    BodyStream::Step step = BodyStream::Step::kEnd;
    try {
      step = response.stream->next(piece);
    } catch (const std::exception&) {
      co_return std::nullopt;  // the answer is cut short: the client sees that its last chunk is missing
    }
    if (step == BodyStream::Step::kEnd) break;
    if (step == BodyStream::Step::kWait) {
      co_await pause(std::chrono::milliseconds(++idle < 20 ? 10 : 100));
      continue;
    }
    idle = 0;
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(options.request_seconds));
    sent += co_await asio::async_write(stream, http::make_chunk(asio::buffer(piece)), quietly(fault));
  }
  if (!fault) sent += co_await asio::async_write(stream, http::make_chunk_last(), quietly(fault));
  if (fault) co_return std::nullopt;
  co_return sent;
}

Listener::Listener(ListenOptions options, Handler handler, std::function<void(const AccessEntry&)> on_done) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->handler = std::move(handler);
  state_->on_done = std::move(on_done);
  if (state_->is_tls()) state_->load_certificate();
  state_->listen();
}

Listener::~Listener() { stop(0); }

int Listener::port() const { return state_->acceptor.local_endpoint().port(); }

void Listener::start() {
  asio::co_spawn(state_->context, state_->accept(), asio::detached);
  for (int i = 0; i < state_->options.threads; ++i) state_->threads.emplace_back([this] { state_->context.run(); });
}

void Listener::stop(int patience_ms) {
  if (state_->stopping.exchange(true)) return;
  asio::post(state_->context, [this] {
    Fault ignored;
    state_->acceptor.close(ignored);
  });
  for (int waited = 0; waited < patience_ms && state_->connections > 0; waited += 20) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  state_->context.stop();
  for (std::thread& thread : state_->threads) thread.join();
  state_->threads.clear();
}

}  // namespace tidemark::server
