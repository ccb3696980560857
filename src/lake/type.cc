#include "lake/type.h"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::lake {

namespace {

constexpr const char* kNoteKey = "tidemark.type";

// Engine's name -> Delta's name and the engine's type of the stored data.
struct Plain {
  const char* delta;
  const char* engine;
};

const std::map<std::string, Plain, std::less<>>& plain_types() {
  static const std::map<std::string, Plain, std::less<>> kTypes{
      {"BOOLEAN", {"boolean", "BOOLEAN"}},
      {"TINYINT", {"byte", "TINYINT"}},
      {"SMALLINT", {"short", "SMALLINT"}},
      {"INTEGER", {"integer", "INTEGER"}},
      {"BIGINT", {"long", "BIGINT"}},
      {"UTINYINT", {"short", "SMALLINT"}},
      {"USMALLINT", {"integer", "INTEGER"}},
      {"UINTEGER", {"long", "BIGINT"}},
      {"UBIGINT", {"decimal(20,0)", "DECIMAL(20,0)"}},
      {"HUGEINT", {"decimal(38,0)", "DECIMAL(38,0)"}},
      {"UHUGEINT", {"decimal(38,0)", "DECIMAL(38,0)"}},
      {"FLOAT", {"float", "FLOAT"}},
      {"DOUBLE", {"double", "DOUBLE"}},
      {"VARCHAR", {"string", "VARCHAR"}},
      {"BLOB", {"binary", "BLOB"}},
      {"DATE", {"date", "DATE"}},
      {"TIMESTAMP", {"timestamp_ntz", "TIMESTAMP"}},
      {"TIMESTAMP_S", {"timestamp_ntz", "TIMESTAMP"}},
      {"TIMESTAMP_MS", {"timestamp_ntz", "TIMESTAMP"}},
      {"TIMESTAMP WITH TIME ZONE", {"timestamp", "TIMESTAMP WITH TIME ZONE"}},
      // A column of nothing but NULL has no type of its own; the engine's own tables make it INTEGER too.
      {"\"NULL\"", {"integer", "INTEGER"}},
      {"NULL", {"integer", "INTEGER"}},
  };
  return kTypes;
}

// Kept as text, read back by a cast.
bool is_noted(const std::string& name) {
  static const std::vector<std::string> kNoted{"TIME", "TIME WITH TIME ZONE", "INTERVAL", "UUID", "BIT", "JSON", "ENUM", "BIGNUM", "TIME_NS"};
  return std::find(kNoted.begin(), kNoted.end(), name) != kNoted.end();
}

const std::map<std::string, const char*, std::less<>>& engine_names() {
  static const std::map<std::string, const char*, std::less<>> kNames{
      {"boolean", "BOOLEAN"}, {"byte", "TINYINT"}, {"short", "SMALLINT"},          {"integer", "INTEGER"},
      {"long", "BIGINT"},     {"float", "FLOAT"},  {"double", "DOUBLE"},           {"string", "VARCHAR"},
      {"binary", "BLOB"},     {"date", "DATE"},    {"timestamp_ntz", "TIMESTAMP"}, {"timestamp", "TIMESTAMP WITH TIME ZONE"}};
  return kNames;
}

class TypeReader {
 public:
  explicit TypeReader(const std::string& text) : text_(text) {}

  ParsedType read_all() {
    ParsedType type = read();
    skip_space();
    if (at_ != text_.size()) fail();
    return type;
  }

 private:
  [[noreturn]] void fail() const { throw Error("TM4310", fmt::format("'{}' is no type that this program knows", text_)); }

  void skip_space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void demand(char c) {
    if (!take(c)) fail();
  }

  std::string read_quoted(char quote) {
    std::string out;
    ++at_;
    while (true) {
      if (at_ >= text_.size()) fail();
      if (text_[at_] == quote) {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != quote) break;
        ++at_;
      }
      out += text_[at_++];
    }
    ++at_;
    return out;
  }

