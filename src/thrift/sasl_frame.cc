#include "thrift/sasl_frame.h"

#include <thrift/transport/TTransportException.h>

namespace tidemark::thrift {

using apache::thrift::transport::TSocket;
using apache::thrift::transport::TTransportException;

void send_frame(TSocket& socket, uint8_t status, const std::string& text) {
  const auto size = static_cast<uint32_t>(text.size());
  std::string frame{static_cast<char>(status), static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8),
                    static_cast<char>(size)};
  frame += text;
  socket.write(reinterpret_cast<const uint8_t*>(frame.data()), static_cast<uint32_t>(frame.size()));
}

SaslFrame read_frame(TSocket& socket, uint32_t longest) {
  uint8_t head[5];
  apache::thrift::transport::readAll(socket, head, sizeof(head));
  const uint32_t size = static_cast<uint32_t>(head[1]) << 24 | static_cast<uint32_t>(head[2]) << 16 | static_cast<uint32_t>(head[3]) << 8 | head[4];
  if (size > longest) throw TTransportException(TTransportException::CORRUPTED_DATA, "no SASL frame");
  SaslFrame frame{head[0], std::string(size, '\0')};
  if (size > 0) apache::thrift::transport::readAll(socket, reinterpret_cast<uint8_t*>(frame.text.data()), size);
  return frame;
}

}  // namespace tidemark::thrift
