// The macros of macros/, built into the program.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::resolve {

struct BuiltInFile {
  std::string path;  // "macros/types/types.sql"
  std::string text;
};

const std::vector<BuiltInFile>& embedded_macro_files();  // made by cmake/embed_macros.cmake

// The embedded files; while developing, those of the folder that the environment variable TIDEMARK_MACROS names.
std::vector<BuiltInFile> built_in_macro_files(std::string_view folder);

}  // namespace tidemark::resolve
