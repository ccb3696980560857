// sources.json, version 3: what `source freshness` measured.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "artifacts/metadata.h"
#include "manifest/run_results.h"

namespace tidemark::artifacts {

struct FreshnessResult {
  NodePtr source;
  std::string status;  // pass, warn, error, "runtime error"
  std::string error;   // of a runtime error
  WallTime max_loaded_at;
  WallTime snapshotted_at;
  double age_seconds = 0;
  std::vector<Timing> timing;
  std::string thread;
  double execution_time = 0;  // s
};

std::string sources_json(const Metadata& metadata, const std::vector<FreshnessResult>& results, double elapsed_seconds);
void write_sources(const std::filesystem::path& path, const Metadata& metadata, const std::vector<FreshnessResult>& results, double elapsed_seconds);

}  // namespace tidemark::artifacts
