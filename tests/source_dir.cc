#include "source_dir.h"

namespace tidemark {

std::filesystem::path source_dir() { return TIDEMARK_SOURCE_DIR; }

}  // namespace tidemark