  std::string read_name() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '"') return read_quoted('"');
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != ',' && text_[at_] != ')' && text_[at_] != '(' && text_[at_] != '[') ++at_;
    if (at_ == begin) fail();
    return text_.substr(begin, at_ - begin);
  }

  // Type words up to a bracket or separator: "TIMESTAMP WITH TIME ZONE".
  std::string read_words() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '"') return to_upper(read_quoted('"'));
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != ')' && text_[at_] != '(' && text_[at_] != '[') ++at_;
    if (at_ == begin) fail();
    return to_upper(trim(std::string_view(text_).substr(begin, at_ - begin)));
  }

  ParsedType read() {
    ParsedType type;
    type.name = read_words();
    if (type.name == "STRUCT" || type.name == "MAP" || type.name == "UNION") {
      demand('(');
      read_children(type);
    } else if (take('(')) {
      read_arguments(type);
    }
    while (take('[')) {
      ParsedType outer;
      skip_space();
      const size_t begin = at_;
      while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
      outer.name = at_ == begin ? "LIST" : "ARRAY";
      if (at_ != begin) outer.arguments.push_back(text_.substr(begin, at_ - begin));
      demand(']');
      outer.children.emplace_back("element", std::move(type));
      type = std::move(outer);
    }
    return type;
  }

  void read_children(ParsedType& type) {
    if (take(')')) return;
    const bool named = type.name != "MAP";
    do {
      std::string name = named ? read_name() : (type.children.empty() ? "key" : "value");
      type.children.emplace_back(std::move(name), read());
    } while (take(','));
    demand(')');
  }

  void read_arguments(ParsedType& type) {
    do {
      skip_space();
      if (at_ < text_.size() && text_[at_] == '\'') {
        type.arguments.push_back(read_quoted('\''));
      } else {
        type.arguments.push_back(read_words());
      }
    } while (take(','));
    demand(')');
  }

  const std::string& text_;
  size_t at_ = 0;
};

[[noreturn]] void refuse(const std::string& type, const std::string& column, const std::string& hint) {
  throw Error("TM4310", fmt::format("the column '{}' has the type {}, which a table can't hold", column, type)).hint(hint);
}

StoredType store(const ParsedType& type, const std::string& text, const std::string& column) {
  if (const auto plain = plain_types().find(type.name); plain != plain_types().end()) return {plain->second.delta, plain->second.engine, ""};
  if (type.name == "DECIMAL" && type.arguments.size() == 2) {
    const std::string name = fmt::format("({},{})", type.arguments[0], type.arguments[1]);
    return {"decimal" + name, "DECIMAL" + name, ""};
  }
  if (is_noted(type.name)) return {"string", "VARCHAR", type.name == "ENUM" ? "" : text};
  if (type.name == "TIMESTAMP_NS") refuse(text, column, fmt::format("nanoseconds would be lost: cast({} as timestamp)", column));
  if (type.name == "LIST" || type.name == "ARRAY") {
    const StoredType element = store(type.children[0].second, "", column + " (its elements)");
    return {Json{{"type", "array"}, {"elementType", element.type}, {"containsNull", true}}, element.engine + "[]", ""};
  }
  if (type.name == "MAP" && type.children.size() == 2) {
    const StoredType key = store(type.children[0].second, "", column + " (its keys)");
    const StoredType value = store(type.children[1].second, "", column + " (its values)");
    return {Json{{"type", "map"}, {"keyType", key.type}, {"valueType", value.type}, {"valueContainsNull", true}},
            fmt::format("MAP({}, {})", key.engine, value.engine), ""};
  }
  if (type.name == "STRUCT") {
    Json fields = Json::array();
    std::vector<std::string> engine;
    for (const auto& [name, child] : type.children) {
      const StoredType stored = store(child, "", column + "." + name);
      fields.push_back(Json{{"name", name}, {"type", stored.type}, {"nullable", true}, {"metadata", Json::object()}});
      std::string quoted = "\"" + replace_all(name, "\"", "\"\"") + "\"";
      engine.push_back(quoted + " " + stored.engine);
    }
    return {Json{{"type", "struct"}, {"fields", fields}}, fmt::format("STRUCT({})", join(engine, ", ")), ""};
  }
  refuse(text.empty() ? type.name : text, column, fmt::format("cast({} as varchar), or leave it out", column));
}

