// From the engine's vectors to Values. Internal to this folder.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapter/duckdb/api.h"
#include "adapter/value.h"

namespace tidemark::duckdb {

// Offset in seconds, east positive, of the session's time zone at a point in time (microseconds since the epoch, UTC).
using ZoneOffset = std::function<int32_t(int64_t micros)>;
using IsKeyword = std::function<bool(const std::string& lower_case)>;

// A logical type, taken apart once.
struct TypeTree {
  int id = 0;  // a duckdb_type, or one that the header does not know yet
  std::string alias;
  uint8_t width = 0;
  uint8_t scale = 0;
  int internal = 0;                // duckdb_type of the physical integers of DECIMAL and ENUM
  std::vector<std::string> names;  // of fields and members; the dictionary of an ENUM
  std::vector<TypeTree> children;  // element; key and value; fields; members
  uint64_t array_size = 0;
};

TypeTree read_type(duckdb_logical_type type);
std::string type_name(const TypeTree& type, const IsKeyword& is_keyword);  // as DuckDB's typeof() writes it
bool is_readable(const TypeTree& type);                                    // false: only by a cast to VARCHAR (VARIANT, GEOMETRY)
bool has_time_zone(const TypeTree& type);

// A vector of one chunk, with the pointers that reading rows needs.
class BoundVector {
 public:
  BoundVector(const TypeTree& type, duckdb_vector vector, const ZoneOffset& zone);
  Value at(uint64_t row) const;

 private:
  Value scalar(uint64_t row) const;
  Value decimal(uint64_t row) const;
  Value enumeration(uint64_t row) const;
  Value list(uint64_t offset, uint64_t length) const;
  Value structure(uint64_t row) const;
  Value map(uint64_t row) const;
  Value member(uint64_t row) const;
  template <class T>
  T raw(uint64_t row) const {
    return static_cast<const T*>(data_)[row];
  }

  const TypeTree& type_;
  const void* data_;
  const uint64_t* validity_;
  const ZoneOffset& zone_;
  std::vector<BoundVector> children_;
};

std::string int128_text(__int128 value);

}  // namespace tidemark::duckdb
