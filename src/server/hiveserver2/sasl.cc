// A frame: one byte of status, four of length (big endian), the text.
#include "server/hiveserver2/sasl.h"

#include <vector>

#include <thrift/transport/TTransportException.h>

namespace tidemark::server {

namespace {

using apache::thrift::transport::TSocket;
using apache::thrift::transport::TTransportException;

constexpr uint8_t kStart = 1;
constexpr uint8_t kOk = 2;
constexpr uint8_t kBad = 3;
constexpr uint8_t kComplete = 5;
constexpr uint32_t kLongest = 16 << 10;  // bytes of an offer

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
  apache::thrift::transport::readAll(socket, head, sizeof head);
  const uint32_t size = static_cast<uint32_t>(head[1]) << 24 | static_cast<uint32_t>(head[2]) << 16 | static_cast<uint32_t>(head[3]) << 8 | head[4];
  if (size > kLongest) throw TTransportException(TTransportException::CORRUPTED_DATA, "no SASL frame");
  Frame out{head[0], std::string(size, '\0')};
  if (size > 0) apache::thrift::transport::readAll(socket, reinterpret_cast<uint8_t*>(out.text.data()), size);
  return out;
}

}  // namespace

std::optional<Credentials> read_credentials(TSocket& socket) {
  const Frame mechanism = read_frame(socket);
  if (mechanism.status != kStart) throw TTransportException(TTransportException::CORRUPTED_DATA, "no SASL sign-in");
  if (mechanism.text != "PLAIN") {
    refuse(socket, "only PLAIN is spoken here");
    return std::nullopt;
  }
  // PyHive marks its words as OK, JDBC as COMPLETE. They are: whom to act for, user, password.
  const Frame words = read_frame(socket);
  const size_t first = words.text.find('\0');
  const size_t second = first == std::string::npos ? first : words.text.find('\0', first + 1);
  if ((words.status != kOk && words.status != kComplete) || second == std::string::npos) {
    refuse(socket, "user and password are missing");
    return std::nullopt;
  }
  return Credentials{words.text.substr(first + 1, second - first - 1), words.text.substr(second + 1)};
}

void accept(TSocket& socket) { send_frame(socket, kComplete, ""); }

void refuse(TSocket& socket, const std::string& why) { send_frame(socket, kBad, why); }

}  // namespace tidemark::server
