#include "server/hiveserver2/endpoint.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <list>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <thrift/TConfiguration.h>
#include <thrift/TOutput.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>
#include <unistd.h>

#include "base/strings.h"
#include "server/hiveserver2/sasl.h"
#include "server/hiveserver2/service.h"

namespace tidemark::server {

namespace {

using apache::thrift::transport::TSocket;

constexpr int kLargestRequest = 16 << 20;  // bytes
constexpr int kSignInSeconds = 15;
constexpr int kMostFailures = 10;  // within kFailureSeconds, of an account
constexpr double kFailureSeconds = 300;

int listen_at(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int fault = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); fault != 0)
    throw Error("TM7601", fmt::format("cannot listen on '{}': {}", host, ::gai_strerror(fault)));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
  const int handle = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  if (handle >= 0) ::setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (handle < 0 || ::bind(handle, found->ai_addr, found->ai_addrlen) != 0 || ::listen(handle, 128) != 0) {
    const std::string why = std::strerror(errno);
    if (handle >= 0) ::close(handle);
    throw Error("TM7601", fmt::format("the JDBC endpoint cannot listen on {}:{}: {}", host, port, why))
        .hint("another server may be there, Spark's Thrift server for one: choose another --thrift-port");
  }
  return handle;
}

int port_of(int handle) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

}  // namespace

struct HiveEndpoint::State {
  EndpointOptions options;
  Context& context;
  int listener = -1;
  int wake[2] = {-1, -1};
  std::thread accepting;
  std::mutex mutex;
  std::list<int> open;  // sockets
  std::atomic<int> connections{0};
  std::atomic<bool> stopping{false};

  State(EndpointOptions given, Context& of) : options(std::move(given)), context(of) {}

  void accept_all() {
    while (!stopping) {
      pollfd wanted[2] = {{listener, POLLIN, 0}, {wake[0], POLLIN, 0}};
      if (::poll(wanted, 2, -1) < 0 && errno != EINTR) return;
      if (stopping) return;
      if ((wanted[0].revents & POLLIN) == 0) continue;
      const int handle = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (handle < 0) continue;
      if (connections >= options.most_connections) {
        ::close(handle);
        continue;
      }
      ++connections;
      std::thread([this, handle] {
        serve(handle);
        --connections;
      }).detach();
    }
  }

  void serve(int handle) {
    const int yes = 1;
    ::setsockopt(handle, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    std::list<int>::iterator place;
    {
      const std::lock_guard lock(mutex);
      place = open.insert(open.end(), handle);
      if (stopping) ::shutdown(handle, SHUT_RDWR);
    }
    try {
      const auto limits = std::make_shared<apache::thrift::TConfiguration>(kLargestRequest, kLargestRequest);
      const auto socket = std::make_shared<TSocket>(handle, limits);
      socket->setNoDelay(true);
      socket->setSendTimeout(kSignInSeconds * 1000);
      socket->setRecvTimeout(kSignInSeconds * 1000);
      if (const auto user = sign_in(*socket)) {
        socket->setRecvTimeout(options.idle_seconds * 1000);
        socket->setSendTimeout(120'000);
        answer(socket, limits, *user);
      }
      forget(place);
      socket->close();
    } catch (const std::exception&) {
      forget(place);  // the client has gone, or speaks something else
      ::close(handle);
    }
  }

  void forget(std::list<int>::iterator place) {
    const std::lock_guard lock(mutex);
    open.erase(place);
  }

  std::optional<User> sign_in(TSocket& socket) {
    const auto offered = read_credentials(socket);
    if (!offered) return std::nullopt;
    const std::string account = "account " + to_lower(offered->user);
    std::optional<User> user;
    try {
      context.gate.throttle().check(account, kMostFailures, kFailureSeconds);
      // A token serves in place of the password, also where the client's user is called otherwise.
      user = context.store.token_user(offered->password);
      if (!user) user = context.store.check_password(offered->user, offered->password);
    } catch (const Error& error) {
      refuse(socket, error.message());
      return std::nullopt;
    }
    if (!user || user->is_disabled) {
      context.gate.throttle().failed(account);
      refuse(socket, "TM7401: the user or the password is wrong; the workbench's are meant, or one of its tokens as the password");
      return std::nullopt;
    }
    context.gate.throttle().succeeded(account);
    accept(socket);
    return user;
  }

  void answer(const std::shared_ptr<TSocket>& socket, const std::shared_ptr<apache::thrift::TConfiguration>& limits, const User& user) {
    const auto framed = std::make_shared<apache::thrift::transport::TFramedTransport>(socket, limits);
    const auto protocol = std::make_shared<apache::thrift::protocol::TBinaryProtocol>(framed, kLargestRequest, kLargestRequest, true, true);
    const auto is_gone = [handle = socket->getSocketFD(), this] {
      char byte = 0;
      return stopping || ::recv(handle, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    };
    const auto service = std::make_shared<HiveService>(context, user, is_gone);
    wire::TCLIServiceProcessor processor(service);
    while (!stopping && still_allowed(user) && processor.process(protocol, protocol, nullptr)) {
    }
  }

  // Disabling a user ends the connection with its next call.
  bool still_allowed(const User& user) {
    const auto now = context.store.user(user.id);
    return now && !now->is_disabled;
  }
};

HiveEndpoint::HiveEndpoint(EndpointOptions options, Context& context) : state_(std::make_unique<State>(std::move(options), context)) {
  static const bool kSilenced = [] { return apache::thrift::GlobalOutput.setOutputFunction([](const char*) {}), true; }();
  (void)kSilenced;
  state_->listener = listen_at(state_->options.host, state_->options.port);
  if (::pipe(state_->wake) != 0) throw Error("TM7601", "no pipe is to be had");
  state_->accepting = std::thread([this] { state_->accept_all(); });
}

HiveEndpoint::~HiveEndpoint() { stop(); }

int HiveEndpoint::port() const { return port_of(state_->listener); }

void HiveEndpoint::stop() {
  if (state_->listener < 0) return;
  state_->stopping = true;
  const char byte = 0;
  (void)!::write(state_->wake[1], &byte, 1);
  state_->accepting.join();
  {
    const std::lock_guard lock(state_->mutex);
    for (const int handle : state_->open) ::shutdown(handle, SHUT_RDWR);
  }
  while (state_->connections > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ::close(state_->listener);
  ::close(state_->wake[0]);
  ::close(state_->wake[1]);
  state_->listener = -1;
}

}  // namespace tidemark::server
