// After the sign-in frames have their length alone, which is Thrift's framed transport. Without SASL there are no frames at all.
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
#include "thrift/sasl_frame.h"

namespace tidemark::thrift {
namespace {

using apache::thrift::transport::TSocket;
using apache::thrift::transport::TTransportException;

constexpr uint32_t kLongestRefusal = 64 * 1024;
constexpr int kLargestMessage = 1 << 30;  // bytes of one reply

std::string address(const Server& server) { return fmt::format("{}:{}", server.host, server.port); }

Error refused(const Server& server, const std::string& why) {
  return Error("TM4402", fmt::format("{} refuses the sign-in of '{}': {}", address(server), server.user, why));
}

void sign_in(TSocket& socket, const Server& server) {
  try {
    send_frame(socket, kSaslStart, "PLAIN");
    // Hive's server refuses empty names and passwords, also where it checks neither.
    const std::string user = server.user.empty() ? "anonymous" : server.user;
    const std::string password = server.password.empty() ? "anonymous" : server.password;
    send_frame(socket, kSaslOk, std::string(1, '\0') + user + std::string(1, '\0') + password);
    SaslFrame answer = read_frame(socket, kLongestRefusal);
    if (answer.status == kSaslOk) answer = read_frame(socket, kLongestRefusal);
    if (answer.status != kSaslComplete)
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
