// manifest.json, version 12, as dbt-core 1.10 writes and reads it.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "artifacts/metadata.h"
#include "base/json_fwd.h"
#include "manifest/manifest.h"

namespace tidemark::artifacts {

using CompiledNodes = std::map<std::string, std::shared_ptr<const CompiledNode>>;  // by unique id

struct ManifestArtifact {
  Metadata metadata;
  const Manifest* manifest = nullptr;
  CompiledNodes compiled;                 // those that were compiled in this invocation
  std::string target_path = "target";     // as compiled_path shows it
  std::map<std::string, Json> selectors;  // of selectors.yml, by name
};

std::string manifest_json(const ManifestArtifact& artifact);
// Replaces `path` atomically and durably.
void write_manifest(const std::filesystem::path& path, const ManifestArtifact& artifact);

// target/compiled/<package>/<original_file_path>; for generic tests and hooks the node's own name in that folder.
std::string compiled_path(const Node& node, const std::string& target_path);

}  // namespace tidemark::artifacts
