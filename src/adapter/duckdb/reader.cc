#include "adapter/duckdb/reader.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/strings.h"

namespace tidemark::duckdb {
namespace {

constexpr int64_t kInfinite = std::numeric_limits<int64_t>::max();

// Physical names, for types that say no more than their id.
const char* plain_name(int id) {
  switch (id) {
    case DUCKDB_TYPE_BOOLEAN:
      return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT:
      return "TINYINT";
    case DUCKDB_TYPE_SMALLINT:
      return "SMALLINT";
    case DUCKDB_TYPE_INTEGER:
      return "INTEGER";
    case DUCKDB_TYPE_BIGINT:
      return "BIGINT";
    case DUCKDB_TYPE_UTINYINT:
      return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT:
      return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER:
      return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT:
      return "UBIGINT";
    case DUCKDB_TYPE_FLOAT:
      return "FLOAT";
    case DUCKDB_TYPE_DOUBLE:
      return "DOUBLE";
    case DUCKDB_TYPE_TIMESTAMP:
      return "TIMESTAMP";
    case DUCKDB_TYPE_DATE:
      return "DATE";
    case DUCKDB_TYPE_TIME:
      return "TIME";
    case DUCKDB_TYPE_INTERVAL:
      return "INTERVAL";
    case DUCKDB_TYPE_HUGEINT:
      return "HUGEINT";
    case DUCKDB_TYPE_UHUGEINT:
      return "UHUGEINT";
    case DUCKDB_TYPE_VARCHAR:
      return "VARCHAR";
    case DUCKDB_TYPE_BLOB:
      return "BLOB";
    case DUCKDB_TYPE_TIMESTAMP_S:
      return "TIMESTAMP_S";
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return "TIMESTAMP_MS";
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return "TIMESTAMP_NS";
    case DUCKDB_TYPE_UUID:
      return "UUID";
    case DUCKDB_TYPE_BIT:
      return "BIT";
    case DUCKDB_TYPE_TIME_TZ:
      return "TIME WITH TIME ZONE";
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return "TIMESTAMP WITH TIME ZONE";
    case DUCKDB_TYPE_BIGNUM:
      return "BIGNUM";
    case DUCKDB_TYPE_SQLNULL:
      return "\"NULL\"";
    case DUCKDB_TYPE_TIME_NS:
      return "TIME_NS";
    case 40:
      return "GEOMETRY";  // newer than the header
    case 41:
      return "VARIANT";
    default:
      return "UNKNOWN";
  }
}

std::string field_name(const std::string& name, const IsKeyword& is_keyword) {
  bool plain = !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (plain && !is_keyword(to_lower(name))) return name;
  return "\"" + replace_all(name, "\"", "\"\"") + "\"";
}

std::string fields_text(const TypeTree& type, const IsKeyword& is_keyword) {
  std::string out;
  for (size_t i = 0; i < type.children.size(); ++i) {
    if (i) out += ", ";
    if (!type.names[i].empty()) out += field_name(type.names[i], is_keyword) + " ";
    out += type_name(type.children[i], is_keyword);
  }
  return "(" + out + ")";
}

std::string enum_text(const TypeTree& type) {
  std::string out;
  for (const auto& name : type.names) out += (out.empty() ? "'" : ", '") + replace_all(name, "'", "''") + "'";
  return "ENUM(" + out + ")";
}

std::string_view bytes_of(const duckdb_string_t& text) {
  uint32_t length = text.value.inlined.length;
  return {length <= 12 ? text.value.inlined.inlined : text.value.pointer.ptr, length};
}

std::string bits_text(std::string_view bytes) {
  std::string out;
  auto padding = static_cast<size_t>(static_cast<unsigned char>(bytes[0]));
  for (size_t bit = padding; bit < (bytes.size() - 1) * 8; ++bit) {
    out += (static_cast<unsigned char>(bytes[1 + bit / 8]) >> (7 - bit % 8)) & 1 ? '1' : '0';
  }
  return out;
}

// Three bytes of header (the first bit is the sign: 1 for positive), then the magnitude, big-endian; negatives are complemented.
std::string bignum_text(std::string_view bytes) {
  bool negative = (static_cast<unsigned char>(bytes[0]) & 0x80) == 0;
  std::string digits = "0";  // decimal, little-endian
  for (char byte : bytes.substr(3)) {
    int carry = static_cast<unsigned char>(negative ? ~byte : byte);
    for (char& digit : digits) {
      int value = (digit - '0') * 256 + carry;
      digit = static_cast<char>('0' + value % 10);
      carry = value / 10;
    }
    for (; carry; carry /= 10) digits += static_cast<char>('0' + carry % 10);
  }
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  std::reverse(digits.begin(), digits.end());
  return (negative && digits != "0" ? "-" : "") + digits;
}

std::string uuid_text(duckdb_hugeint value) {
  uint64_t upper = static_cast<uint64_t>(value.upper) ^ (uint64_t{1} << 63);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", upper >> 32, upper >> 16 & 0xffff, upper & 0xffff, value.lower >> 48, value.lower & 0xffffffffffff);
}

__int128 to_int128(duckdb_hugeint value) {
  return static_cast<__int128>((static_cast<unsigned __int128>(static_cast<uint64_t>(value.upper)) << 64) | value.lower);
}

std::string uint128_text(unsigned __int128 value) {
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

Value exact_integer(__int128 value) {
  if (value >= std::numeric_limits<int64_t>::min() && value <= kInfinite) return Value::integer(static_cast<int64_t>(value));
  return Value::number(int128_text(value));
}

// `value` counts units of 1/`per_second` seconds; the two extremes stand for infinity.
Value timestamp(ValueKind kind, int64_t value, int64_t micros_per_unit, const ZoneOffset* zone = nullptr) {
  if (value == kInfinite || value == -kInfinite) return Value::moment(kind, {value, 0, 0});
  Moment moment{value * micros_per_unit, 0, 0};
  if (zone) moment.offset_seconds = (*zone)(moment.micros);
  return Value::moment(kind, moment);
}

Value nano_moment(ValueKind kind, int64_t nanos) {
  if (nanos == kInfinite || nanos == -kInfinite) return Value::moment(kind, {nanos, 0, 0});
  int64_t micros = nanos / 1000;
  if (nanos % 1000 < 0) --micros;
  return Value::moment(kind, {micros, static_cast<int32_t>(nanos - micros * 1000), 0});
}

// 40 bits of microseconds, 24 bits of (largest offset - offset) in seconds.
Value time_tz(uint64_t bits) {
  constexpr int32_t kLargestOffset = 16 * 3600 - 1;
  auto offset = kLargestOffset - static_cast<int32_t>(bits & 0xffffff);
  return Value::moment(ValueKind::kTimeTz, {static_cast<int64_t>(bits >> 24), 0, offset});
}

// DuckDB's formatter falls back to the digits of the double for about one float in 200: its own text tells which.
Value single(float value) {
  Value plain = Value::single(value);
  OwnedValue own(api().duckdb_create_float(value));
  return take_text(api().duckdb_get_varchar(own.get())) == plain.text() ? plain : Value::single(value, true);
}

}  // namespace

std::string int128_text(__int128 value) {
  return value < 0 ? "-" + uint128_text(0 - static_cast<unsigned __int128>(value)) : uint128_text(static_cast<unsigned __int128>(value));
}

TypeTree read_type(duckdb_logical_type type) {
  const Api& duck = api();
  TypeTree tree;
  tree.id = static_cast<int>(duck.duckdb_get_type_id(type));
  tree.alias = take_text(duck.duckdb_logical_type_get_alias(type));
  auto add_child = [&](duckdb_logical_type child) { tree.children.push_back(read_type(LogicalType(child).get())); };
  switch (tree.id) {
    case DUCKDB_TYPE_DECIMAL:
      tree.width = duck.duckdb_decimal_width(type);
      tree.scale = duck.duckdb_decimal_scale(type);
      tree.internal = duck.duckdb_decimal_internal_type(type);
      break;
    case DUCKDB_TYPE_ENUM:
      tree.internal = duck.duckdb_enum_internal_type(type);
      for (uint32_t i = 0; i < duck.duckdb_enum_dictionary_size(type); ++i) tree.names.push_back(take_text(duck.duckdb_enum_dictionary_value(type, i)));
      break;
    case DUCKDB_TYPE_LIST:
      add_child(duck.duckdb_list_type_child_type(type));
      break;
    case DUCKDB_TYPE_ARRAY:
      tree.array_size = duck.duckdb_array_type_array_size(type);
      add_child(duck.duckdb_array_type_child_type(type));
      break;
    case DUCKDB_TYPE_MAP:
      add_child(duck.duckdb_map_type_key_type(type));
      add_child(duck.duckdb_map_type_value_type(type));
      break;
    case DUCKDB_TYPE_STRUCT:
      for (idx_t i = 0; i < duck.duckdb_struct_type_child_count(type); ++i) {
        tree.names.push_back(take_text(duck.duckdb_struct_type_child_name(type, i)));
        add_child(duck.duckdb_struct_type_child_type(type, i));
      }
      break;
    case DUCKDB_TYPE_UNION:
      for (idx_t i = 0; i < duck.duckdb_union_type_member_count(type); ++i) {
        tree.names.push_back(take_text(duck.duckdb_union_type_member_name(type, i)));
        add_child(duck.duckdb_union_type_member_type(type, i));
      }
      break;
    default:
      break;
  }
  return tree;
}

std::string type_name(const TypeTree& type, const IsKeyword& is_keyword) {
  if (!type.alias.empty()) return type.alias;
  switch (type.id) {
    case DUCKDB_TYPE_DECIMAL:
      return fmt::format("DECIMAL({},{})", type.width, type.scale);
    case DUCKDB_TYPE_ENUM:
      return enum_text(type);
    case DUCKDB_TYPE_LIST:
      return type_name(type.children[0], is_keyword) + "[]";
    case DUCKDB_TYPE_ARRAY:
      return fmt::format("{}[{}]", type_name(type.children[0], is_keyword), type.array_size);
    case DUCKDB_TYPE_MAP:
      return "MAP(" + type_name(type.children[0], is_keyword) + ", " + type_name(type.children[1], is_keyword) + ")";
    case DUCKDB_TYPE_STRUCT:
      return "STRUCT" + fields_text(type, is_keyword);
    case DUCKDB_TYPE_UNION:
      return "UNION" + fields_text(type, is_keyword);
    default:
      return plain_name(type.id);
  }
}

bool is_readable(const TypeTree& type) {
  if (type.id > DUCKDB_TYPE_TIME_NS) return false;
  return std::all_of(type.children.begin(), type.children.end(), is_readable);
}

bool has_time_zone(const TypeTree& type) {
  return type.id == DUCKDB_TYPE_TIMESTAMP_TZ || std::any_of(type.children.begin(), type.children.end(), has_time_zone);
}

BoundVector::BoundVector(const TypeTree& type, duckdb_vector vector, const ZoneOffset& zone)
    : type_(type), data_(api().duckdb_vector_get_data(vector)), validity_(api().duckdb_vector_get_validity(vector)), zone_(zone) {
  const Api& duck = api();
  switch (type.id) {
    case DUCKDB_TYPE_LIST:
      children_.emplace_back(type.children[0], duck.duckdb_list_vector_get_child(vector), zone);
      break;
    case DUCKDB_TYPE_ARRAY:
      children_.emplace_back(type.children[0], duck.duckdb_array_vector_get_child(vector), zone);
      break;
    case DUCKDB_TYPE_MAP: {
      duckdb_vector entries = duck.duckdb_list_vector_get_child(vector);
      for (idx_t i = 0; i < 2; ++i) children_.emplace_back(type.children[i], duck.duckdb_struct_vector_get_child(entries, i), zone);
      break;
    }
    case DUCKDB_TYPE_STRUCT:
      for (idx_t i = 0; i < type.children.size(); ++i) children_.emplace_back(type.children[i], duck.duckdb_struct_vector_get_child(vector, i), zone);
      break;
    case DUCKDB_TYPE_UNION: {
      static const TypeTree tag_type = [] {
        TypeTree tag;
        tag.id = DUCKDB_TYPE_UTINYINT;
        return tag;
      }();
      children_.emplace_back(tag_type, duck.duckdb_struct_vector_get_child(vector, 0), zone);
      for (idx_t i = 0; i < type.children.size(); ++i) children_.emplace_back(type.children[i], duck.duckdb_struct_vector_get_child(vector, i + 1), zone);
      break;
    }
    default:
      break;
  }
}

Value BoundVector::at(uint64_t row) const {
  if (validity_ && !(validity_[row / 64] >> (row % 64) & 1)) return {};
  switch (type_.id) {
    case DUCKDB_TYPE_DECIMAL:
      return decimal(row);
    case DUCKDB_TYPE_ENUM:
      return enumeration(row);
    case DUCKDB_TYPE_LIST: {
      auto entry = raw<duckdb_list_entry>(row);
      return list(entry.offset, entry.length);
    }
    case DUCKDB_TYPE_ARRAY:
      return list(row * type_.array_size, type_.array_size);
    case DUCKDB_TYPE_MAP:
      return map(row);
    case DUCKDB_TYPE_STRUCT:
      return structure(row);
    case DUCKDB_TYPE_UNION:
      return member(row);
    default:
      return scalar(row);
  }
}

Value BoundVector::scalar(uint64_t row) const {
  auto bytes = [&] { return bytes_of(static_cast<const duckdb_string_t*>(data_)[row]); };
  switch (type_.id) {
    case DUCKDB_TYPE_BOOLEAN:
      return Value::boolean(raw<uint8_t>(row) != 0);
    case DUCKDB_TYPE_TINYINT:
      return Value::integer(raw<int8_t>(row));
    case DUCKDB_TYPE_SMALLINT:
      return Value::integer(raw<int16_t>(row));
    case DUCKDB_TYPE_INTEGER:
      return Value::integer(raw<int32_t>(row));
    case DUCKDB_TYPE_BIGINT:
      return Value::integer(raw<int64_t>(row));
    case DUCKDB_TYPE_UTINYINT:
      return Value::integer(raw<uint8_t>(row));
    case DUCKDB_TYPE_USMALLINT:
      return Value::integer(raw<uint16_t>(row));
    case DUCKDB_TYPE_UINTEGER:
      return Value::integer(raw<uint32_t>(row));
    case DUCKDB_TYPE_UBIGINT:
      return exact_integer(static_cast<__int128>(raw<uint64_t>(row)));
    case DUCKDB_TYPE_HUGEINT:
      return exact_integer(to_int128(raw<duckdb_hugeint>(row)));
    case DUCKDB_TYPE_UHUGEINT: {
      auto value = static_cast<unsigned __int128>(to_int128(raw<duckdb_hugeint>(row)));
      return value >> 127 ? Value::number(uint128_text(value)) : exact_integer(static_cast<__int128>(value));
    }
    case DUCKDB_TYPE_FLOAT:
      return single(raw<float>(row));
    case DUCKDB_TYPE_DOUBLE:
      return Value::real(raw<double>(row));
    case DUCKDB_TYPE_VARCHAR:
      return Value::string(std::string(bytes()));
    case DUCKDB_TYPE_BLOB:
      return Value::blob(std::string(bytes()));
    case DUCKDB_TYPE_BIT:
      return Value::string(bits_text(bytes()));
    case DUCKDB_TYPE_BIGNUM:
      return Value::number(bignum_text(bytes()));
    case DUCKDB_TYPE_UUID:
      return Value::string(uuid_text(raw<duckdb_hugeint>(row)));
    case DUCKDB_TYPE_DATE:
      return Value::date(raw<int32_t>(row));
    case DUCKDB_TYPE_TIME:
      return Value::moment(ValueKind::kTime, {raw<int64_t>(row), 0, 0});
    case DUCKDB_TYPE_TIME_NS:
      return nano_moment(ValueKind::kTime, raw<int64_t>(row));
    case DUCKDB_TYPE_TIME_TZ:
      return time_tz(raw<uint64_t>(row));
    case DUCKDB_TYPE_TIMESTAMP:
      return timestamp(ValueKind::kTimestamp, raw<int64_t>(row), 1);
    case DUCKDB_TYPE_TIMESTAMP_S:
      return timestamp(ValueKind::kTimestamp, raw<int64_t>(row), 1'000'000);
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return timestamp(ValueKind::kTimestamp, raw<int64_t>(row), 1'000);
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return nano_moment(ValueKind::kTimestamp, raw<int64_t>(row));
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return timestamp(ValueKind::kTimestampTz, raw<int64_t>(row), 1, &zone_);
    case DUCKDB_TYPE_INTERVAL: {
      auto interval = raw<duckdb_interval>(row);
      return Value::interval({interval.months, interval.days, interval.micros});
    }
    default:
      return {};  // SQLNULL; others are cast before they come here
  }
}

Value BoundVector::decimal(uint64_t row) const {
  __int128 value = 0;
  switch (type_.internal) {
    case DUCKDB_TYPE_SMALLINT:
      value = raw<int16_t>(row);
      break;
    case DUCKDB_TYPE_INTEGER:
      value = raw<int32_t>(row);
      break;
    case DUCKDB_TYPE_BIGINT:
      value = raw<int64_t>(row);
      break;
    default:
      value = to_int128(raw<duckdb_hugeint>(row));
      break;
  }
  bool negative = value < 0;
  std::string digits = uint128_text(negative ? 0 - static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value));
  if (type_.scale > 0) {
    // A decimal without places before the point has no zero there: DECIMAL(2,2) prints ".05".
    size_t least = type_.scale + (type_.width > type_.scale ? 1u : 0u);
    if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
    digits.insert(digits.size() - type_.scale, ".");
  }
  return Value::number((negative ? "-" : "") + digits);
}

Value BoundVector::enumeration(uint64_t row) const {
  uint32_t index = type_.internal == DUCKDB_TYPE_UTINYINT    ? raw<uint8_t>(row)
                   : type_.internal == DUCKDB_TYPE_USMALLINT ? raw<uint16_t>(row)
                                                             : raw<uint32_t>(row);
  return Value::string(type_.names[index]);
}

Value BoundVector::list(uint64_t offset, uint64_t length) const {
  ValueList elements;
  elements.reserve(length);
  for (uint64_t i = 0; i < length; ++i) elements.push_back(children_[0].at(offset + i));
  return Value::list(std::move(elements));
}

Value BoundVector::structure(uint64_t row) const {
  std::vector<std::pair<std::string, Value>> fields;
  fields.reserve(children_.size());
  for (size_t i = 0; i < children_.size(); ++i) fields.emplace_back(type_.names[i], children_[i].at(row));
  return Value::structure(std::move(fields));
}

Value BoundVector::map(uint64_t row) const {
  auto entry = raw<duckdb_list_entry>(row);
  std::vector<std::pair<Value, Value>> pairs;
  pairs.reserve(entry.length);
  for (uint64_t i = entry.offset; i < entry.offset + entry.length; ++i) pairs.emplace_back(children_[0].at(i), children_[1].at(i));
  return Value::map(std::move(pairs));
}

Value BoundVector::member(uint64_t row) const {
  auto tag = static_cast<size_t>(children_[0].at(row).as_integer());
  return Value::union_member(type_.names[tag], children_[tag + 1].at(row));
}

}  // namespace tidemark::duckdb
