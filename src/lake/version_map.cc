#include "lake/version_map.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/json.h"

namespace tidemark::lake {

namespace {

fs::path folder_of(const fs::path& warehouse) { return warehouse / "_tidemark" / "versions"; }

std::vector<int64_t> sequences(const fs::path& warehouse) {
  std::vector<int64_t> out;
  for (const std::string& name : list_directory(folder_of(warehouse))) {
    int64_t number = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (fault == std::errc() && std::string_view(end, name.data() + name.size()) == ".json") out.push_back(number);
  }
  std::sort(out.begin(), out.end());
  return out;
}

fs::path path_of(const fs::path& warehouse, int64_t sequence) { return folder_of(warehouse) / fmt::format("{:012}.json", sequence); }

VersionMap read(const fs::path& warehouse, int64_t sequence) {
  const fs::path path = path_of(warehouse, sequence);
  const Json json = parse_json(read_file(path), path.string(), "TM4351");
  VersionMap out;
  out.sequence = sequence;
  out.finished_at_ms = json.value("finished_at", int64_t{0});
  out.invocation_id = json.value("invocation_id", "");
  if (json.contains("versions")) {
    for (const auto& [table, version] : json["versions"].items()) out.versions[table] = version.get<int64_t>();
  }
  return out;
}

}  // namespace

VersionMap record_versions(const fs::path& warehouse, const std::string& invocation_id, const std::map<std::string, int64_t>& versions) {
  make_directories(folder_of(warehouse));
  VersionMap map;
  const std::vector<int64_t> known = sequences(warehouse);
  map.sequence = known.empty() ? 1 : known.back() + 1;
  map.finished_at_ms = to_epoch_ms(wall_now());
  map.invocation_id = invocation_id;
  map.versions = versions;
  Json json{{"finished_at", map.finished_at_ms}, {"invocation_id", invocation_id}, {"versions", Json::object()}};
  for (const auto& [table, version] : versions) json["versions"][table] = version;
  while (!create_file_exclusive(path_of(warehouse, map.sequence), dump_json(json) + "\n")) ++map.sequence;
  return map;
}

std::optional<VersionMap> latest_versions(const fs::path& warehouse) {
  const std::vector<int64_t> known = sequences(warehouse);
  if (known.empty()) return std::nullopt;
  return read(warehouse, known.back());
}

std::optional<VersionMap> versions_at(const fs::path& warehouse, int64_t time_ms) {
  const std::vector<int64_t> known = sequences(warehouse);
  for (auto sequence = known.rbegin(); sequence != known.rend(); ++sequence) {
    VersionMap map = read(warehouse, *sequence);
    if (map.finished_at_ms <= time_ms) return map;
  }
  return std::nullopt;
}

namespace {

// The first sequence, by index into `known`, that readers of times after `time_ms` can meet.
size_t first_since(const fs::path& warehouse, const std::vector<int64_t>& known, int64_t time_ms) {
  size_t first = known.size();
  while (first > 0) {
    --first;
    if (read(warehouse, known[first]).finished_at_ms <= time_ms) break;
  }
  return first;
}

}  // namespace

std::vector<VersionMap> versions_since(const fs::path& warehouse, int64_t time_ms) {
  const std::vector<int64_t> known = sequences(warehouse);
  std::vector<VersionMap> out;
  for (size_t i = first_since(warehouse, known, time_ms); i < known.size(); ++i) out.push_back(read(warehouse, known[i]));
  return out;
}

std::vector<fs::path> version_maps_before(const fs::path& warehouse, int64_t time_ms) {
  const std::vector<int64_t> known = sequences(warehouse);
  std::vector<fs::path> out;
  const size_t first = first_since(warehouse, known, time_ms);
  for (size_t i = 0; i < first; ++i) out.push_back(path_of(warehouse, known[i]));
  return out;
}

}  // namespace tidemark::lake
