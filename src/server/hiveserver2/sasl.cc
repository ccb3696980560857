#include "server/hiveserver2/sasl.h"

#include <thrift/transport/TTransportException.h>

#include "thrift/sasl_frame.h"

namespace tidemark::server {

namespace {

using apache::thrift::transport::TSocket;
using apache::thrift::transport::TTransportException;

constexpr uint32_t kLongest = 16 << 10;  // bytes of an offer

}  // namespace

std::optional<Credentials> read_credentials(TSocket& socket) {
  const thrift::SaslFrame mechanism = thrift::read_frame(socket, kLongest);
  if (mechanism.status != thrift::kSaslStart) throw TTransportException(TTransportException::CORRUPTED_DATA, "no SASL sign-in");
  if (mechanism.text != "PLAIN") {
    refuse(socket, "only PLAIN is spoken here");
    return std::nullopt;
  }
  // PyHive marks its words as OK, JDBC as COMPLETE. They are: whom to act for, user, password.
  const thrift::SaslFrame words = thrift::read_frame(socket, kLongest);
  const size_t first = words.text.find('\0');
  const size_t second = first == std::string::npos ? first : words.text.find('\0', first + 1);
  if ((words.status != thrift::kSaslOk && words.status != thrift::kSaslComplete) || second == std::string::npos) {
    refuse(socket, "user and password are missing");
    return std::nullopt;
  }
  return Credentials{words.text.substr(first + 1, second - first - 1), words.text.substr(second + 1)};
}

void accept(TSocket& socket) { thrift::send_frame(socket, thrift::kSaslComplete, ""); }

void refuse(TSocket& socket, const std::string& why) { thrift::send_frame(socket, thrift::kSaslBad, why); }

}  // namespace tidemark::server
