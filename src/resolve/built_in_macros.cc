#include "resolve/built_in_macros.h"

#include "base/file_system.h"

namespace tidemark::resolve {

std::vector<BuiltInFile> built_in_macro_files(std::string_view folder) {
  if (folder.empty()) return embedded_macro_files();
  std::vector<BuiltInFile> files;
  for (const std::string& path : glob_files(std::string(folder) + "/**/*.sql")) {
    files.push_back({"macros/" + fs::path(path).lexically_relative(fs::path(folder)).string(), read_file(path)});
  }
  return files;
}

}  // namespace tidemark::resolve
