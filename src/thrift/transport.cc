// SASL frames before the sign-in ends: one byte of status, four of length (big endian), the text. Afterwards frames have the
// length alone, which is Thrift's framed transport. Without SASL there are no frames at all.
#include "thrift/transport.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <thrift/TConfiguration.h>
#include <thrift/TOutput.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>

#include "base/error.h"

namespace tidemark::thrift {
namespace {

using apache::thrift::transport::TSocket;
using apache::thrift::transport::TTransportException;

constexpr uint8_t kStart = 1;
constexpr uint8_t kOk = 2;
constexpr uint8_t kComplete = 5;
constexpr uint32_t kLongestRefusal = 64 * 1024;
constexpr int kLargestMessage = 1 << 30;  // bytes of one reply

std::string address(const Server& server) { return fmt::format("{}:{}", server.host, server.port); }

void send_frame(TSocket& socket, uint8_t status, const std::string& text) {
  const auto size = static_cast<uint32_t>(text.size());
  std::string frame{static_cast<char>(status), static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8),
                    static_cast<char>(size)};
  frame += text;
  socket.write(reinterpret_cast<const uint8_t*>(frame.data()), static_cast<uint32_t>(frame.size()));
}

struct Frame {
  uint8_t status = 0;
  std::string text;
};

Frame read_frame(TSocket& socket) {
  uint8_t head[5];
  apache::thrift::transport::readAll(socket, head, sizeof(head));
  const uint32_t size = static_cast<uint32_t>(head[1]) << 24 | static_cast<uint32_t>(head[2]) << 16 | static_cast<uint32_t>(head[3]) << 8 | head[4];
  if (size > kLongestRefusal) throw TTransportException(TTransportException::CORRUPTED_DATA, "no SASL frame");
  Frame frame{head[0], std::string(size, '\0')};
  if (size > 0) apache::thrift::transport::readAll(socket, reinterpret_cast<uint8_t*>(frame.text.data()), size);
  return frame;
}

Error refused(const Server& server, const std::string& why) {
  return Error("TM4402", fmt::format("{} refuses the sign-in of '{}': {}", address(server), server.user, why));
}

void sign_in(TSocket& socket, const Server& server) {
  try {
    send_frame(socket, kStart, "PLAIN");
    // Hive's server refuses empty names and passwords, also where it checks neither.
    const std::string user = server.user.empty() ? "anonymous" : server.user;
    const std::string password = server.password.empty() ? "anonymous" : server.password;
    send_frame(socket, kOk, std::string(1, '\0') + user + std::string(1, '\0') + password);
    Frame answer = read_frame(socket);
    if (answer.status == kOk) answer = read_frame(socket);
    if (answer.status != kComplete)
      throw refused(server, answer.text.empty() ? "it gives no reason" : answer.text).hint("check user, password and auth in the profile");
  } catch (const TTransportException&) {
    throw refused(server, "it closes the connection, or speaks something else")
        .hint("a server without SASL needs auth: NOSASL in the profile; check that the port is a HiveServer2's");
  }
}

std::shared_ptr<TSocket> open_socket(const Server& server, const std::shared_ptr<apache::thrift::TConfiguration>& limits) {
  auto socket = std::make_shared<TSocket>(server.host, server.port, limits);
  socket->setConnTimeout(server.connect_timeout_ms);
  socket->setRecvTimeout(server.reply_timeout_ms);
  socket->setSendTimeout(server.reply_timeout_ms);
  socket->setNoDelay(true);
  for (int attempt = 0;; ++attempt) {
    try {
      socket->open();
      return socket;
    } catch (const TTransportException& error) {
      if (attempt >= server.connect_retries) {
        throw Error("TM4401", fmt::format("cannot connect to {}: {}", address(server), error.what()))
            .hint("is the Thrift server running? `tidemark spark status` tells of one that tidemark started");
      }
      std::this_thread::sleep_for(std::chrono::seconds(std::min(attempt + 1, 10)));
    }
  }
}

}  // namespace

std::shared_ptr<apache::thrift::protocol::TProtocol> connect(const Server& server) {
  // The library would print its faults beside throwing them.
  static const bool kSilenced = [] { return apache::thrift::GlobalOutput.setOutputFunction([](const char*) {}), true; }();
  (void)kSilenced;
  const auto limits = std::make_shared<apache::thrift::TConfiguration>(kLargestMessage, kLargestMessage);
  const std::shared_ptr<TSocket> socket = open_socket(server, limits);
  std::shared_ptr<apache::thrift::transport::TTransport> transport;
  if (server.sign_in == SignIn::kPlain) {
    sign_in(*socket, server);
    transport = std::make_shared<apache::thrift::transport::TFramedTransport>(socket, limits);
  } else {
    transport = std::make_shared<apache::thrift::transport::TBufferedTransport>(socket, limits);
  }
  return std::make_shared<apache::thrift::protocol::TBinaryProtocol>(transport, kLargestMessage, kLargestMessage, true, true);
}

}  // namespace tidemark::thrift
