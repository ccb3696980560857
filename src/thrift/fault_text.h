// What a server says of a statement that failed, for people.
#pragma once
#include <string>
#include <string_view>

namespace tidemark::thrift {

// Without the names of Java classes in front and the stack behind.
std::string readable_fault(std::string_view text);

}  // namespace tidemark::thrift
