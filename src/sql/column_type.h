// A column as an engine describes it.
#pragma once
#include <string>

namespace tidemark {

struct ColumnType {
  std::string name;
  std::string type;  // as the engine writes it: "DECIMAL(18,2)"
  bool operator==(const ColumnType&) const = default;
};

}  // namespace tidemark
