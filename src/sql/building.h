// Rels made of others.
#pragma once
#include <vector>

#include "sql/query.h"

namespace tidemark::sql {

RelPtr share(Rel rel);
// `rel`'s rows for which all of the conditions are true; `rel` itself where there are none.
RelPtr filtered(RelPtr rel, std::vector<Json> conditions);
// `rel` as the input of a projection that passes its columns on.
Rel passing(const RelPtr& rel);

}  // namespace tidemark::sql
