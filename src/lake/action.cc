#include "lake/action.h"

#include <fmt/format.h>

#include "base/error.h"

namespace tidemark::lake {

namespace {

Json partition_json(const PartitionValues& values) {
  Json out = Json::object();
  for (const auto& [name, value] : values) out[name] = value ? Json(*value) : Json();
  return out;
}

PartitionValues partition_from(const Json& json) {
  PartitionValues out;
  if (!json.is_object()) return out;
  for (const auto& [name, value] : json.items()) out[name] = value.is_string() ? std::optional<std::string>(value.get<std::string>()) : std::nullopt;
  return out;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

int64_t integer_of(const Json& json, const char* key, int64_t fallback) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<int64_t>() : fallback;
}

std::vector<std::string> texts_of(const Json& json, const char* key) {
  std::vector<std::string> out;
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) return out;
  for (const Json& item : *found) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Json to_json(const Protocol& protocol) {
  Json out{{"minReaderVersion", protocol.min_reader}, {"minWriterVersion", protocol.min_writer}};
  if (protocol.min_reader >= 3) out["readerFeatures"] = protocol.reader_features;
  if (protocol.min_writer >= 7) out["writerFeatures"] = protocol.writer_features;
  return out;
}

Json to_json(const Metadata& metadata) {
  Json out{{"id", metadata.id}};
  if (!metadata.name.empty()) out["name"] = metadata.name;
  if (!metadata.description.empty()) out["description"] = metadata.description;
  out["format"] = Json{{"provider", "parquet"}, {"options", Json::object()}};
  out["schemaString"] = schema_text(metadata.schema);
  out["partitionColumns"] = metadata.partition_columns;
  out["configuration"] = Json::object();
  for (const auto& [key, value] : metadata.configuration) out["configuration"][key] = value;
  out["createdTime"] = metadata.created_ms;
  return out;
}

Json to_json(const AddFile& add) {
  Json out{{"path", encode_path(add.path)},
           {"partitionValues", partition_json(add.partition)},
           {"size", add.size},
           {"modificationTime", add.modified_ms},
           {"dataChange", add.data_change}};
  if (!add.stats.empty()) out["stats"] = add.stats;
  if (add.tags.is_object()) out["tags"] = add.tags;
  return out;
}

Json to_json(const RemoveFile& remove) {
  Json out{{"path", encode_path(remove.path)}, {"deletionTimestamp", remove.deleted_ms}, {"dataChange", remove.data_change}};
  if (remove.size >= 0) {
    out["extendedFileMetadata"] = true;
    out["partitionValues"] = partition_json(remove.partition);
    out["size"] = remove.size;
  }
  return out;
}

Protocol protocol_from(const Json& json) {
  return {static_cast<int>(integer_of(json, "minReaderVersion", 1)), static_cast<int>(integer_of(json, "minWriterVersion", 1)),
          texts_of(json, "readerFeatures"), texts_of(json, "writerFeatures")};
}

Metadata metadata_from(const Json& json, const std::string& table) {
  Metadata out;
  out.id = text_of(json, "id");
  out.name = text_of(json, "name");
  out.description = text_of(json, "description");
  out.schema = parse_schema(text_of(json, "schemaString"), table);
  out.partition_columns = texts_of(json, "partitionColumns");
  if (json.contains("configuration") && json["configuration"].is_object()) {
    for (const auto& [key, value] : json["configuration"].items()) out.configuration[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  out.created_ms = integer_of(json, "createdTime", 0);
  return out;
}

AddFile add_from(const Json& json) {
  AddFile out;
  out.path = decode_path(text_of(json, "path"));
  if (json.contains("partitionValues")) out.partition = partition_from(json["partitionValues"]);
  out.size = integer_of(json, "size", 0);
  out.modified_ms = integer_of(json, "modificationTime", 0);
  out.data_change = json.value("dataChange", true);
  out.stats = text_of(json, "stats");
  if (json.contains("tags") && json["tags"].is_object()) out.tags = json["tags"];
  return out;
}

RemoveFile remove_from(const Json& json) {
  RemoveFile out;
  out.path = decode_path(text_of(json, "path"));
  if (json.contains("partitionValues")) out.partition = partition_from(json["partitionValues"]);
  out.size = integer_of(json, "size", -1);
  out.deleted_ms = integer_of(json, "deletionTimestamp", 0);
  out.data_change = json.value("dataChange", true);
  return out;
}

std::string encode_path(const std::string& path) {
  std::string out;
  for (const char c : path) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-_.~/=:+,@!$&'()*").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string decode_path(const std::string& path) {
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size() && hex_digit(path[i + 1]) >= 0 && hex_digit(path[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(path[i + 1]) * 16 + hex_digit(path[i + 2]));
      i += 2;
    } else {
      out += path[i];
    }
  }
  return out;
}

}  // namespace tidemark::lake
