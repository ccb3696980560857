#include "run/maintained_truth.h"

namespace tidemark::run {

std::string maintained_truth(RunState&, Session&, const Node&, const compile::Compiled& compiled) { return compiled.node->compiled_code; }

}  // namespace tidemark::run
