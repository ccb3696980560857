#include "lake/view_file.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file_system.h"

namespace tidemark::lake {

void write_view_file(const fs::path& path, const ViewFile& view) {
  Json columns = Json::array();
  for (const auto& [name, type] : view.columns) columns.push_back(Json{{"name", name}, {"type", type}});
  const Json json{{"view", 1},
                  {"sql", view.sql},
                  {"columns", columns},
                  {"node", view.node_id},
                  {"description", view.description},
                  {"column_descriptions", view.column_descriptions}};
  make_directories(path.parent_path());
  write_file_durable(path, dump_json(json, 2) + "\n");
}

std::optional<ViewFile> read_view_file(const fs::path& path) {
  if (!stat_file(path)) return std::nullopt;
  const Json json = parse_json(read_file(path), path.string(), "TM4350");
  const auto damaged = [&] { return Error("TM4350", fmt::format("the view file '{}' is damaged", path.string())).hint("run the model that makes it again"); };
  if (!json.is_object() || !json.contains("sql") || !json["sql"].is_string() || !json.contains("columns") || !json["columns"].is_array())
    throw Error(damaged());
  ViewFile out;
  out.sql = json["sql"].get<std::string>();
  for (const Json& column : json["columns"]) {
    if (!column.is_object() || !column.contains("name") || !column.contains("type")) throw Error(damaged());
    out.columns.emplace_back(column["name"].get<std::string>(), column["type"].get<std::string>());
  }
  out.node_id = json.value("node", "");
  out.description = json.value("description", "");
  if (json.contains("column_descriptions")) out.column_descriptions = json["column_descriptions"];
  return out;
}

}  // namespace tidemark::lake
