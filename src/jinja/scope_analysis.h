// Gives every variable of a parsed template its scope and slot. Source of the rules: jinja2's idtracking, whose results
// this reproduces: a name that a scope assigns before it reads it never comes from the globals there.
#pragma once
#include "jinja/ast.h"

namespace tidemark::jinja {

void analyze_scopes(Ast& ast);

}  // namespace tidemark::jinja
