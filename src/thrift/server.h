// Where a HiveServer2 is, and how to sign in.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace tidemark::thrift {

enum class SignIn {
  kPlain,   // SASL PLAIN: hive.server2.authentication NONE, LDAP, CUSTOM
  kNoSasl,  // hive.server2.authentication NOSASL
};

struct Server {
  std::string host = "localhost";
  int port = 10000;
  SignIn sign_in = SignIn::kPlain;
  std::string user;
  std::string password;
  std::vector<std::pair<std::string, std::string>> configuration;  // settings of each session
  int connect_timeout_ms = 10'000;
  int reply_timeout_ms = 300'000;  // of one call; a statement may take many
  int connect_retries = 0;         // further tries, a second apart or more
};

}  // namespace tidemark::thrift
