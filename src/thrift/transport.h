// A signed-in connection to a HiveServer2, on which frames of Thrift's binary protocol travel.
#pragma once
#include <memory>

#include <thrift/protocol/TProtocol.h>

#include "thrift/server.h"

namespace tidemark::thrift {

// Throws Error: TM4401 nobody answers at that address, TM4402 the sign-in is refused.
std::shared_ptr<apache::thrift::protocol::TProtocol> connect(const Server& server);

}  // namespace tidemark::thrift
