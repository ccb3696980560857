// SASL frames before the sign-in ends: one byte of status, four of length (big endian), the text.
#pragma once
#include <cstdint>
#include <string>

#include <thrift/transport/TSocket.h>

namespace tidemark::thrift {

inline constexpr uint8_t kSaslStart = 1;
inline constexpr uint8_t kSaslOk = 2;
inline constexpr uint8_t kSaslBad = 3;
inline constexpr uint8_t kSaslComplete = 5;

struct SaslFrame {
  uint8_t status = 0;
  std::string text;
};

void send_frame(apache::thrift::transport::TSocket& socket, uint8_t status, const std::string& text);
// Throws TTransportException where the connection ends, or the text would be longer than `longest` bytes.
SaslFrame read_frame(apache::thrift::transport::TSocket& socket, uint32_t longest);

}  // namespace tidemark::thrift
