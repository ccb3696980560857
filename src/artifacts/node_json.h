// One node, source, exposure, unit test or macro as manifest.json shows it.
#pragma once
#include <string>

#include "manifest/manifest.h"

namespace tidemark::artifacts {

class JsonWriter;

// `compiled` is nullptr where this invocation did not compile it.
void write_node(JsonWriter& out, const Node& node, const CompiledNode* compiled, const std::string& target_path);
void write_macro(JsonWriter& out, const MacroInfo& macro);

}  // namespace tidemark::artifacts
