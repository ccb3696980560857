// An engine's error over executed SQL becomes one over the model's own text.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "compile/compiler.h"

namespace tidemark::run {

// Where a place of `executed` stands in `compiled`, which is part of it, save for file patterns that were replaced within
// lines; nullopt where it is outside.
std::optional<size_t> place_in_compiled(std::string_view executed, size_t offset, std::string_view compiled);

// The error with its span in the model's file where it had one over SQL made from `model`; code, message and hint are kept.
Error at_model(const Error& error, const compile::Compiled& model);

}  // namespace tidemark::run
