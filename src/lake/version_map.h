// After each finished run: every table's version, so that readers can see one consistent whole.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::lake {

struct VersionMap {
  int64_t sequence = 0;
  int64_t finished_at_ms = 0;
  std::string invocation_id;
  std::map<std::string, int64_t> versions;  // "schema/table" -> version
};

// Writes the next one. The folder is `<warehouse>/_tidemark/versions`.
VersionMap record_versions(const std::filesystem::path& warehouse, const std::string& invocation_id, const std::map<std::string, int64_t>& versions);
std::optional<VersionMap> latest_versions(const std::filesystem::path& warehouse);
std::optional<VersionMap> versions_at(const std::filesystem::path& warehouse, int64_t time_ms);
// Those that readers of any time after `time_ms` can meet, oldest first: the newest one that is not younger, and all later ones.
std::vector<VersionMap> versions_since(const std::filesystem::path& warehouse, int64_t time_ms);
// Files of the others.
std::vector<std::filesystem::path> version_maps_before(const std::filesystem::path& warehouse, int64_t time_ms);

}  // namespace tidemark::lake
