// A small HTTP/1.1 server on 127.0.0.1 that can cut, stall and lie, as its test tells it to.
#pragma once
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidemark::download {

struct Request {
  std::string path;
  std::map<std::string, std::string> headers;  // names in lower case
  int nth = 1;                                 // of the requests for this path

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

struct Reply {
  int status = 200;
  std::vector<std::string> headers = {};  // "Name: value"
  std::string body = {};
  long announced = -1;              // Content-Length; -1: the body's; -2: none is sent
  size_t sent = std::string::npos;  // bytes of the body that are sent before the connection is closed
  bool stall = false;               // instead of closing it, nothing more is said
};

class HttpServer {
 public:
  using Handler = std::function<Reply(const Request&)>;

  explicit HttpServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0) {
      throw std::runtime_error("no port to listen on");
    }
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
  }

  ~HttpServer() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    changed_.notify_all();
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& connection : connections_) connection.join();
    ::close(listener_);
  }

  std::string url(const std::string& path) const { return fmt::format("http://127.0.0.1:{}{}", port_, path); }

  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  // The most requests that were being answered at once.
  int busiest() const { return busiest_; }

  // For handlers: waits until `count` requests are being answered at once, or have been; false after 20 s.
  bool wait_for_busy(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return busiest_ >= count || stopped_; });
  }

 private:
  void accept() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const std::lock_guard lock(mutex_);
      if (stopped_) {
        ::close(fd);
        return;
      }
      open_.push_back(fd);
      connections_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    std::string unread;
    Request request;
    while (read_request(fd, unread, request) && answer(fd, request)) {
    }
    {
      const std::lock_guard lock(mutex_);
      open_.remove(fd);
    }
    ::close(fd);
  }

  static bool read_request(int fd, std::string& unread, Request& request) {
    size_t end = 0;
    while ((end = unread.find("\r\n\r\n")) == std::string::npos) {
      char buffer[4096];
      const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) return false;
      unread.append(buffer, static_cast<size_t>(got));
    }
    request = Request();
    const size_t path = unread.find(' ') + 1;
    request.path = unread.substr(path, unread.find(' ', path) - path);
    for (size_t at = unread.find("\r\n") + 2; at < end;) {
      const size_t line_end = unread.find("\r\n", at);
      const std::string line = unread.substr(at, line_end - at);
      std::string name = line.substr(0, line.find(':'));
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      request.headers[name] = line.substr(line.find(": ") + 2);
      at = line_end + 2;
    }
    unread.erase(0, end + 4);
    return true;
  }

  // Whether the connection stays open.
  bool answer(int fd, Request& request) {
    {
      const std::lock_guard lock(mutex_);
      request.nth = 1 + static_cast<int>(std::count_if(requests_.begin(), requests_.end(), [&](const Request& r) { return r.path == request.path; }));
      requests_.push_back(request);
      busiest_ = std::max(busiest_.load(), ++busy_);
      changed_.notify_all();
    }
    const Reply reply = handler_(request);
    std::string text = fmt::format("HTTP/1.1 {} Status\r\n", reply.status);
    for (const std::string& header : reply.headers) text += header + "\r\n";
    if (reply.announced != -2) text += fmt::format("Content-Length: {}\r\n", reply.announced == -1 ? static_cast<long>(reply.body.size()) : reply.announced);
    const bool closes = reply.sent != std::string::npos || reply.announced != -1;
    if (closes) text += "Connection: close\r\n";
    send(fd, text + "\r\n" + reply.body.substr(0, reply.sent));
    std::unique_lock lock(mutex_);
    if (reply.stall) changed_.wait(lock, [&] { return stopped_; });
    --busy_;
    return !closes && !reply.stall;
  }

  static void send(int fd, const std::string& bytes) {
    for (size_t at = 0; at < bytes.size();) {
      const ssize_t sent = ::send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<size_t>(sent);
    }
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::vector<Request> requests_;
  int busy_ = 0;
  std::atomic<int> busiest_{0};
  std::list<int> open_;
  std::list<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace tidemark::download
