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
// The newest `keep` ones stay.
void prune_versions(const std::filesystem::path& warehouse, size_t keep);

}  // namespace tidemark::lake
