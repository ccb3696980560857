// Delta's schema, and the map between its types and the embedded engine's type names. No type changes silently: what Delta
// has no type for is kept as text with its own type noted beside it, widened without loss, or refused by name.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"

namespace tidemark::lake {

struct Field {
  std::string name;
  Json type;  // as schemaString has it: "long", {"type":"array",…}
  bool nullable = true;
  Json metadata = Json::object();
};

struct Schema {
  std::vector<Field> fields;
  const Field* find(std::string_view name) const;  // ASCII case ignored
};

std::string schema_text(const Schema& schema);
Schema parse_schema(const std::string& text, const std::string& table);  // TM4311 where it is not a struct of fields

// How a column of an engine's type is stored.
struct StoredType {
  Json type;           // Delta's
  std::string engine;  // the engine's type that its data have in the file: cast to this before writing
  std::string note;    // the engine's own type where readers should cast back ("UUID"); empty: `engine` is what it reads as
};

// The type map. Throws Error TM4310 that names `column`, with what to cast it to.
StoredType stored_type(const std::string& engine_type, const std::string& column);
Field make_field(const std::string& name, const std::string& engine_type);

// What readers of the engine see for a field: the noted type, or the one that Delta's stands for. Throws TM4312 for types
// that this program does not know.
std::string engine_type(const Field& field);
// The engine's type of the data in the files, before a noted type is cast back.
std::string file_type(const Field& field);

bool uses_timestamp_ntz(const Schema& schema);  // then the table feature timestampNtz is needed

// "STRUCT(a INTEGER, b VARCHAR[])" taken apart. Names without quotes.
struct ParsedType {
  std::string name;                                          // upper case: "DECIMAL", "LIST", "ARRAY", "STRUCT", "MAP", "BIGINT"
  std::vector<std::string> arguments;                        // of DECIMAL(p,s), the length of ARRAY
  std::vector<std::pair<std::string, ParsedType>> children;  // element; key and value; fields
};
ParsedType parse_engine_type(const std::string& text);  // TM4310 where it does not parse

}  // namespace tidemark::lake
