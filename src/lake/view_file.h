// A view of the warehouse: a JSON file with its SQL and columns.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace tidemark::lake {

struct ViewFile {
  std::string sql;
  std::vector<std::pair<std::string, std::string>> columns;  // name, the engine's type
  std::string node_id;                                       // what made it; empty: a user's statement
  std::string description;
  Json column_descriptions = Json::object();
};

void write_view_file(const std::filesystem::path& path, const ViewFile& view);  // durable and atomic
std::optional<ViewFile> read_view_file(const std::filesystem::path& path);      // TM4350 where it is damaged

}  // namespace tidemark::lake
