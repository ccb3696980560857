// The actions of a Delta log entry, as the protocol names them.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "lake/type.h"

namespace tidemark::lake {

using PartitionValues = std::map<std::string, std::optional<std::string>>;  // as the log writes them; nullopt: NULL

struct Protocol {
  int min_reader = 1;
  int min_writer = 2;
  std::vector<std::string> reader_features;
  std::vector<std::string> writer_features;
};

struct Metadata {
  std::string id;
  std::string name;
  std::string description;
  Schema schema;
  std::vector<std::string> partition_columns;
  std::map<std::string, std::string> configuration;
  int64_t created_ms = 0;
};

struct AddFile {
  std::string path;  // relative to the table's folder, URL-decoded; or absolute
  PartitionValues partition;
  int64_t size = 0;  // bytes
  int64_t modified_ms = 0;
  bool data_change = true;
  std::string stats;  // JSON text; empty: none
  Json tags;          // null: none
};

struct RemoveFile {
  std::string path;
  PartitionValues partition;
  int64_t size = -1;  // -1: not told
  int64_t deleted_ms = 0;
  bool data_change = true;
};

Json to_json(const Protocol& protocol);
Json to_json(const Metadata& metadata);
Json to_json(const AddFile& add);
Json to_json(const RemoveFile& remove);

Protocol protocol_from(const Json& json);
Metadata metadata_from(const Json& json, const std::string& table);
AddFile add_from(const Json& json);
RemoveFile remove_from(const Json& json);

// Paths in the log are URL-encoded.
std::string encode_path(const std::string& path);
std::string decode_path(const std::string& path);

}  // namespace tidemark::lake
