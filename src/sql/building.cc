#include "sql/building.h"

#include "sql/tree.h"

namespace tidemark::sql {

RelPtr share(Rel rel) { return std::make_shared<const Rel>(std::move(rel)); }

RelPtr filtered(RelPtr rel, std::vector<Json> conditions) {
  if (conditions.empty()) return rel;
  Rel out;
  out.op = Op::kFilter;
  out.columns = rel->columns;
  out.exprs = {conjunction(std::move(conditions))};
  out.inputs = {std::move(rel)};
  return share(std::move(out));
}

Rel passing(const RelPtr& rel) {
  Rel out;
  out.op = Op::kProject;
  out.inputs = {rel};
  out.columns = rel->columns;
  for (const Column& column : rel->columns) out.exprs.push_back(reference(column.id));
  return out;
}

}  // namespace tidemark::sql
