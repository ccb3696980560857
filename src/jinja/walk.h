// Visits to all names of expressions and statements.
#pragma once
#include <functional>

#include "jinja/ast.h"

namespace tidemark::jinja {

using OnName = std::function<void(NameExpr*)>;
using OnNameUse = std::function<void(NameExpr*, bool stored)>;
using OnExpr = std::function<void(Expr*)>;

// The direct parts of an expression, in the order of the text (null parts are left out).
void for_each_part(Expr* e, const OnExpr& visit);
// Every name in an expression (also targets of assignments).
void walk_names(Expr* e, const OnName& visit);
// Every name in statements and all that stands within them, also in macros.
void visit_body(Body body, const OnNameUse& visit);
void visit_target(Expr* target, const OnNameUse& visit);

}  // namespace tidemark::jinja
