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

}  // namespace

void write_compiled(const Node& node, const std::string& code, const std::string& target_path) {
  write_text(artifacts::compiled_path(node, target_path), code);
}

void write_compiled(const RunResults& results, const std::string& target_path) {
  for (const NodeResult& result : results.results) {
    if (!result.compiled || result.compiled_code.empty()) continue;
    const std::string path = artifacts::compiled_path(*result.node, target_path);
    write_text(path, result.compiled_code);
    if (result.status == RunStatus::kSkipped) continue;
    const std::string prefix = target_path + "/compiled/";
    if (path.starts_with(prefix)) write_text(target_path + "/run/" + path.substr(prefix.size()), result.compiled_code);
  }
}

}  // namespace tidemark::app