std::string engine_name(const Json& type, const std::string& column) {
  if (type.is_string()) {
    const std::string& name = type.get_ref<const std::string&>();
    if (const auto found = engine_names().find(name); found != engine_names().end()) return found->second;
    if (name.starts_with("decimal(")) return to_upper(replace_all(name, " ", ""));
    if (name == "decimal") return "DECIMAL(10,0)";
  } else if (type.is_object() && type.contains("type")) {
    const std::string kind = type["type"].is_string() ? type["type"].get<std::string>() : "";
    if (kind == "array") return engine_name(type.at("elementType"), column) + "[]";
    if (kind == "map") return fmt::format("MAP({}, {})", engine_name(type.at("keyType"), column), engine_name(type.at("valueType"), column));
    if (kind == "struct") {
      std::vector<std::string> fields;
      for (const Json& field : type.at("fields")) {
        const std::string name = field.at("name").get<std::string>();
        fields.push_back("\"" + replace_all(name, "\"", "\"\"") + "\" " + engine_name(field.at("type"), column + "." + name));
      }
      return fmt::format("STRUCT({})", join(fields, ", "));
    }
  }
  throw Error("TM4312", fmt::format("the column '{}' has the Delta type {}, which this program does not read", column, type.dump()));
}

bool mentions_ntz(const Json& type) {
  if (type.is_string()) return type == "timestamp_ntz";
  return type.is_structured() && std::any_of(type.begin(), type.end(), mentions_ntz);
}

}  // namespace

const Field* Schema::find(std::string_view name) const {
  for (const Field& field : fields) {
    if (equals_ignore_case(field.name, name)) return &field;
  }
  return nullptr;
}

std::string schema_text(const Schema& schema) {
  Json fields = Json::array();
  for (const Field& field : schema.fields)
    fields.push_back(Json{{"name", field.name}, {"type", field.type}, {"nullable", field.nullable}, {"metadata", field.metadata}});
  return dump_json(Json{{"type", "struct"}, {"fields", fields}});
}

Schema parse_schema(const std::string& text, const std::string& table) {
  Schema out;
  const Json json = parse_json(text, table + " (schema)", "TM4311");
  if (!json.is_object() || !json.contains("fields") || !json["fields"].is_array())
    throw Error("TM4311", fmt::format("the schema of '{}' is not a struct of fields", table));
  for (const Json& field : json["fields"]) {
    if (!field.is_object() || !field.contains("name") || !field["name"].is_string() || !field.contains("type"))
      throw Error("TM4311", fmt::format("the schema of '{}' has a field without name or type", table));
    out.fields.push_back({field["name"].get<std::string>(), field["type"], field.value("nullable", true),
                          field.contains("metadata") && field["metadata"].is_object() ? field["metadata"] : Json::object()});
  }
  return out;
}

ParsedType parse_engine_type(const std::string& text) { return TypeReader(text).read_all(); }

StoredType stored_type(const std::string& engine_type, const std::string& column) {
  if (engine_type.starts_with("ENUM(")) return {"string", "VARCHAR", ""};
  return store(parse_engine_type(engine_type), engine_type, column);
}

Field make_field(const std::string& name, const std::string& engine_type) {
  const StoredType stored = stored_type(engine_type, name);
  Field field{name, stored.type, true, Json::object()};
  if (!stored.note.empty()) field.metadata[kNoteKey] = stored.note;
  return field;
}

std::string engine_type(const Field& field) {
  const auto note = field.metadata.find(kNoteKey);
  if (note != field.metadata.end() && note->is_string() && field.type == "string") return note->get<std::string>();
  return engine_name(field.type, field.name);
}

std::string file_type(const Field& field) { return engine_name(field.type, field.name); }

bool uses_timestamp_ntz(const Schema& schema) {
  return std::any_of(schema.fields.begin(), schema.fields.end(), [](const Field& field) { return mentions_ntz(field.type); });
}

}  // namespace tidemark::lake
