#include "app/compiled_files.h"

#include "artifacts/manifest_json.h"
#include "base/file_system.h"

namespace tidemark::app {

namespace {

// Made anew by every command: no promise that they outlive a crash of the machine.
void write_text(const fs::path& path, const std::string& text) {
  std::error_code fault;
  fs::create_directories(path.parent_path(), fault);
  write_file(path, text);
}

// "models/m.sql" becomes a folder "models/m" with a file "m_2024-01-31.sql" a batch.
void write_batches(const NodeResult& result, const std::string& target_path) {
  const fs::path path = artifacts::compiled_path(*result.node, target_path);
  for (const auto& [name, code] : result.batch_code) write_text(path.parent_path() / path.stem() / (path.stem().string() + "_" + name + ".sql"), code);
}

}  // namespace

void write_compiled(const Node& node, const std::string& code, const std::string& target_path) {
  write_text(artifacts::compiled_path(node, target_path), code);
}

void write_compiled(const RunResults& results, const std::string& target_path) {
  for (const NodeResult& result : results.results) {
    if (!result.batch_code.empty()) write_batches(result, target_path);
    if (!result.compiled || result.compiled_code.empty()) continue;
    const std::string path = artifacts::compiled_path(*result.node, target_path);
    write_text(path, result.compiled_code);
    if (result.status == RunStatus::kSkipped) continue;
    const std::string prefix = target_path + "/compiled/";
    if (path.starts_with(prefix)) write_text(target_path + "/run/" + path.substr(prefix.size()), result.compiled_code);
  }
}

}  // namespace tidemark::app
