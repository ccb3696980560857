// The server's side of the sign-in: SASL PLAIN in HiveServer2's frames.
#pragma once
#include <optional>
#include <string>

#include <thrift/transport/TSocket.h>

namespace tidemark::server {

struct Credentials {
  std::string user;
  std::string password;
};

// What a client offers; nullopt, and told to it, where it speaks another mechanism. Throws Thrift's faults where it goes away.
std::optional<Credentials> read_credentials(apache::thrift::transport::TSocket& socket);
void accept(apache::thrift::transport::TSocket& socket);
void refuse(apache::thrift::transport::TSocket& socket, const std::string& why);

}  // namespace tidemark::server
