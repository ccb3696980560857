// run_results.json, version 6.
#pragma once
#include <filesystem>
#include <string>

#include "artifacts/metadata.h"
#include "base/json_fwd.h"
#include "manifest/run_results.h"

namespace tidemark::artifacts {

// `args` are the invocation's flags by name, as dbt shows them.
std::string run_results_json(const Metadata& metadata, const RunResults& results, const Json& args);
void write_run_results(const std::filesystem::path& path, const Metadata& metadata, const RunResults& results, const Json& args);

}  // namespace tidemark::artifacts
